import type { RunningProduct } from './running-product.ts'

/** One resource as `POST /openinspector/coverage/list` shows it. */
export interface CoveredResource {
  readonly resourceId: string
  readonly statusCode: string
  readonly reason: string
  readonly detail: string | null
  readonly lastScannedAt: string | null
}

/** One finding as ListFindings shows it; only what the tests look at. */
export interface ListedFinding {
  readonly findingArn: string
  readonly status: string
  readonly title: string
  readonly severity: string
  readonly resources: readonly { readonly id: string }[]
  readonly packageVulnerabilityDetails: {
    readonly vulnerabilityId: string
    readonly vulnerablePackages: readonly { readonly name: string; readonly version: string }[]
  }
}

type Server = Pick<RunningProduct, 'post'>

export async function coverageOf(server: Server): Promise<readonly CoveredResource[]> {
  return allPages<CoveredResource>(server, '/openinspector/coverage/list', 'resources', {})
}

export async function findingsOf(server: Server, filterCriteria: object = {}): Promise<readonly ListedFinding[]> {
  return allPages<ListedFinding>(server, '/findings/list', 'findings', { filterCriteria })
}

/** Every item of the member `name` of every page. */
async function allPages<T>(server: Server, path: string, name: string, body: object): Promise<readonly T[]> {
  const all: T[] = []
  let nextToken: unknown
  do {
    const page = await server.post(path, { ...body, ...(nextToken ? { nextToken } : {}) })
    all.push(...(page[name] as T[]))
    nextToken = page['nextToken']
  } while (nextToken)
  return all
}

export interface AddedRegistry {
  readonly registryId: string
  readonly webhookUrl: string
  readonly webhookToken: string
}

export function addRegistry(server: Server, url: string, pollIntervalSeconds: number): Promise<AddedRegistry> {
  return server.post<AddedRegistry>('/openinspector/registries', { url, pollIntervalSeconds })
}

/** Sends what a registry's notification webhook sends after a push; returns the answer's status. */
export async function announcePush(
  hook: Pick<AddedRegistry, 'webhookUrl' | 'webhookToken'>,
  repository: string,
  digest: string,
): Promise<number> {
  const target = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, repository }
  const answer = await fetch(hook.webhookUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${hook.webhookToken}` },
    body: JSON.stringify({ events: [{ action: 'push', target }] }),
  })
  return answer.status
}
