import { createHmac, timingSafeEqual } from 'node:crypto'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { stableJson } from '../../base/stable-json.ts'
import { apiError } from './errors.ts'
import type { ApiError } from './errors.ts'
import type { Caller } from './sigv4.ts'

const MAC_BYTES = 16

/** Longest `nextToken` that is looked at; ours are some hundred characters. */
const TOKEN_LIMIT = 8_192

/**
 * Makes and reads `nextToken`: where a store's page ended, sealed to the operation, the caller's account and Region, and
 * the parameters of the walk (all but the page size). A token of other filters is refused, as Amazon refuses it
 * ("filter parameters changed in the request").
 */
export class PageTokens {
  readonly #secret: Uint8Array

  /** `secret`: 32 bytes that every process serving the same callers shares and that outlive a restart. */
  constructor(secret: Uint8Array) {
    if (secret.byteLength < 32) throw new Error('the secret of page tokens needs 32 bytes')
    this.#secret = secret
  }

  write(next: string | null, walk: Walk): string | undefined {
    if (next === null) return undefined
    return Buffer.concat([this.#seal(next, walk), Buffer.from(next, 'utf8')]).toString('base64url')
  }

  /** `null` is the first page. An empty token counts as none: several clients send one. */
  read(token: string | undefined, walk: Walk): Result<string | null, ApiError> {
    if (token === undefined || token === '') return ok(null)
    const bytes = token.length <= TOKEN_LIMIT ? Buffer.from(token, 'base64url') : Buffer.alloc(0)
    const next = bytes.subarray(MAC_BYTES).toString('utf8')
    if (bytes.length <= MAC_BYTES || !timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#seal(next, walk))) {
      return err(invalidNextToken(walk.operation))
    }
    return ok(next)
  }

  #seal(next: string, { operation, caller, parameters }: Walk): Buffer {
    const text = stableJson([operation, caller.accountId, caller.region, parameters, next])
    return createHmac('sha256', this.#secret).update(text).digest().subarray(0, MAC_BYTES)
  }
}

/** One reading of a list from its first page to its last. */
export interface Walk {
  readonly operation: string
  readonly caller: Pick<Caller, 'accountId' | 'region'>
  readonly parameters: unknown
}

export function invalidNextToken(operation: string): ApiError {
  const fields = [{ name: 'nextToken', message: 'The token is not valid for this request.' }]
  return apiError('invalid-next-token', { operation }, { members: { fields } })
}
