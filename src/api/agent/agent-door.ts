import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { z } from 'zod'
import { err, ok, type Result } from '../../base/result.ts'
import type { Host } from '../../scanning/host-store.ts'
import { parseBody } from '../extensions/extension.ts'
import type { ApiPorts } from '../ports.ts'
import { apiError, type ApiError } from '../protocol/errors.ts'
import { parseJsonObject, type JsonObject } from '../protocol/json-body.ts'
import {
  checkInSchema,
  HASH,
  INFLATED_REPORT_LIMIT_BYTES,
  inventorySchema,
  REPORT_LIMIT_BYTES,
  runtimeSchema,
} from './report-schema.ts'

/** Where agents send to; they may ask for nothing. */
export const AGENT_PREFIX = '/openinspector/agent/'

/** What one agent request asks for. */
export type AgentRequest =
  | { readonly is: 'check-in' }
  | { readonly is: 'inventory'; readonly sequence: number; readonly hash: string }
  | { readonly is: 'runtime'; readonly hash: string }

/** Seconds after which an agent says again that it is there; the guide's interval of an SSM inventory is the same. (§6.1) */
const CHECK_IN_SECONDS = 1_800

/** A host sends a few requests per change; an installation of hundreds of packages makes some changes a minute. */
export const AGENT_RATE_LIMIT = { burst: 60, perSecond: 0.5 } as const

const inflate = promisify(gunzip)

/** Reads the raw path of a POST; `null` when no agent sends there. */
export function agentRequest(rawPath: string): AgentRequest | null {
  if (!rawPath.startsWith(AGENT_PREFIX)) return null
  const [what, ...rest] = rawPath.slice(AGENT_PREFIX.length).split('/')
  if (what === 'check-in' && rest.length === 0) return { is: 'check-in' }
  const hash = rest.at(-1) ?? ''
  if (!HASH.test(hash)) return null
  if (what === 'runtime' && rest.length === 1) return { is: 'runtime', hash }
  if (what !== 'inventory' || rest.length !== 2 || !/^[1-9][0-9]{0,14}$/.test(rest[0] ?? '')) return null
  return { is: 'inventory', sequence: Number(rest[0]), hash }
}

/** Carries out one request of a host that has shown its token. The body is as it came, gzip or not. */
export async function acceptReport(
  request: AgentRequest,
  host: Host,
  body: Uint8Array,
  isGzip: boolean,
  { hostReports }: Pick<ApiPorts, 'hostReports'>,
): Promise<Result<JsonObject, ApiError>> {
  const inflated = await inflatedBody(body, isGzip)
  if (!inflated.ok) return inflated
  if (request.is !== 'check-in' && createHash('sha256').update(inflated.value).digest('hex') !== request.hash) {
    return err(apiError('invalid-request', { detail: 'The body is not what the hash in the path names.' }))
  }
  switch (request.is) {
    case 'check-in': {
      const read = readJson(inflated.value, checkInSchema)
      if (!read.ok) return read
      const answer = await hostReports.checkIn(host, read.value)
      if (answer.is === 'unknown-host') return err(apiError('wrong-agent-token', {}))
      if (answer.is === 'other-machine') {
        const members = { resourceId: host.id, resourceType: 'host' }
        return err(apiError('other-machine', { resourceId: host.id }, { members }))
      }
      const { isWatched, wants, sequence } = answer
      return ok({ isWatched, wants, sequence, checkInSeconds: CHECK_IN_SECONDS })
    }
    case 'inventory': {
      const read = readJson(inflated.value, inventorySchema)
      if (!read.ok) return read
      if (host.identity === null) {
        return err(apiError('invalid-request', { detail: 'An inventory comes after a check-in.' }))
      }
      const { sequence, hash } = request
      const status = await hostReports.inventory(host, { sequence, hash, inventory: read.value })
      return status === 'unknown-host' ? err(apiError('wrong-agent-token', {})) : ok({ status })
    }
    case 'runtime': {
      const read = readJson(inflated.value, runtimeSchema)
      if (!read.ok) return read
      await hostReports.runtime(host, request.hash, read.value)
      return ok({ status: 'stored' })
    }
  }
}

async function inflatedBody(body: Uint8Array, isGzip: boolean): Promise<Result<Uint8Array, ApiError>> {
  if (body.byteLength > REPORT_LIMIT_BYTES) {
    return err(apiError('body-too-large', { limitBytes: String(REPORT_LIMIT_BYTES) }))
  }
  if (!isGzip) return ok(body)
  try {
    return ok(await inflate(body, { maxOutputLength: INFLATED_REPORT_LIMIT_BYTES }))
  } catch (cause) {
    const isTooLarge =
      cause instanceof RangeError ||
      (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
    return err(
      isTooLarge
        ? apiError('body-too-large', { limitBytes: String(INFLATED_REPORT_LIMIT_BYTES) })
        : apiError('malformed-body', { detail: 'it is not gzip.' }),
    )
  }
}

function readJson<T>(bytes: Uint8Array, schema: z.ZodType<T>): Result<T, ApiError> {
  const json = parseJsonObject(bytes)
  return json.ok ? parseBody(schema, json.value) : json
}
