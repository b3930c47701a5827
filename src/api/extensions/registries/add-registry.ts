import { z } from 'zod'
import { err, ok } from '../../../base/result.ts'
import type { EcrAccess, Registry } from '../../../scanning/registry-store.ts'
import { apiError, invalidMembers } from '../../protocol/errors.ts'
import { externalIdShape, roleArnShape } from '../assumed-role-shapes.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'
import { registryShape } from './registry-shape.ts'
import { isPlatform } from '../../../inventory/platform.ts'
import { REGISTRY_URL_LIMIT, parseRegistryUrl } from './registry-url.ts'

/** Registries that one account may watch in one Region. */
const REGISTRIES_PER_SCOPE = 100

const DEFAULT_POLL_INTERVAL_SECONDS = 300

/** Platforms that one registry may be narrowed to; official images have about a dozen. */
const PLATFORM_LIMIT = 32

const registryUrl = z
  .string()
  .max(REGISTRY_URL_LIMIT)
  .transform((text, context) => {
    const parsed = parseRegistryUrl(text)
    if (parsed !== null) return parsed
    const message =
      'must be http(s)://host[:port] without credentials or a path, or ecr://ACCOUNT.dkr.ecr.REGION.amazonaws.com'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const input = z.strictObject({
  url: registryUrl,
  credentials: z
    .strictObject({ username: z.string().min(1).max(256), password: z.string().min(1).max(8_192) })
    .nullish(),
  roleArn: roleArnShape.nullish(),
  externalId: externalIdShape.nullish(),
  platforms: z
    .array(z.string().refine(isPlatform, 'must be os/architecture, e.g. linux/arm64'))
    .max(PLATFORM_LIMIT)
    .default([]),
  pollIntervalSeconds: z.int().min(5).max(86_400).default(DEFAULT_POLL_INTERVAL_SECONDS),
})

/** POST /openinspector/registries: watches a registry. The answer is the only one that ever holds the webhook's token. */
export const addRegistry: Extension = {
  name: 'AddRegistry',
  method: 'POST',
  path: '/openinspector/registries',
  status: 201,
  async run({ body }, { caller, ports, clock, publicUrl, mayUseServerIdentity, randomBytes }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    const { url, credentials = null, platforms } = parsed.value
    const role = { roleArn: parsed.value.roleArn ?? null, externalId: parsed.value.externalId ?? null }
    const misfit = misfitOf(url.isEcr, credentials !== null, role)
    if (misfit !== null) return err(invalidMembers([misfit]))
    if (url.isEcr && role.roleArn === null && !mayUseServerIdentity) {
      const message = "must be given: this account may not use the server's own AWS credentials"
      return err(invalidMembers([{ name: 'roleArn', message }]))
    }
    const scope = { accountId: caller.accountId, region: caller.region }
    const registry: Registry = {
      id: `reg-${randomBytes(8).toString('hex')}`,
      scope,
      url: url.url,
      credentials,
      ecr: url.isEcr ? role : null,
      platforms,
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

/** A member that does not go with the kind of registry. */
function misfitOf(
  isEcr: boolean,
  hasCredentials: boolean,
  { roleArn: role, externalId: id }: EcrAccess,
): { readonly name: string; readonly message: string } | null {
  if (isEcr && hasCredentials) return { name: 'credentials', message: 'AWS gives the login of a registry of ECR' }
  if (!isEcr && role !== null) return { name: 'roleArn', message: 'is for registries whose url begins with ecr://' }
  if (id !== null && role === null) return { name: 'externalId', message: 'goes with a roleArn' }
  return null
}
