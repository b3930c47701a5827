import { err, ok, type Result } from '../base/result.ts'
import { decodeUtf8 } from '../base/utf8.ts'

/** A JSON value; objects are seen through `member`, never by plain property access. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [name: string]: Json
}

/** What a JSON text may hold at most. */
export interface JsonLimits {
  /** Objects and lists inside each other. */
  readonly depth: number
  readonly values: number
}

/** Nesting and number of values of the largest real lockfiles lie far below. */
const FILE_LIMITS: JsonLimits = { depth: 200, values: 2_000_000 }

/**
 * Reads JSON of a scanned file. Depth and number of values are bounded before anything is built, because a few megabytes
 * of brackets can make a gigabyte of arrays. A key given twice counts as its last value, as it does to npm.
 */
export function readJson(bytes: Uint8Array, limits: JsonLimits = FILE_LIMITS): Result<Json, string> {
  const tooMuch = whyTooMuch(bytes, limits)
  if (tooMuch !== null) return err(tooMuch)
  try {
    // What JSON.parse returns is `Json` by definition.
    return ok(JSON.parse(decodeUtf8(bytes)) as Json)
  } catch (cause) {
    return err(
      `not JSON: ${cause instanceof Error ? cause.message.slice(0, 200).replaceAll(/\s+/g, ' ') : 'unreadable'}`,
    )
  }
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list whose items are still to be looked at; `Array.isArray` alone would make them `any`. */
export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** An own member, whatever the object is called; `undefined` when there is none. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** An own member that is a string; `undefined` otherwise. */
export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = member(object, name)
  return typeof value === 'string' ? value : undefined
}

/** Counts brackets and commas outside strings. */
function whyTooMuch(bytes: Uint8Array, limits: JsonLimits): string | null {
  let depth = 0
  let values = 1
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at] ?? 0) {
      case 0x22: // a string: on to its closing quote
        at++
        while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1
        break
      case 0x5b:
      case 0x7b:
        if (++depth > limits.depth) return `nested deeper than ${limits.depth}`
        values++
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
      case 0x2c:
        values++
        break
      default:
    }
    if (values > limits.values) return `more than ${limits.values} values`
  }
  return null
}
