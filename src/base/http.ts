import type { Result } from './result.ts'

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Largest body in bytes that is handed out; reading past it fails the stream. */
  readonly limitBytes: number
  /** Longest wait in milliseconds for the response head, and then between two pieces of the body. */
  readonly idleTimeoutMs: number
  /**
   * Which redirects are followed, at most five. `same-origin` never leaves scheme, host and port; `any-public` may go
   * to another host, without `Authorization`, but never to a loopback, private or link-local address unless the first
   * request went to that same address.
   */
  readonly redirects: 'none' | 'same-origin' | 'any-public'
  /** Hold the first address to the rule of redirects as well: for a URL that came out of somebody's document. */
  readonly onlyPublic?: boolean
}

export interface HttpResponse {
  readonly status: number
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Where the body came from after redirects. */
  readonly url: string
  /** Throws `HttpBodyError` when the body breaks off, stalls or passes its limit. Must be read or discarded. */
  readonly body: AsyncIterable<Uint8Array>
  discard(): Promise<void>
}

export type HttpError =
  | { readonly is: 'unreachable'; readonly url: string; readonly detail: string }
  | { readonly is: 'timed-out'; readonly url: string; readonly timeoutMs: number }
  | { readonly is: 'redirect-refused'; readonly url: string; readonly location: string; readonly reason: string }

/** Outgoing HTTP, with its limits spelled out in every request. Any status is a response, not an error. */
export interface Http {
  send(url: string, request: HttpRequest): Promise<Result<HttpResponse, HttpError>>
}

export class HttpBodyError extends Error {
  readonly reason: 'broken-off' | 'stalled' | 'too-large'

  constructor(reason: 'broken-off' | 'stalled' | 'too-large', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'HttpBodyError'
    this.reason = reason
  }
}

export function describeHttpError(error: HttpError): string {
  switch (error.is) {
    case 'unreachable':
      return `cannot reach ${error.url}: ${error.detail}`
    case 'timed-out':
      return `no answer from ${error.url} within ${error.timeoutMs} ms`
    case 'redirect-refused':
      return `refused the redirect from ${error.url} to ${error.location}: ${error.reason}`
  }
}
