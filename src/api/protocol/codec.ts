import type { JsonSettings } from '@smithy/core/protocols'
import type { NormalizedSchema } from '@smithy/core/schema'
import type { DocumentType } from '@smithy/types'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { apiError } from './errors.ts'
import type { ApiError } from './errors.ts'
import { parseJsonObject } from './json-body.ts'
import type { JsonObject } from './json-body.ts'
import type { RouteMatch } from './service-model.ts'
import { validateInput } from './validate.ts'

/** Turns requests into the values that operations take, and their answers into bytes. (restJson1) */
export interface Codec {
  /** Times arrive as `Date`; modelled members only. */
  readInput(match: RouteMatch, rawQuery: string, body: Uint8Array): Result<JsonObject, ApiError>
  writeOutput(schema: NormalizedSchema, output: unknown): Buffer
}

const TIMESTAMP_EPOCH_SECONDS = 7

export async function createCodec(): Promise<Codec> {
  const { JsonShapeDeserializer2, JsonShapeSerializer2 } = await import('@smithy/core/protocols')
  const settings: JsonSettings = {
    timestampFormat: { useTrait: true, default: TIMESTAMP_EPOCH_SECONDS },
    httpBindings: true,
    jsonName: true,
  }
  const deserializer = new JsonShapeDeserializer2(settings)
  return {
    readInput(match, rawQuery, body) {
      const bound = bindInput(match, rawQuery, body)
      if (!bound.ok || !match.route.messages) return bound
      const { input } = match.route.messages
      const valid = validateInput(input, bound.value)
      if (!valid.ok || input.isUnitSchema()) return valid
      // Checked against the same schema a line above, whose shape the SDK's deserialiser answers with.
      return ok(deserializer.readObject(input, valid.value as DocumentType) as JsonObject)
    },
    writeOutput(schema, output) {
      if (schema.isUnitSchema()) return Buffer.from('{}')
      const serializer = new JsonShapeSerializer2(settings)
      serializer.write(schema, output)
      // The SDK's own kind of byte array warns whoever treats it as text; this is the same memory as a plain Buffer.
      const { buffer, byteOffset, byteLength } = serializer.flush()
      return Buffer.from(buffer, byteOffset, byteLength)
    },
  }
}

/** Gathers the members of a request from its path, its query and its body; types are checked afterwards. */
function bindInput(match: RouteMatch, rawQuery: string, body: Uint8Array): Result<JsonObject, ApiError> {
  const { messages } = match.route
  const parsed = parseJsonObject(body)
  if (!parsed.ok || !messages || messages.input.isUnitSchema()) return parsed
  const bound: Record<string, unknown> = {}
  let query: URLSearchParams | null = null
  for (const [name, member] of messages.input.structIterator()) {
    const traits = member.getMergedTraits()
    if (traits.httpLabel) {
      const label = decodeOnce(match.labels[name] ?? '')
      if (label === null) return err(apiError('malformed-body', { detail: `the path is not valid percent-encoding.` }))
      bound[name] = label
    } else if (typeof traits.httpQuery === 'string') {
      query ??= new URLSearchParams(rawQuery)
      const values = query.getAll(traits.httpQuery)
      if (values.length > 0) bound[name] = fromQuery(member, values)
    } else if (Object.hasOwn(parsed.value, name)) {
      bound[name] = parsed.value[name]
    }
  }
  return ok(bound)
}

function fromQuery(member: NormalizedSchema, values: readonly string[]): unknown {
  if (member.isListSchema()) return values
  const text = values[0] ?? ''
  if (member.isNumericSchema()) return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text
  return text
}

/** An ARN arrives as one path segment whose slashes are `%2F`: decoded once, never twice. */
function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
