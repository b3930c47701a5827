import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { err, ok, type Result } from '../../base/result.ts'
import type { ApiClient } from '../api-client.ts'

/** What to wait for; nothing named means: until the server answers. */
export interface WaitTarget {
  /** `repository:tag` */
  readonly image: string | null
  /** Digest of an image that is to leave coverage. */
  readonly gone: string | null
}

/** Milliseconds between two looks. */
const POLL_MS = 250

/** Waits until what was asked for is true; the error says what was still missing when the time ran out. */
export async function waitFor(
  target: WaitTarget,
  healthUrl: string,
  client: () => Result<ApiClient, string>,
  timeoutMs: number,
): Promise<Result<string, string>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const state = await look(target, healthUrl, client)
    if (!state.ok || state.value.done) return state.ok ? ok(state.value.words) : state
    if (Date.now() > deadline) return err(`Gave up after ${Math.round(timeoutMs / 1000)} s: ${state.value.words}`)
    await sleep(POLL_MS)
  }
}

interface State {
  readonly done: boolean
  readonly words: string
}

async function look(
  target: WaitTarget,
  healthUrl: string,
  client: () => Result<ApiClient, string>,
): Promise<Result<State, string>> {
  const healthy = await isHealthy(healthUrl)
  if (!healthy) return ok({ done: false, words: `no server answers at ${healthUrl}` })
  if (target.image === null && target.gone === null) return ok({ done: true, words: 'The server is ready.' })

  const api = client()
  if (!api.ok) return api
  if (target.image !== null) return imageState(api.value, target.image)
  return goneState(api.value, target.gone ?? '')
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    // Not listening yet; the caller looks again.
    return false
  }
}

const coveragePage = z.object({
  nextToken: z.string().optional(),
  coveredResources: z.array(
    z.object({
      resourceId: z.string(),
      scanStatus: z.object({ statusCode: z.string(), reason: z.string() }).optional(),
    }),
  ),
})

type Covered = z.infer<typeof coveragePage>['coveredResources']

async function imageState(api: ApiClient, image: string): Promise<Result<State, string>> {
  const colon = image.lastIndexOf(':')
  if (colon <= 0) return err(`'${image}' is not repository:tag.`)
  const covered = await listCoverage(api, {
    ecrRepositoryName: [{ comparison: 'EQUALS', value: image.slice(0, colon) }],
    ecrImageTags: [{ comparison: 'EQUALS', value: image.slice(colon + 1) }],
  })
  if (!covered.ok) return covered
  if (covered.value.length === 0) return ok({ done: false, words: `${image} is not in coverage yet` })
  const reasons = covered.value.map(resource => resource.scanStatus?.reason ?? 'UNKNOWN')
  const waiting = reasons.some(reason => reason === 'PENDING_INITIAL_SCAN' || reason === 'SCAN_IN_PROGRESS')
  return ok({ done: !waiting, words: `${image}: ${reasons.join(', ')}` })
}

async function goneState(api: ApiClient, digest: string): Promise<Result<State, string>> {
  const covered = await listCoverage(api, {})
  if (!covered.ok) return covered
  const left = covered.value.filter(resource => resource.resourceId.endsWith(digest))
  return ok({
    done: left.length === 0,
    words: left.length === 0 ? `${digest} has left coverage.` : `${digest} is still covered`,
  })
}

async function listCoverage(api: ApiClient, filterCriteria: object): Promise<Result<Covered, string>> {
  const all: Covered = []
  let nextToken: string | undefined
  do {
    const answer = await api.post('/coverage/list', {
      filterCriteria,
      ...(nextToken === undefined ? {} : { nextToken }),
    })
    if (!answer.ok) return answer
    const page = coveragePage.parse(answer.value)
    all.push(...page.coveredResources)
    nextToken = page.nextToken
  } while (nextToken !== undefined && nextToken !== '')
  return ok(all)
}
