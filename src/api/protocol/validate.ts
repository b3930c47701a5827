import type { NormalizedSchema } from '@smithy/core/schema'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import {
  brokenByNumber,
  brokenBySize,
  brokenByText,
  rulesOfText,
  servedShapeOfMember,
  shapeNamed,
} from './constraints.ts'
import type { ModelledShape } from './modelled-shape.ts'
import { invalidMembers, unreadableMember } from './errors.ts'
import type { ApiError, FieldError } from './errors.ts'
import { isJsonObject } from './json-body.ts'
import type { JsonObject } from './json-body.ts'

/** Broken constraints that one answer lists; a request that breaks more is told about the first ones. */
const LISTED_ERROR_LIMIT = 10

/** Latest time that a Date can hold, in seconds. */
const TIMESTAMP_LIMIT_SECONDS = 8.64e12

const INTEGER_LIMIT = 2 ** 31

/** A value of the wrong JSON type: nothing more can be said about the request. */
class WrongType extends Error {
  readonly field: FieldError

  constructor(name: string, message: string) {
    super(message)
    this.field = { name, message }
  }
}

/**
 * Checks a request against the SDK's schema and the model's constraints, and hands back a copy that holds modelled
 * members only. It must run before the SDK's deserialiser, which believes what it is given: a `__proto__` key or a
 * `__type` member of the original never gets there.
 */
export function validateInput(schema: NormalizedSchema, input: JsonObject): Result<JsonObject, ApiError> {
  if (schema.isUnitSchema()) return ok({})
  const walk = new Walk()
  try {
    const copy = walk.structure(schema, shapeNamed(schema.getName()), input, '')
    return walk.broken.length > 0 ? err(invalidMembers(walk.broken)) : ok(copy)
  } catch (error) {
    if (error instanceof WrongType) return err(unreadableMember(error.field))
    throw error
  }
}

class Walk {
  readonly broken: FieldError[] = []

  structure(schema: NormalizedSchema, shape: ModelledShape, value: unknown, path: string): JsonObject {
    if (!isJsonObject(value)) throw new WrongType(path || 'request', 'must be a JSON object')
    const copy: Record<string, unknown> = {}
    const required = requiredMembers(schema)
    const present: string[] = []
    for (const [name, member] of schema.structIterator()) {
      const inner = Object.hasOwn(value, name) ? value[name] : undefined
      const innerPath = path === '' ? name : `${path}.${name}`
      if (inner === undefined || inner === null) {
        if (required.has(name)) this.report(innerPath, 'Member must not be null')
        continue
      }
      present.push(name)
      copy[name] = this.value(member, servedShapeOfMember(shape, name), inner, innerPath)
    }
    this.refuseNewerMembers(schema, shape, value, path)
    if (schema.isUnionSchema()) {
      // An unknown member means "one that is newer than this server": it cannot be ignored where exactly one counts.
      const given = Object.keys(value).filter(key => value[key] !== null && key !== '__type')
      if (present.length !== 1 || given.length !== 1) this.report(path, 'Member must have exactly one known member set')
    }
    return copy
  }

  /**
   * Members that nobody knows are ignored, as AWS does. Those that the model knows and this server does not are refused:
   * to pass over a filter condition would answer another question than the one that was asked.
   */
  refuseNewerMembers(schema: NormalizedSchema, shape: ModelledShape, value: JsonObject, path: string): void {
    const served = schema.getMemberSchemas()
    for (const name of Object.keys(shape.members ?? {})) {
      if (Object.hasOwn(served, name) || !Object.hasOwn(value, name) || value[name] === null) continue
      this.report(path === '' ? name : `${path}.${name}`, 'Member is not available in this version')
    }
  }

  value(schema: NormalizedSchema, shape: ModelledShape, value: unknown, path: string): unknown {
    if (schema.isStructSchema()) return this.structure(schema, shape, value, path)
    if (schema.isListSchema()) return this.list(schema, shape, value, path)
    if (schema.isMapSchema()) return this.map(schema, shape, value, path)
    if (schema.isNumericSchema()) return this.number(shape, value, path)
    if (schema.isTimestampSchema()) return timestamp(value, path)
    if (schema.isBooleanSchema()) {
      if (typeof value !== 'boolean') throw new WrongType(path, 'must be true or false')
      return value
    }
    if (typeof value !== 'string') throw new WrongType(path, 'must be a string')
    if (schema.isBlobSchema()) {
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw new WrongType(path, 'must be base64')
      return value
    }
    for (const rule of brokenByText(shape, value)) this.report(path, rule)
    return value
  }

  list(schema: NormalizedSchema, shape: ModelledShape, value: unknown, path: string): readonly unknown[] {
    if (!Array.isArray(value)) throw new WrongType(path, 'must be a list')
    const elements: readonly unknown[] = value
    const tooMany = brokenBySize(shape, elements.length)
    for (const rule of tooMany) this.report(path, rule)
    // Elements past the limit are not looked at: the request is refused whatever they hold.
    if (tooMany.length > 0) return []
    const element = schema.getValueSchema()
    const elementShape = shapeNamed(shape.item)
    if (!element.isStringSchema()) {
      return elements.map((inner, index) => this.element(element, elementShape, inner, `${path}.${index + 1}.member`))
    }
    return this.strings(elementShape, elements, path)
  }

  /** Amazon reports simple elements at the list itself, with every rule that they have. */
  strings(shape: ModelledShape, elements: readonly unknown[], path: string): readonly unknown[] {
    const isBroken = elements.some(inner => {
      if (inner === null) return true
      if (typeof inner !== 'string') throw new WrongType(path, 'must be a list of strings')
      return brokenByText(shape, inner).length > 0
    })
    if (isBroken) {
      const rules = elements.includes(null) ? [...rulesOfText(shape), 'Member must not be null'] : rulesOfText(shape)
      this.report(path, `Member must satisfy constraint: [${rules.join(', ')}]`)
    }
    return elements.filter(inner => inner !== null)
  }

  element(schema: NormalizedSchema, shape: ModelledShape, value: unknown, path: string): unknown {
    if (value === null) {
      this.report(path, 'Member must not be null')
      return {}
    }
    return this.value(schema, shape, value, path)
  }

  map(schema: NormalizedSchema, shape: ModelledShape, value: unknown, path: string): JsonObject {
    if (!isJsonObject(value)) throw new WrongType(path, 'must be a JSON object')
    const keys = Object.keys(value)
    for (const rule of brokenBySize(shape, keys.length)) this.report(path, rule)
    const copy: Record<string, unknown> = {}
    const inner = schema.getValueSchema()
    for (const key of keys) {
      if (this.broken.length >= LISTED_ERROR_LIMIT) break
      const brokenKey = brokenByText(shapeNamed(shape.key), key)
      if (brokenKey.length > 0) this.report(path, `Map keys must satisfy constraint: [${brokenKey.join(', ')}]`)
      // Not an assignment: a key called __proto__ is data like any other.
      const checked = this.element(inner, shapeNamed(shape.value), value[key], `${path}.${key}.member`)
      Object.defineProperty(copy, key, { value: checked, enumerable: true, configurable: true, writable: true })
    }
    return copy
  }

  number(shape: ModelledShape, value: unknown, path: string): number {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new WrongType(path, 'must be a number')
    if ((shape.type === 'integer' || shape.type === 'long') && !Number.isSafeInteger(value)) {
      throw new WrongType(path, 'must be a whole number')
    }
    if (shape.type === 'integer' && (value >= INTEGER_LIMIT || value < -INTEGER_LIMIT)) {
      throw new WrongType(path, 'must be a number of 32 bits')
    }
    for (const rule of brokenByNumber(shape, value)) this.report(path, rule)
    return value
  }

  report(name: string, message: string): void {
    if (this.broken.length < LISTED_ERROR_LIMIT) this.broken.push({ name, message })
  }
}

function timestamp(value: unknown, path: string): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= TIMESTAMP_LIMIT_SECONDS)) {
    throw new WrongType(path, 'must be a time in seconds since 1970-01-01T00:00:00Z')
  }
  return value
}

const REQUIRED_COUNT = 6
const MEMBER_NAMES = 4
const requiredCache = new WeakMap<object, ReadonlySet<string>>()

/** The SDK lists required members first and says how many they are. (api-and-accounts §3) */
function requiredMembers(schema: NormalizedSchema): ReadonlySet<string> {
  const source: unknown = schema.getSchema()
  if (!Array.isArray(source)) return new Set()
  const known = requiredCache.get(source)
  if (known) return known
  const count: unknown = source[REQUIRED_COUNT]
  const names: unknown = source[MEMBER_NAMES]
  const required = new Set(
    Array.isArray(names) && typeof count === 'number' && !schema.isUnionSchema()
      ? names.slice(0, count).map(String)
      : [],
  )
  requiredCache.set(source, required)
  return required
}
