import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aCoverage, anImage, aResource, SOME_TIME } from '../../test/support/builders.ts'
import { fakeImageRegistry } from '../../test/support/fake-image-registry.ts'
import { buildImage, sourceOf } from '../../test/support/image-builder.ts'
import { aMemoryDatabase } from '../../test/support/memory-database.ts'
import { sha256 } from '../../test/support/sha256.ts'
import type { ScanStatusReason } from '../domain/coverage.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { readersHere } from '../inventory/readers-here.ts'
import type { Database } from '../store/database.ts'
import { pgScanStore } from '../store/pg-scan-store.ts'
import { scanImage, type ScanEnd } from './scan-image.ts'
import type { ScanStore } from './scan-store.ts'

const image = buildImage([[{ path: 'a' }]], { architecture: 'arm64' })
const resource = aResource({ details: anImage({ imageHash: image.manifest.digest }) })

describe('scanImage', () => {
  let database: Database
  let store: ScanStore

  beforeAll(async () => {
    database = await aMemoryDatabase()
    store = pgScanStore(database)
  })
  afterAll(() => database.close())

  async function scan(
    reason: ScanStatusReason,
    platforms: readonly string[],
  ): Promise<{ end: ScanEnd; opened: number }> {
    const coverage = aCoverage({ resource, reason, lastScannedAt: null })
    const changes = { inventory: 'keep', matchedWith: 'keep', changes: [], retire: false } as const
    await store.commit(resource, () => ({ coverage, ...changes }))
    const source = sourceOf(image)
    const registry = { ...fakeImageRegistry(), platforms, source: () => source }
    const parts = {
      store,
      advisories: { index: () => null, close() {} },
      ecosystems: ECOSYSTEMS,
      readers: readersHere(ECOSYSTEMS),
      cache: { get: async () => null, async put() {} },
      clock: { now: () => SOME_TIME },
      sha256,
    }
    const end = await scanImage(parts, registry, resource.scope, resource.id, new AbortController().signal)
    return { end, opened: source.opened.length }
  }

  it('downloads no image of a platform that its registry is not watched for, and says so', async () => {
    const { end, opened } = await scan('PENDING_INITIAL_SCAN', ['linux/amd64', 'linux/arm/v7'])

    expect(end).toMatchObject({ is: 'refused', reason: 'UNSUPPORTED_OS', again: false })
    expect(opened).toBe(1)
    expect((await store.find(resource.scope, resource.id))?.coverage).toMatchObject({
      reason: 'UNSUPPORTED_OS',
      detail: expect.stringContaining('linux/arm64'),
    })
  })

  it('reads one of a platform that is', async () => {
    const { end } = await scan('PENDING_INITIAL_SCAN', ['linux/arm64'])

    // It was read: what is missing are advisories.
    expect(end).toMatchObject({ is: 'refused', reason: 'PENDING_INITIAL_SCAN' })
  })

  it('leaves an archived image alone', async () => {
    expect(await scan('IMAGE_ARCHIVED', [])).toEqual({ end: { is: 'gone' }, opened: 0 })
    expect((await store.find(resource.scope, resource.id))?.coverage.reason).toBe('IMAGE_ARCHIVED')
  })
})
