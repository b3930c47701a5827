import type { Instant } from '../../base/clock.ts'

export interface RateLimit {
  /** Requests that may come at once after a pause. */
  readonly burst: number
  /** Requests per second that may go on for ever. */
  readonly perSecond: number
}

/** Callers remembered at once; the ones that were quiet longest are forgotten first, which only ever favours them. */
const REMEMBERED_LIMIT = 10_000

/** A token bucket per caller. */
export class RateLimiter {
  readonly #limit: RateLimit
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(limit: RateLimit) {
    this.#limit = limit
  }

  /** `null` when the request may go on, else the whole seconds to wait. */
  take(caller: string, now: Instant): number | null {
    const { burst, perSecond } = this.#limit
    const known = this.#buckets.get(caller)
    const elapsedMs = known ? Math.max(0, now - known.at) : 0
    const tokens = known ? Math.min(burst, known.tokens + (elapsedMs / 1000) * perSecond) : burst
    const isAllowed = tokens >= 1
    this.#buckets.delete(caller)
    this.#buckets.set(caller, { tokens: isAllowed ? tokens - 1 : tokens, at: now })
    if (this.#buckets.size > REMEMBERED_LIMIT) {
      const oldest = this.#buckets.keys().next()
      if (!oldest.done) this.#buckets.delete(oldest.value)
    }
    return isAllowed ? null : Math.max(1, Math.ceil((1 - tokens) / perSecond))
  }
}
