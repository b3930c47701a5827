import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../../base/clock.ts'
import { err, ok } from '../../../base/result.ts'
import type { Result } from '../../../base/result.ts'
import { parseAccountId, parseRegion, type Scope } from '../../../domain/ids.ts'
import type { NetworkWatch } from '../../../scanning/network-watch-store.ts'
import type { ApiPorts } from '../../ports.ts'
import { apiError } from '../../protocol/errors.ts'
import type { ApiError } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json-body.ts'

const HOOK_PREFIX = '/openinspector/hooks/network/'

/** Where notices of changes of a network are sent to. */
export function hookPath({ accountId, region }: Scope): string {
  return `${HOOK_PREFIX}${accountId}/${region}`
}

/** The account and Region of such a path, or `null`. */
export function hookScope(rawPath: string): Scope | null {
  if (!rawPath.startsWith(HOOK_PREFIX)) return null
  const [account = '', name = '', ...rest] = rawPath.slice(HOOK_PREFIX.length, 100).split('/')
  const [accountId, region] = [parseAccountId(account), parseRegion(name)]
  return accountId === null || region === null || rest.length > 0 ? null : { accountId, region }
}

/** What of a token is kept. */
export function eventTokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Finds the watch whose token the request carries; a network that nobody watches and a wrong token are not told apart. */
export async function authenticateNotice(
  scope: Scope,
  authorization: readonly string[],
  ports: Pick<ApiPorts, 'networkWatches'>,
): Promise<Result<NetworkWatch, ApiError>> {
  const given = authorization.length === 1 ? /^Bearer ([\w-]{1,256})$/i.exec(authorization[0] ?? '')?.[1] : undefined
  const watch = await ports.networkWatches.find(scope)
  // Hashes have one length whatever was sent, and comparing them takes one time.
  const expected = Buffer.from(watch?.eventTokenHash ?? eventTokenHash(''))
  const isGenuine = timingSafeEqual(Buffer.from(eventTokenHash(given ?? '')), expected)
  return watch !== null && watch.eventTokenHash !== null && given !== undefined && isGenuine
    ? ok(watch)
    : err(apiError('wrong-event-token', {}))
}

/** Has AWS asked again what an event of EventBridge may have changed; when this returns, a crash loses none of it. */
export async function acceptNotice(
  { scope }: NetworkWatch,
  notice: JsonObject,
  ports: Pick<ApiPorts, 'changedCalls' | 'networkWatches' | 'work'>,
  clock: Clock,
): Promise<{ readonly accepted: number; readonly ignored: number }> {
  const calls = ports.changedCalls(notice, scope)
  if (calls !== null) await ports.work.networkChanged(scope, calls)
  await ports.networkWatches.noteEvent(scope, clock.now(), calls !== null)
  return calls === null ? { accepted: 0, ignored: 1 } : { accepted: 1, ignored: 0 }
}
