import type { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { ApiPorts } from '../ports.ts'
import { invalidMembers } from '../protocol/errors.ts'
import type { ApiError } from '../protocol/errors.ts'
import type { JsonObject } from '../protocol/json-body.ts'
import type { PageTokens } from '../protocol/page-token.ts'
import type { Caller } from '../protocol/sigv4.ts'

interface ExtensionContext {
  readonly caller: Caller
  readonly ports: ApiPorts
  readonly clock: Clock
  readonly pageTokens: PageTokens
  /** Where this server is reached, without a trailing slash, e.g. `https://inspector.example.com`. */
  readonly publicUrl: string
  /** Whether AWS may be asked with the server's own credentials for the caller. */
  readonly mayUseServerIdentity: boolean
  /** Whether the caller's account is the one that the installation was made with. */
  readonly isOperator: boolean
  readonly randomBytes: (length: number) => Buffer
}

/**
 * An operation of our own beside Amazon's: same listener, same signatures, same error shapes. Called once per verified
 * request with the JSON object of the body, unchecked, and the last segment of the path where the path ends in `{id}`.
 */
export interface Extension {
  readonly name: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `/openinspector/...`, with `{id}` as its last segment or without. */
  readonly path: string
  readonly status: 200 | 201
  run(request: ExtensionRequest, context: ExtensionContext): Promise<Result<JsonObject, ApiError>>
}

interface ExtensionRequest {
  readonly id: string
  readonly body: JsonObject
}

/** Reads the body with a schema; what is wrong is told in the same words as for Amazon's operations. */
export function parseBody<T>(schema: z.ZodType<T>, body: JsonObject): Result<T, ApiError> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return ok(parsed.data)
  const fields = parsed.error.issues
    .slice(0, 10)
    .map(issue => ({ name: issue.path.join('.') || 'request', message: issue.message }))
  return err(invalidMembers(fields))
}
