import { z } from 'zod'
import { err, ok } from '../../../base/result.ts'
import type { Registry } from '../../../scanning/registry-store.ts'
import { apiError } from '../../protocol/errors.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'
import { registryShape } from './registry-shape.ts'
import { REGISTRY_URL_LIMIT, parseRegistryUrl } from './registry-url.ts'

/** Registries that one account may watch in one Region. */
const REGISTRIES_PER_SCOPE = 100

const DEFAULT_POLL_INTERVAL_SECONDS = 300

const input = z.strictObject({
  url: z
    .string()
    .max(REGISTRY_URL_LIMIT)
    .refine(text => parseRegistryUrl(text) !== null, 'must be http(s)://host[:port] without credentials or a path'),
  credentials: z
    .strictObject({ username: z.string().min(1).max(256), password: z.string().min(1).max(8_192) })
    .nullish(),
  pollIntervalSeconds: z.int().min(5).max(86_400).default(DEFAULT_POLL_INTERVAL_SECONDS),
})

/** POST /openinspector/registries: watches a registry. The answer is the only one that ever holds the webhook's token. */
export const addRegistry: Extension = {
  name: 'AddRegistry',
  method: 'POST',
  path: '/openinspector/registries',
  status: 201,
  async run({ body }, { caller, ports, clock, publicUrl, randomBytes }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    const scope = { accountId: caller.accountId, region: caller.region }
    const registry: Registry = {
      id: `reg-${randomBytes(8).toString('hex')}`,
      scope,
      url: parseRegistryUrl(parsed.value.url) ?? parsed.value.url,
      credentials: parsed.value.credentials ?? null,
      webhookToken: randomBytes(32).toString('base64url'),
      pollIntervalSeconds: parsed.value.pollIntervalSeconds,
      createdAt: clock.now(),
      lastPolledAt: null,
      lastError: null,
    }

    const known = await ports.registries.list(scope)
    if (known.length >= REGISTRIES_PER_SCOPE) {
      const filling = { limit: String(REGISTRIES_PER_SCOPE), what: 'registries in this Region' }
      return err(apiError('too-many', filling, { members: { resourceId: registry.url } }))
    }
    if ((await ports.registries.add(registry)) === 'exists') {
      const members = { resourceId: registry.url, resourceType: 'registry' }
      return err(apiError('registry-exists', { resourceId: registry.url }, { members }))
    }
    await ports.work.pollRegistry(registry.id)

    return ok({
      ...registryShape(registry),
      webhookUrl: `${publicUrl}/openinspector/hooks/registry/${registry.id}`,
      webhookToken: registry.webhookToken,
    })
  },
}
