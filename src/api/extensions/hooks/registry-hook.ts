import { createHash, timingSafeEqual } from 'node:crypto'
import { err, ok } from '../../../base/result.ts'
import type { Result } from '../../../base/result.ts'
import type { Registry } from '../../../scanning/registry-store.ts'
import type { ApiPorts } from '../../ports.ts'
import { apiError } from '../../protocol/errors.ts'
import type { ApiError } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json-body.ts'
import { manifestEvents } from './notification.ts'

const HOOK_PREFIX = '/openinspector/hooks/registry/'

/** The registry id of a webhook's path, or `null`. */
export function hookRegistryId(rawPath: string): string | null {
  const id = rawPath.startsWith(HOOK_PREFIX) ? rawPath.slice(HOOK_PREFIX.length) : ''
  return /^reg-[0-9a-f]{16}$/.test(id) ? id : null
}

/** Finds the registry whose token the request carries; an unknown registry and a wrong token are not told apart. */
export async function authenticateHook(
  registryId: string,
  authorization: readonly string[],
  ports: Pick<ApiPorts, 'registries'>,
): Promise<Result<Registry, ApiError>> {
  const given = authorization.length === 1 ? /^Bearer ([\w-]{1,256})$/i.exec(authorization[0] ?? '')?.[1] : undefined
  const registry = await ports.registries.find(registryId)
  // Digests have one length whatever was sent, and comparing them takes one time.
  const isGenuine = timingSafeEqual(sha256(given ?? ''), sha256(registry?.webhookToken ?? ''))
  return registry && given !== undefined && registry.webhookToken !== '' && isGenuine
    ? ok(registry)
    : err(apiError('wrong-webhook-token', {}))
}

/** Hands the events to the workers; when this returns, a crash loses none of them. */
export async function acceptNotification(
  registry: Registry,
  body: JsonObject,
  ports: Pick<ApiPorts, 'work'>,
): Promise<Result<{ readonly accepted: number }, ApiError>> {
  const events = manifestEvents(body)
  if (!events.ok) return events
  for (const { is, repository, digest } of events.value) {
    const image = { registryId: registry.id, repository, digest }
    await (is === 'pushed' ? ports.work.imagePushed(image) : ports.work.imageDeleted(image))
  }
  return ok({ accepted: events.value.length })
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
