import { z } from 'zod'

import type { Http } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { ImageError } from './image.ts'
import { IMAGE_SOURCE_LIMITS } from './limits.ts'
import { parseJsonAs, readAll } from './image-blobs.ts'
import { RegistryClient } from './registry-client.ts'
import type { RegistryAddress } from './registry-client.ts'

const PAGE_SIZE = 1000

const catalogSchema = z.object({ repositories: z.array(z.string().min(1).max(255)).nullish() })
const tagsSchema = z.object({ tags: z.array(z.string().min(1).max(128)).nullish() })

/** Every repository that the credentials may list. Registries without a catalog answer `not-found` or `access-denied`. */
export function listRepositories(http: Http, address: RegistryAddress): Promise<Result<readonly string[], ImageError>> {
  return listPages(new RegistryClient(http, address), {
    path: `/v2/_catalog?n=${PAGE_SIZE}`,
    scope: 'registry:catalog:*',
    what: 'the catalog',
    namesOf: (bytes, what) => {
      const page = parseJsonAs(catalogSchema, bytes, what)
      return page.ok ? ok(page.value.repositories ?? []) : page
    },
  })
}

export function listTags(
  http: Http,
  address: RegistryAddress,
  repository: string,
): Promise<Result<readonly string[], ImageError>> {
  return listPages(new RegistryClient(http, address), {
    path: `/v2/${repository}/tags/list?n=${PAGE_SIZE}`,
    scope: scopeOf(repository),
    what: `the tags of ${repository}`,
    namesOf: (bytes, what) => {
      const page = parseJsonAs(tagsSchema, bytes, what)
      return page.ok ? ok(page.value.tags ?? []) : page
    },
  })
}

interface Listing {
  readonly path: string
  readonly scope: string
  readonly what: string
  namesOf(bytes: Uint8Array, what: string): Result<readonly string[], ImageError>
}

async function listPages(client: RegistryClient, listing: Listing): Promise<Result<readonly string[], ImageError>> {
  const what = `${listing.what} of ${client.host}`
  const names = new Set<string>()
  const seen = new Set<string>()
  let path: string | null = listing.path
  while (path !== null) {
    if (seen.has(path) || seen.size >= IMAGE_SOURCE_LIMITS.listPages || names.size > IMAGE_SOURCE_LIMITS.listNames) {
      const detail = seen.has(path)
        ? 'its pages lead in a circle'
        : `more than ${IMAGE_SOURCE_LIMITS.listNames} names or ${IMAGE_SOURCE_LIMITS.listPages} pages`
      return err({ is: 'limit-exceeded', what, limit: 'listing', detail })
    }
    seen.add(path)
    const sent = await client.get(path, listing.scope, what, {
      accept: 'application/json',
      limitBytes: IMAGE_SOURCE_LIMITS.listPageBytes,
      redirects: 'same-origin',
    })
    if (!sent.ok) return sent
    const bytes = await readAll(sent.value.body, IMAGE_SOURCE_LIMITS.listPageBytes, 'pageBytes', what)
    if (!bytes.ok) return bytes
    const page = listing.namesOf(bytes.value, what)
    if (!page.ok) return page
    for (const name of page.value) names.add(name)
    path = nextPath(sent.value.headers['link'] ?? '', sent.value.url)
  }
  return ok([...names])
}

/** What a registry is asked to allow for reading one repository. (distribution spec, token scope) */
export function scopeOf(repository: string): string {
  return `repository:${repository}:pull`
}

/** Path and query of the `rel="next"` link, taken on the registry itself whatever host the link names. (RFC 8288) */
export function nextPath(header: string, base: string): string | null {
  const match = /<([^<>]{1,4096})>[^<]{0,200}?;\s*rel="?next"?/i.exec(header.slice(0, 8192))
  const target = match?.[1]
  if (target === undefined || !URL.canParse(target, base)) return null
  const url = new URL(target, base)
  return `${url.pathname}${url.search}`
}
