import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { snapshotMemory, type RememberedSnapshot } from './snapshot-memory.ts'

const SIZE = 8 * 2 ** 30
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'openinspector-snapshots-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('snapshotMemory', () => {
  it('gives back what it was told, blocks in runs', async () => {
    const memory = snapshotMemory(join(directory, 'new'))
    const remembered = aSnapshot({ blocks: [0, 1, 2, 7, 9, 10] })

    await memory.keep(remembered)

    expect(await memory.ofSize(SIZE, 'r1')).toEqual([remembered])
    const [name = ''] = readdirSync(join(directory, 'new'))
    const path = join(directory, 'new', name)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ runs: [[0, 3], [7, 1], [9, 2]] }) // prettier-ignore
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  it.each([
    ['a volume of another size', SIZE * 2, 'r1'],
    ['readers that may find more', SIZE, 'r2'],
  ])('knows nothing for %s', async (_, sizeBytes, revision) => {
    const memory = snapshotMemory(directory)
    await memory.keep(aSnapshot({}))

    expect(await memory.ofSize(sizeBytes, revision)).toEqual([])
  })

  it.each([
    ['no JSON', '{'],
    ['something else', '{"snapshot":"snap-01234567"}'],
    ['runs without end', JSON.stringify({ ...aSnapshot({}), runs: [[0, 2 ** 40]] })],
  ])('forgets a file that holds %s', async (_, text) => {
    const memory = snapshotMemory(directory)
    writeFileSync(join(directory, `snap-01234567.${SIZE}.json`), text)

    expect(await memory.ofSize(SIZE, 'r1')).toEqual([])
  })

  it('costs a scan nothing when it cannot write', async () => {
    writeFileSync(join(directory, 'file'), '')

    await expect(snapshotMemory(join(directory, 'file')).keep(aSnapshot({}))).resolves.toBeUndefined()
  })
})

function aSnapshot(over: Partial<RememberedSnapshot>): RememberedSnapshot {
  return {
    snapshot: 'snap-0123456789abcdef0',
    revision: 'r1',
    sizeBytes: SIZE,
    blocks: [0],
    found: {
      trees: [{ root: 'disk', mounts: [], inventory: { distro: null, packages: [], problems: [] } }],
      scheme: 'none',
      volumes: [{ name: 'disk', sizeBytes: SIZE, holds: 'xfs' }],
      notes: ['a note'],
    },
    ...over,
  }
}
