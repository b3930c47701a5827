import { isJsonList, isJsonObject, type Json, type JsonObject, member } from '../../ecosystems/json-file.ts'
import { VEX_LIMITS } from './vex-statement.ts'

/** A member that is a text with something in it, cut where it gets long; `null` otherwise. */
export function textIn(object: JsonObject, name: string): string | null {
  const value = member(object, name)
  return typeof value === 'string' && value !== '' ? value.slice(0, VEX_LIMITS.textCharacters).toWellFormed() : null
}

/** A member that names something: never cut, because half a name may be another's. */
export function nameIn(object: JsonObject, name: string): string | null {
  const value = member(object, name)
  return typeof value === 'string' && value !== '' && value.length <= VEX_LIMITS.textCharacters ? value : null
}

/** A member that is a list; nothing for anything else. */
export function listIn(object: JsonObject, name: string): readonly Json[] {
  const value = member(object, name)
  return isJsonList(value) ? value : []
}

/** The objects of a member that is a list. */
export function objectsIn(object: JsonObject, name: string): readonly JsonObject[] {
  return listIn(object, name).filter((item): item is JsonObject => isJsonObject(item))
}

/** A member that is an object; one without members for anything else. */
export function objectIn(object: JsonObject, name: string): JsonObject {
  const value = member(object, name)
  return isJsonObject(value) ? value : {}
}
