import { err, ok, type Result } from '../../base/result.ts'
import { isJsonObject, type Json, type JsonObject, member, readJson } from '../../ecosystems/json-file.ts'
import { SBOM_LIMITS } from '../limits.ts'
import type { SbomProperty } from './sbom-document.ts'

/** The one JSON object that an SBOM is, within the limits. */
export function readJsonDocument(bytes: Uint8Array): Result<JsonObject, string> {
  const json = readJson(bytes, { depth: SBOM_LIMITS.depth, values: SBOM_LIMITS.values })
  if (!json.ok) return json
  return isJsonObject(json.value) ? ok(json.value) : err('not a JSON object')
}

/**
 * Whether an object of the text names a member twice. Readers differ in which one they take, so such a document may show
 * one reader packages that it hides from another.
 */
export function namesMembersTwice(bytes: Uint8Array, json: Json): boolean {
  return writtenMembers(bytes) !== keptMembers(json)
}

/** Every member has one colon outside of strings. */
function writtenMembers(bytes: Uint8Array): number {
  let count = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === 0x3a) count++
    else if (byte === 0x22) {
      at++
      while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1
    }
  }
  return count
}

function keptMembers(json: Json): number {
  let count = 0
  const left: Json[] = [json]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === null || typeof next !== 'object') continue
    const values = Object.values(next)
    if (!Array.isArray(next)) count += values.length
    for (const value of values) if (value !== null && typeof value === 'object') left.push(value)
  }
  return count
}

/** The items of a list that are objects; none for anything but a list. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item: Json): item is JsonObject => isJsonObject(item)) : []
}

/** A member that is a text of sane length; `null` otherwise. */
export function textOf(object: JsonObject, name: string): string | null {
  const value = member(object, name)
  return typeof value === 'string' && value.length <= SBOM_LIMITS.textCharacters ? value : null
}

/** `[{ "name": …, "value": … }]` of CycloneDX. */
export function propertiesOf(object: JsonObject): readonly SbomProperty[] {
  return objectsIn(member(object, 'properties')).flatMap(property => {
    const name = textOf(property, 'name')
    const value = textOf(property, 'value')
    return name === null || value === null ? [] : [{ name, value }]
  })
}
