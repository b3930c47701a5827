import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aDetection, aDigest, aScope, SOME_TIME } from '../../test/support/builders.ts'
import { fakeImageRegistry, type FakeImageRegistry } from '../../test/support/fake-image-registry.ts'
import { aMemoryDatabase, emptyDatabase } from '../../test/support/memory-database.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { instant, type Clock, type Instant } from '../base/clock.ts'
import { reconcile } from '../findings/reconcile.ts'
import type { Database } from '../store/database.ts'
import { pgCoverageStore } from '../store/pg-coverage-store.ts'
import { pgFindingStore } from '../store/pg-finding-store.ts'
import { pgScanStore } from '../store/pg-scan-store.ts'
import type { ImageError } from '../inventory/image.ts'
import type { ListedManifest } from './image-registry.ts'
import { imageResourceId } from './image-resource.ts'
import { refreshRepository } from './refresh-repository.ts'
import type { Registry } from './registry-store.ts'
import type { ScanStore } from './scan-store.ts'

const clock: Clock = { now: () => SOME_TIME }
const registry: Registry = {
  id: 'reg-1',
  scope: aScope(),
  url: 'http://registry.example:5000',
  credentials: null,
  ecr: null,
  platforms: [],
  webhookToken: '',
  pollIntervalSeconds: 60,
  createdAt: SOME_TIME,
  lastPolledAt: null,
  lastError: null,
}
const [one, two, amd, arm, index] = [aDigest('one'), aDigest('two'), aDigest('amd'), aDigest('arm'), aDigest('index')]
const idOf = (digest: typeof one) => imageResourceId(registry.scope, 'registry.example:5000', 'shop/api', digest)

describe('refreshRepository', () => {
  let database: Database
  let store: ScanStore
  let client: FakeImageRegistry

  beforeAll(async () => {
    database = await aMemoryDatabase()
    store = pgScanStore(database)
  })
  beforeEach(async () => {
    await emptyDatabase(database)
    client = fakeImageRegistry()
  })
  afterAll(() => database.close())

  async function refresh(pushed: readonly (typeof one)[] = []) {
    const refreshed = await refreshRepository({ store, clock, sha256 }, client, registry, 'shop/api', pushed)
    if (!refreshed.ok) throw new Error(refreshed.error.error.is)
    return refreshed.value
  }

  async function tagsOf(digest: typeof one): Promise<readonly string[] | null> {
    const known = await store.find(registry.scope, idOf(digest))
    return known?.resource.details.type === 'AWS_ECR_CONTAINER_IMAGE' ? known.resource.details.imageTags : null
  }

  /** As a scan would leave it: covered, with one finding. */
  async function scanned(digest: typeof one): Promise<void> {
    const known = await store.find(registry.scope, idOf(digest))
    if (known === null) throw new Error('not in coverage')
    await store.commit(known.resource, findings => ({
      coverage: { ...known.coverage, reason: 'SUCCESSFUL', lastScannedAt: SOME_TIME },
      inventory: 'keep',
      matchedWith: 'keep',
      changes: reconcile(
        findings,
        { resource: known.resource, detections: [aDetection()], absence: 'remediated', provesGone: () => true },
        SOME_TIME,
        sha256,
      ),
      retire: false,
    }))
  }

  async function findings() {
    const page = await pgFindingStore(database).search({
      region: registry.scope.region,
      accountIds: [registry.scope.accountId],
      filter: { strings: {}, dates: {}, numbers: {}, resourceTags: [], portRange: [], vulnerablePackages: [] },
      sort: null,
      limit: 100,
      after: null,
    })
    if (!page.ok) throw new Error(page.error)
    return page.value.findings
  }

  it('brings a pushed image into coverage with its tags, waiting for its first scan', async () => {
    client.stored.set(one, [one])
    client.tagged.set('shop/api:1.0', one).set('shop/api:latest', one)

    const refreshed = await refresh()

    expect(refreshed.discovered).toEqual([idOf(one)])
    expect(await tagsOf(one)).toEqual(['1.0', 'latest'])
    expect((await store.find(registry.scope, idOf(one)))?.coverage.reason).toBe('PENDING_INITIAL_SCAN')
  })

  it('makes each platform of an index a resource of its own, under the tags of the index', async () => {
    client.stored.set(index, [amd, arm])
    client.tagged.set('shop/api:1.0', index)

    const refreshed = await refresh()

    expect([...refreshed.discovered].sort()).toEqual([idOf(amd), idOf(arm)].sort())
    expect(await tagsOf(arm)).toEqual(['1.0'])
  })

  it('asks again for the first scan of an image whose request was lost', async () => {
    client.stored.set(one, [one])
    client.tagged.set('shop/api:1.0', one)
    await refresh()

    expect((await refresh()).discovered).toEqual([idOf(one)])
    await scanned(one)
    expect((await refresh()).discovered).toEqual([])
  })

  it('moves a tag and keeps the old image covered while it can be pulled by digest', async () => {
    client.stored.set(one, [one]).set(two, [two])
    client.tagged.set('shop/api:1.0', one)
    await refresh()
    await scanned(one)
    client.tagged.set('shop/api:1.0', two)

    const refreshed = await refresh()

    expect(refreshed).toMatchObject({ discovered: [idOf(two)], retagged: 1, retired: 0 })
    expect(await tagsOf(one)).toEqual([])
    const [finding] = await findings()
    expect(finding).toMatchObject({ status: 'ACTIVE', resource: { details: { imageTags: [] } } })
  })

  it('retires an image whose manifest is gone and closes its findings', async () => {
    client.stored.set(one, [one])
    client.tagged.set('shop/api:1.0', one)
    await refresh()
    await scanned(one)
    client.stored.clear()
    client.tagged.clear()

    expect((await refresh()).retired).toBe(1)
    expect(await findings()).toMatchObject([{ status: 'CLOSED', closeReason: 'resource-gone' }])
    expect((await store.list(registry.scope, { limit: 10 })).length).toBe(0)
  })

  it('reopens the coverage of an image that comes back', async () => {
    client.stored.set(one, [one])
    client.tagged.set('shop/api:1.0', one)
    await refresh()
    await scanned(one)
    client.stored.clear()
    client.tagged.clear()
    await refresh()
    client.stored.set(one, [one])
    client.tagged.set('shop/api:2.0', one)

    expect((await refresh()).discovered).toEqual([idOf(one)])
    expect(await tagsOf(one)).toEqual(['2.0'])
  })

  it('shows what cannot be read as an image under its own digest, and goes on with the rest', async () => {
    client.stored.set(one, { is: 'malformed', what: 'manifest', detail: 'not JSON' }).set(two, [two])
    client.tagged.set('shop/api:bad', one).set('shop/api:good', two)

    const refreshed = await refresh()

    expect([...refreshed.discovered].sort()).toEqual([idOf(one), idOf(two)].sort())
  })

  it('concludes nothing from a registry that does not answer', async () => {
    client.stored.set(one, [one])
    client.tagged.set('shop/api:1.0', one)
    await refresh()
    await scanned(one)
    client.stored.set(one, { is: 'unreachable', what: 'registry', detail: 'down' })

    const refreshed = await refreshRepository({ store, clock, sha256 }, client, registry, 'shop/api', [])

    expect(refreshed).toMatchObject({ ok: false, error: { error: { is: 'unreachable' } } })
    expect(await findings()).toMatchObject([{ status: 'ACTIVE' }])
  })

  it('covers an image that was pushed by digest alone', async () => {
    client.stored.set(one, [one])

    expect((await refresh([one])).discovered).toEqual([idOf(one)])
    expect(await tagsOf(one)).toEqual([])
  })

  describe('with a registry that lists its images', () => {
    const listed = (digest: typeof one, given: Partial<ListedManifest> = {}): ListedManifest => ({
      digest,
      tags: [],
      pushedAt: null,
      pulledAt: null,
      isArchived: false,
      ...given,
    })
    const reasonOf = async (digest: typeof one) => (await store.find(registry.scope, idOf(digest)))?.coverage.reason

    async function pulledAfter(from: Instant) {
      const filter = {
        strings: {},
        dates: { imagePulledAt: [{ from, to: null }] },
        ec2InstanceTags: [],
        ecrImageInUseCount: [],
      }
      const { region, accountId } = registry.scope
      const page = await pgCoverageStore(database).search({
        region,
        accountIds: [accountId],
        filter,
        limit: 10,
        after: null,
      })
      return page.ok ? page.value.coverage.map(({ resource }) => resource.id) : page.error
    }

    function lists(...manifests: readonly ListedManifest[]): void {
      client.listing = async () => ({ ok: true, value: manifests })
    }

    it('takes its push times and its images without tags, and asks for no tag', async () => {
      const pushedAt = instant(SOME_TIME - 86_400_000)
      client.stored.set(one, [one]).set(two, [two])
      client.digestOf = () => Promise.reject(new Error('a tag was asked for'))
      lists(listed(one, { tags: ['b', 'a'], pushedAt }), listed(two))

      expect((await refresh()).discovered).toHaveLength(2)
      expect((await store.find(registry.scope, idOf(one)))?.resource.details).toMatchObject({
        imageTags: ['a', 'b'],
        pushedAt,
      })
    })

    it('notes when images were last pulled, which changes nothing else of them', async () => {
      client.stored.set(one, [one]).set(two, [two])
      lists(listed(one), listed(two))
      await refresh()
      const before = await store.find(registry.scope, idOf(one))
      lists(listed(one, { pulledAt: SOME_TIME }), listed(two))

      expect(await refresh()).toMatchObject({ retagged: 0 })
      expect(await store.find(registry.scope, idOf(one))).toEqual(before)
      expect(await pulledAfter(SOME_TIME)).toEqual([idOf(one)])
    })

    it('asks nothing more about what was scanned as an image before', async () => {
      client.stored.set(one, [one])
      lists(listed(one, { tags: ['1'] }))
      await refresh()
      await scanned(one)
      client.imagesOf = () => Promise.reject(new Error('a known image was asked for'))
      lists(listed(one, { tags: ['2'] }))

      expect((await refresh()).discovered).toEqual([])
      expect(await tagsOf(one)).toEqual(['2'])
    })

    it('covers artifacts that have a tag, and passes by those that hang on images', async () => {
      const artifact: ImageError = { is: 'artifact', what: 'it', kind: 'an SBOM', mediaType: 'application/spdx+json' }
      client.stored.set(one, artifact).set(two, artifact)
      lists(listed(one, { tags: ['sbom'] }), listed(two))

      expect((await refresh()).discovered).toEqual([idOf(one)])
    })

    it('never passes by what it does not recognise', async () => {
      client.stored.set(one, { is: 'unsupported-media-type', what: 'it', mediaType: 'application/x' })
      lists(listed(one))

      expect((await refresh()).discovered).toEqual([idOf(one)])
    })

    it('gives the images of an index its tags, and their own push time', async () => {
      const pushedAt = instant(SOME_TIME - 1000)
      client.stored.set(index, [amd, arm]).set(amd, [amd]).set(arm, [arm])
      lists(listed(index, { tags: ['1'] }), listed(amd, { pushedAt }), listed(arm))

      expect([...(await refresh()).discovered].sort()).toEqual([idOf(amd), idOf(arm)].sort())
      expect(await tagsOf(amd)).toEqual(['1'])
      expect((await store.find(registry.scope, idOf(amd)))?.resource.details).toMatchObject({ pushedAt })
      expect(await store.find(registry.scope, idOf(index))).toBeNull()
    })

    it('closes the findings of an archived image, keeps it listed, and scans it anew when it is restored', async () => {
      client.stored.set(one, [one])
      lists(listed(one, { tags: ['1'] }))
      await refresh()
      await scanned(one)
      lists(listed(one, { tags: ['1'], isArchived: true }))

      expect((await refresh()).discovered).toEqual([])
      expect(await reasonOf(one)).toBe('IMAGE_ARCHIVED')
      expect(await findings()).toMatchObject([{ status: 'CLOSED', closeReason: 'not-eligible' }])
      expect(await store.list(registry.scope, { limit: 10 })).toHaveLength(1)

      lists(listed(one, { tags: ['1'] }))
      expect((await refresh()).discovered).toEqual([idOf(one)])
      expect(await reasonOf(one)).toBe('PENDING_INITIAL_SCAN')
    })

    it('covers an image that was archived before we came, without reading it', async () => {
      client.imagesOf = () => Promise.reject(new Error('an archived image was read'))
      lists(listed(one, { isArchived: true }))

      expect((await refresh()).discovered).toEqual([])
      expect(await reasonOf(one)).toBe('IMAGE_ARCHIVED')
    })
  })
})
