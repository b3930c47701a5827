import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { apiError } from './errors.ts'
import type { ApiError } from './errors.ts'

/** Largest request body in bytes: a filter with all its conditions is far below it. */
export const BODY_LIMIT_BYTES = 1 << 20

/** Deepest nesting of a body; the deepest request of the model has seven levels. */
const JSON_DEPTH_LIMIT = 32

const utf8 = new TextDecoder('utf-8', { fatal: true })

export type JsonObject = Readonly<Record<string, unknown>>

/** Reads a request body; an empty one is an object without members. */
export function parseJsonObject(bytes: Uint8Array): Result<JsonObject, ApiError> {
  if (bytes.byteLength === 0) return ok({})
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return err(apiError('malformed-body', { detail: 'it is not UTF-8.' }))
  }
  if (text.trim() === '') return ok({})
  if (nestsDeeperThan(text, JSON_DEPTH_LIMIT)) {
    return err(apiError('malformed-body', { detail: `it nests deeper than ${JSON_DEPTH_LIMIT} levels.` }))
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own words quote the body; they stay here.
    return err(apiError('malformed-body', { detail: 'it is not valid JSON.' }))
  }
  if (!isJsonObject(value)) return err(apiError('malformed-body', { detail: 'it is not a JSON object.' }))
  return ok(value)
}

export function isJsonObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Counts brackets outside strings; cheaper than parsing what will be refused. */
function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    if (inString) {
      if (unit === 0x5c) i += 1
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x7b || unit === 0x5b) {
      depth += 1
      if (depth > limit) return true
    } else if (unit === 0x7d || unit === 0x5d) depth -= 1
  }
  return false
}
