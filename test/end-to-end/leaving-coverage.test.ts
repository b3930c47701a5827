import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { instant, type Clock } from '../../src/base/clock.ts'
import { err, ok } from '../../src/base/result.ts'
import { parseRegion, resourceId, type Digest } from '../../src/domain/ids.ts'
import type { ImageError, ImageManifest } from '../../src/inventory/image.ts'
import { readersHere } from '../../src/inventory/readers-here.ts'
import { imageResourceId } from '../../src/scanning/image-resource.ts'
import type { ImageRegistry } from '../../src/scanning/image-registry.ts'
import { refreshRepository } from '../../src/scanning/refresh-repository.ts'
import type { Registry } from '../../src/scanning/registry-store.ts'
import { retireRegistry } from '../../src/scanning/retire-registry.ts'
import { scanImage } from '../../src/scanning/scan-image.ts'
import type { Database } from '../../src/store/database.ts'
import { pgScanStore } from '../../src/store/pg-scan-store.ts'
import { aDigest, aFinding, aResource, aScope, anImage } from '../support/builders.ts'
import { aMemoryDatabase, emptyDatabase } from '../support/memory-database.ts'
import { sha256 } from '../support/sha256.ts'

const clock: Clock = { now: () => instant(Date.UTC(2026, 0, 2)) }
const scope = aScope()
const registry: Registry = {
  id: 'reg-0000000000000001',
  scope,
  url: 'https://registry.example:5000',
  credentials: null,
  ecr: null,
  platforms: [],
  webhookToken: 'x',
  pollIntervalSeconds: 300,
  createdAt: clock.now(),
  lastPolledAt: null,
  lastError: null,
}

let database: Database
let parts: { store: ReturnType<typeof pgScanStore>; clock: Clock; sha256: typeof sha256 }

beforeAll(async () => {
  database = await aMemoryDatabase()
  parts = { store: pgScanStore(database), clock, sha256 }
}, 60_000)
beforeEach(() => emptyDatabase(database))
afterAll(() => database.close())

/** An image in coverage with one open finding. */
async function aScannedImage(of: string, host = 'registry.example:5000'): Promise<ReturnType<typeof aResource>> {
  const imageHash = aDigest(of)
  const resource = aResource({
    scope,
    id: imageResourceId(scope, host, 'team/app', imageHash),
    details: anImage({ imageHash, registry: host, imageTags: [of] }),
  })
  const finding = aFinding({ resource })
  await parts.store.commit(resource, () => ({
    coverage: {
      resource,
      scanType: 'PACKAGE',
      reason: 'SUCCESSFUL',
      detail: null,
      problems: [],
      lastScannedAt: clock.now(),
    },
    inventory: 'keep',
    matchedWith: 'keep',
    changes: [{ is: 'opened', finding }],
    retire: false,
  }))
  return resource
}

async function findingOf(resource: ReturnType<typeof aResource>) {
  let found: { status: string; closeReason: string | null }[] = []
  await parts.store.commit(resource, (findings, current) => {
    found = findings.map(({ status, closeReason }) => ({ status, closeReason }))
    if (current === null) throw new Error('no such resource')
    const retire = current.coverage.reason === 'RESOURCE_TERMINATED'
    return { coverage: current.coverage, inventory: 'keep', matchedWith: 'keep', changes: [], retire }
  })
  return found
}

const never = new AbortController().signal

describe('an image whose registry was removed', () => {
  it('leaves coverage, and its findings close as not eligible', async () => {
    const image = await aScannedImage('one')
    const elsewhere = await aScannedImage('one', 'other.example')

    const retired = await retireRegistry({ ...parts, registries: { list: async () => [] } }, scope, registry.url, never)

    expect(retired).toBe(1)
    expect(await findingOf(image)).toEqual([{ status: 'CLOSED', closeReason: 'not-eligible' }])
    expect((await parts.store.find(scope, image.id))?.coverage).toMatchObject({
      reason: 'RESOURCE_TERMINATED',
      detail: expect.stringContaining('no longer watched') as string,
    })
    const left = await parts.store.list(scope, { limit: 10 })
    expect(left.map(({ resource }) => resource.id)).toEqual([elsewhere.id])
  })

  it('stays when the registry is watched again before the work begins', async () => {
    const image = await aScannedImage('one')
    const again = { ...registry, id: 'reg-0000000000000002', url: 'http://registry.example:5000' }

    const retired = await retireRegistry(
      { ...parts, registries: { list: async () => [again] } },
      scope,
      registry.url,
      never,
    )

    expect(retired).toBe(0)
    expect(await findingOf(image)).toEqual([{ status: 'ACTIVE', closeReason: null }])
  })

  it('does not come back by a scan that was under way', async () => {
    const image = await aScannedImage('one')
    const unreadable: ImageError = { is: 'unreachable', what: 'x', detail: 'y' }
    const source = {
      async manifests() {
        await retireRegistry({ ...parts, registries: { list: async () => [] } }, scope, registry.url, never)
        return err(unreadable)
      },
      openBlob: async () => err(unreadable),
      async close() {},
    }
    const cache = { get: async () => null, put: async () => {} }
    const advisories = { index: () => null, close: () => {} }

    await scanImage(
      { ...parts, advisories, ecosystems: [], readers: readersHere([]), cache },
      { ...aRegistry({}), source: () => source },
      scope,
      image.id,
      never,
    )

    expect(await parts.store.list(scope, { limit: 10 })).toEqual([])
    expect((await parts.store.find(scope, image.id))?.coverage.reason).toBe('RESOURCE_TERMINATED')
  })
})

/** A registry whose repository `team/app` has these tags; a digest or an image list may be an error. */
function aRegistry(
  content: Readonly<Record<string, { readonly digest: Digest; readonly images: readonly Digest[] | ImageError }>>,
): ImageRegistry {
  const manifest = (digest: Digest): ImageManifest => {
    const config = { digest, mediaType: 'application/vnd.oci.image.config.v1+json', sizeBytes: 1 }
    return { digest, indexDigest: null, mediaType: '', config, layers: [] }
  }
  const all = Object.values(content)
  return {
    repositories: async () => ok(['team/app']),
    tags: async () => ok(Object.keys(content)),
    digestOf: async (_repository, tag) => ok(content[tag]?.digest ?? null),
    imagesOf: async (_repository, digest) => {
      const images = all.find(one => one.digest === digest)?.images ?? []
      return 'is' in images ? err(images) : ok(images.map(manifest))
    },
    exists: async (_repository, digest) =>
      ok(all.some(one => one.digest === digest || (!('is' in one.images) && one.images.includes(digest)))),
    source: () => {
      throw new Error('nothing is read here')
    },
  }
}

const refusal: ImageError = { is: 'unreachable', what: 'manifest', detail: 'the registry answered 500' }

describe('a repository of which a part cannot be read', () => {
  it('takes in what can be read, keeps the tags of the rest, and says what failed', async () => {
    const known = await aScannedImage('known')
    const content = {
      broken: { digest: aDigest('index of known'), images: refusal },
      fresh: { digest: aDigest('fresh'), images: [aDigest('fresh')] },
    }
    const client = { ...aRegistry(content), exists: async () => ok(true) }

    const refreshed = await refreshRepository(parts, client, registry, 'team/app', [])

    expect(refreshed).toMatchObject({ ok: false, error: { error: refusal } })
    const covered = await parts.store.list(scope, { limit: 10 })
    const tags = covered.map(({ resource, coverage }) => [
      resource.details.type === 'AWS_ECR_CONTAINER_IMAGE' && resource.details.imageTags,
      coverage.reason,
    ])
    expect(tags).toContainEqual([['known'], 'SUCCESSFUL'])
    expect(tags).toContainEqual([['fresh'], 'PENDING_INITIAL_SCAN'])
    expect(tags).toContainEqual([['broken'], 'PENDING_INITIAL_SCAN'])
    expect(await findingOf(known)).toEqual([{ status: 'ACTIVE', closeReason: null }])
  })

  it('covers the images of an index in place of the index once that can be read', async () => {
    const index = aDigest('index')
    const images = ['a', 'b'].map(name => aDigest(name))
    await refreshRepository(parts, aRegistry({ v1: { digest: index, images: refusal } }), registry, 'team/app', [])

    await refreshRepository(parts, aRegistry({ v1: { digest: index, images } }), registry, 'team/app', [])

    const covered = await parts.store.list(scope, { limit: 10 })
    expect(covered.map(({ resource }) => resource.id)).toEqual(
      images.map(digest => imageResourceId(scope, 'registry.example:5000', 'team/app', digest)).toSorted(inTextOrder),
    )
  })
})

describe('an image that is announced as pushed', () => {
  it('is not taken for present because it was pushed', async () => {
    const image = await aScannedImage('gone')
    const client: ImageRegistry = {
      ...aRegistry({}),
      imagesOf: async () => ok([{ digest: aDigest('gone') } as ImageManifest]),
    }

    await refreshRepository(parts, client, registry, 'team/app', [aDigest('gone')])

    expect(await findingOf(image)).toEqual([{ status: 'CLOSED', closeReason: 'resource-gone' }])
  })

  it('belongs to its own Region', async () => {
    await aScannedImage('one')
    const otherScope = { ...scope, region: parseRegion('eu-central-1')! }

    const retired = await retireRegistry(
      { ...parts, registries: { list: async () => [] } },
      otherScope,
      registry.url,
      never,
    )

    expect(retired).toBe(0)
    expect(await parts.store.find(otherScope, resourceId('x'))).toBeNull()
  })
})

function inTextOrder(a: string, b: string): number {
  return a < b ? -1 : 1
}
