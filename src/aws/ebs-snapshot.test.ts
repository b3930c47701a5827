import { afterEach, describe, expect, it } from 'vitest'
import { FAKE_BLOCK_BYTES, startFakeEbs } from '../../test/support/fake-ebs.ts'
import type { FakeAnswer, FakeEbs, FakeEbsOptions } from '../../test/support/fake-ebs.ts'
import { cachedDevice } from '../inventory/disk/cached-device.ts'
import { haveBlocksChanged } from './changed-blocks.ts'
import { EbsFault } from './ebs-fault.ts'
import { openEbsSnapshot } from './ebs-snapshot.ts'
import type { EbsSnapshot } from './ebs-snapshot.ts'

const SNAPSHOT = 'snap-0123456789abcdef0'
let ebs: FakeEbs | null = null

afterEach(async () => {
  await ebs?.stop()
  ebs = null
})

describe('openEbsSnapshot', () => {
  it('reads blocks that were written, and knows the others to be zeros without asking for them', async () => {
    const snapshot = await open([3, 7])

    const device = cachedDevice(snapshot, { cacheBytes: 1 << 24, parallelReads: 4 })
    const found = await device.read(2 * FAKE_BLOCK_BYTES, 3 * FAKE_BLOCK_BYTES)

    expect(snapshot).toMatchObject({ sizeBytes: 1024 ** 3, blockBytes: FAKE_BLOCK_BYTES, blocksTotal: 2 })
    expect(found.subarray(0, FAKE_BLOCK_BYTES).every(byte => byte === 0)).toBe(true)
    expect(found.subarray(FAKE_BLOCK_BYTES, 2 * FAKE_BLOCK_BYTES).every(byte => byte === 3)).toBe(true)
    expect(device.usage()).toEqual({ blockBytes: FAKE_BLOCK_BYTES, blocksRead: 1, blocksTotal: 2 })
    expect(snapshot.blocksAsked()).toEqual([2, 3, 4])
    expect(ebs?.requests.filter(path => /blocks\/\d/.test(path))).toHaveLength(1)
  })

  it('lists only the part of a large volume that is read', async () => {
    const all = Array.from({ length: 40_000 }, (_, index) => index)
    const snapshot = await open(all, { volumeGib: 20 })

    expect((await snapshot.readBlock(35_000))?.[0]).toBe(35_000 % 251)

    expect(snapshot.blocksTotal).toBe(40_960)
    expect(ebs?.requests.map(path => /startingBlockIndex=(\d+)/.exec(path)?.[1] ?? 'block')).toEqual([
      '0',
      '30000',
      'block',
    ])
  })

  it('finds blocks whatever the size of the pages', async () => {
    const snapshot = await open([0, 1, 2, 10, 11, 12, 500, 501, 1999], { pageBlocks: 2 })

    for (const block of [1999, 12, 0, 501, 11]) expect((await snapshot.readBlock(block))?.[0]).toBe(block % 251)
    for (const block of [3, 502, 1998]) expect(await snapshot.readBlock(block)).toBeNull()
  })

  it('asks for a new token when one has ended', async () => {
    const snapshot = await open([1, 2])
    await snapshot.readBlock(1)
    ebs?.endTokens()

    expect((await snapshot.readBlock(2))?.[0]).toBe(2)
  })

  it.each<[string, FakeAnswer]>([
    ['a wrong checksum', { body: new Uint8Array(FAKE_BLOCK_BYTES), headers: { 'x-amz-checksum': 'AAAA' } }],
    ['another algorithm', { body: new Uint8Array(FAKE_BLOCK_BYTES), headers: { 'x-amz-checksum-algorithm': 'MD5' } }],
    ['too much', { body: new Uint8Array(FAKE_BLOCK_BYTES + 1) }],
    ['throttling', { status: 400, error: 'RequestThrottledException', reason: 'ACCOUNT_THROTTLED' }],
    ['a failure', { status: 500, error: 'InternalServerException' }],
  ])('reads a block again after %s', async (_, answer) => {
    let first = true
    const snapshot = await open([4], {
      instead: what => {
        if (what !== 4 || !first) return null
        first = false
        return answer
      },
    })

    expect((await snapshot.readBlock(4))?.[0]).toBe(4)
  })

  it('calls a block unreadable whose content never agrees with its checksum', async () => {
    const wrong = { body: new Uint8Array(FAKE_BLOCK_BYTES), headers: { 'x-amz-checksum': 'AAAA' } }
    const snapshot = await open([4], { instead: what => (what === 4 ? wrong : null) })

    await expect(snapshot.readBlock(4)).rejects.toMatchObject({
      name: 'DiskFault',
      reason: 'unreadable',
      message: `block 4 of ${SNAPSHOT}: the content of block 4 does not agree with its SHA-256`,
    })
    expect(snapshot.hasFailed()).toBe(true)
  })

  it('fails a read behind the end of a short block instead of making it up', async () => {
    const snapshot = await open([4], { instead: what => (what === 4 ? { body: new Uint8Array(10) } : null) })
    const device = cachedDevice(snapshot, { cacheBytes: 1 << 24, parallelReads: 4 })

    await expect(device.read(4 * FAKE_BLOCK_BYTES, 100)).rejects.toMatchObject({ name: 'DiskFault' })
  })

  it.each([
    [
      'the permission',
      'AccessDeniedException',
      undefined,
      'access-denied',
      /permission ebs:ListSnapshotBlocks .* is missing/,
    ],
    ['the key', 'AccessDeniedException', 'DEPENDENCY_ACCESS_DENIED', 'access-denied', /encrypted.*kms:Decrypt/],
    ['the account', 'AccessDeniedException', 'UNAUTHORIZED_ACCOUNT', 'access-denied', /public or from AWS Marketplace/],
    ['the snapshot', 'ResourceNotFoundException', 'SNAPSHOT_NOT_FOUND', 'not-found', /no snapshot/],
    ['the credentials', 'ExpiredTokenException', undefined, 'no-credentials', /does not accept the credentials/],
    ['patience', 'RequestThrottledException', undefined, 'throttled', /keeps putting off/],
    ['sense', 'ValidationException', 'INVALID_SNAPSHOT_ID', 'refused', /refuses ebs:ListSnapshotBlocks/],
  ])('says when %s is missing', async (_, error, reason, expected, message) => {
    const instead = (): FakeAnswer => ({ status: 400, error, ...(reason === undefined ? {} : { reason }) })

    const fault = await open([], { instead }).catch((thrown: unknown) => thrown)

    expect(fault).toBeInstanceOf(EbsFault)
    expect(fault).toMatchObject({ reason: expected })
    expect(String(fault)).toMatch(message)
    expect(String(fault)).not.toContain('secret-of-the-test')
  })

  it('ends the scan, not one file, when blocks may not be read', async () => {
    const denied: FakeAnswer = { status: 403, error: 'AccessDeniedException' }
    const snapshot = await open([4], { instead: what => (what === 'list' ? null : denied) })

    await expect(snapshot.readBlock(4)).rejects.toThrow(/permission ebs:GetSnapshotBlock .* is missing/)
  })

  it('says when nobody answers', async () => {
    ebs = await startFakeEbs(new Map())
    await ebs.stop()

    await expect(openEbsSnapshot(ebs.client, SNAPSHOT)).rejects.toMatchObject({ reason: 'unreachable' })
  })

  it.each([0, -1, 1.5, 1 << 20])('does not believe a volume of %d GiB', async volumeGib => {
    await expect(open([], { volumeGib })).rejects.toThrow(/GiB/)
  })

  it('does not believe a block outside the volume', async () => {
    await expect(open([2048])).rejects.toThrow(`AWS lists block 2048 of ${SNAPSHOT}, which has 2048.`)
  })
})

describe('haveBlocksChanged', () => {
  it.each([
    ['none of them', [5, 6], 'unchanged'],
    ['one of them', [5, 700], 'changed'],
    ['one on a later page', [1, 2, 3, 4, 5, 701], 'changed'],
  ] as const)('looks for %s among what changed', async (_, blocks, expected) => {
    ebs = await startFakeEbs(new Map(), { changed: [0, 7, 300, 700, 701, 1500], pageBlocks: 2 })

    expect(await haveBlocksChanged(ebs.client, 'snap-01234567', SNAPSHOT, blocks)).toBe(expected)
  })

  it('asks nothing when nothing was read', async () => {
    ebs = await startFakeEbs(new Map(), { changed: [1] })

    expect(await haveBlocksChanged(ebs.client, 'snap-01234567', SNAPSHOT, [])).toBe('unchanged')
    expect(ebs.requests).toEqual([])
  })

  it('says when the snapshots are of different volumes', async () => {
    const unrelated: FakeAnswer = { status: 400, error: 'ValidationException', reason: 'UNRELATED_SNAPSHOTS' }
    ebs = await startFakeEbs(new Map(), { instead: () => unrelated })

    expect(await haveBlocksChanged(ebs.client, 'snap-01234567', SNAPSHOT, [1])).toBe('unrelated')
  })

  it('says which permission is missing', async () => {
    ebs = await startFakeEbs(new Map(), { instead: () => ({ status: 403, error: 'AccessDeniedException' }) })

    const asked = haveBlocksChanged(ebs.client, 'snap-01234567', SNAPSHOT, [1])

    await expect(asked).rejects.toThrow(/permission ebs:ListChangedBlocks .* is missing/)
  })
})

async function open(written: readonly number[], options: FakeEbsOptions = {}): Promise<EbsSnapshot> {
  // A block is filled with its number.
  const content = new Map<number, Uint8Array>()
  const filled = Array.from({ length: 251 }, (_, value) => new Uint8Array(FAKE_BLOCK_BYTES).fill(value))
  for (const index of written) content.set(index, filled[index % 251] as Uint8Array)
  ebs = await startFakeEbs(content, options)
  return openEbsSnapshot(ebs.client, SNAPSHOT)
}
