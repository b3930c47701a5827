import type { NormalizedSchema } from '@smithy/core/schema'
import { MODELLED_OPERATIONS } from './constraints.generated.ts'

/** One operation of the service: where it is reached and what its messages look like. */
export interface Route {
  readonly name: string
  readonly method: string
  /** As modelled, e.g. `/tags/{resourceArn}`. */
  readonly path: string
  /** `null` for operations that the model knows and the SDK's schemas do not: they are recognised, never served. */
  readonly messages: { readonly input: NormalizedSchema; readonly output: NormalizedSchema } | null
}

export interface ServiceModel {
  readonly routes: readonly Route[]
  /** Finds the route of a raw path (still percent-encoded) and its label, if it has one. */
  match(method: string, rawPath: string): RouteMatch | null
}

export interface RouteMatch {
  readonly route: Route
  /** Raw text of each label, by name. */
  readonly labels: Readonly<Record<string, string>>
}

/** Operations that `@aws-sdk/client-inspector2` 3.1085.0 exports; another number means another package. */
export const SDK_OPERATION_COUNT = 81

const OPERATION = 9

/**
 * Builds the route table from the schemas that the SDK exports, and fails when they are not what this code was written
 * for. The package is imported here and only here, on first use: it brings a whole client with it (50 ms and 30 MB
 * measured with Node 24), which no process but the API server has to pay.
 */
export async function loadServiceModel(): Promise<ServiceModel> {
  const [sdk, { NormalizedSchema }] = await Promise.all([
    import('@aws-sdk/client-inspector2'),
    import('@smithy/core/schema'),
  ])
  const routes: Route[] = []
  for (const exported of Object.values<unknown>(sdk)) {
    if (!Array.isArray(exported) || exported[0] !== OPERATION) continue
    const [, , name, traits, input, output] = exported as readonly unknown[]
    const [method, path] = httpOf(name, traits)
    routes.push({
      name: String(name),
      method,
      path,
      messages: { input: messageOf(NormalizedSchema, name, input), output: messageOf(NormalizedSchema, name, output) },
    })
  }
  if (routes.length !== SDK_OPERATION_COUNT) {
    throw new Error(`the installed SDK exports ${routes.length} operations instead of ${SDK_OPERATION_COUNT}`)
  }
  for (const route of routes) {
    if (route.messages) {
      checkKinds(route.messages.input, route.name, new Set())
      checkKinds(route.messages.output, route.name, new Set())
    }
  }
  const known = new Set(routes.map(route => route.name))
  for (const [name, { method, path }] of Object.entries(MODELLED_OPERATIONS)) {
    if (!known.has(name)) routes.push({ name, method, path, messages: null })
  }
  return { routes, match: matcherOf(routes) }
}

type SchemaClass = typeof NormalizedSchema

function httpOf(name: unknown, traits: unknown): readonly [string, string] {
  const http: unknown = typeof traits === 'object' && traits !== null ? Reflect.get(traits, 'http') : null
  const [method, path, status] = Array.isArray(http) ? (http as readonly unknown[]) : []
  if (typeof method !== 'string' || typeof path !== 'string' || status !== 200) {
    throw new Error(`the SDK's schema of ${String(name)} has no HTTP binding that is understood`)
  }
  return [method, path]
}

function messageOf(schemas: SchemaClass, operation: unknown, reference: unknown): NormalizedSchema {
  // The SDK types its schema arrays loosely; what comes out is checked here.
  const schema = schemas.of(reference as Parameters<SchemaClass['of']>[0])
  if (!schema.isStructSchema() && !schema.isUnitSchema()) {
    throw new Error(`a message of ${String(operation)} is not a structure`)
  }
  return schema
}

/** Every kind that the validator must know how to check; anything else would pass unseen. */
function checkKinds(schema: NormalizedSchema, where: string, seen: Set<unknown>): void {
  if (schema.isStructSchema()) {
    if (seen.has(schema.getSchema())) return
    seen.add(schema.getSchema())
    for (const [member, of] of schema.structIterator()) checkKinds(of, `${where}.${member}`, seen)
    return
  }
  if (schema.isListSchema() || schema.isMapSchema()) return checkKinds(schema.getValueSchema(), `${where}[]`, seen)
  const isKnown =
    schema.isStringSchema() ||
    schema.isNumericSchema() ||
    schema.isBooleanSchema() ||
    schema.isTimestampSchema() ||
    schema.isBlobSchema() ||
    schema.isUnitSchema()
  if (!isKnown || schema.isStreaming())
    throw new Error(`the SDK's schema of ${where} is of a kind that is not understood`)
}

function matcherOf(routes: readonly Route[]): ServiceModel['match'] {
  const fixed = new Map<string, Route>()
  const labelled: {
    readonly method: string
    readonly prefix: string
    readonly label: string
    readonly route: Route
  }[] = []
  for (const route of routes) {
    const label = /^(.*\/)\{(\w+)\}$/.exec(route.path)
    if (label?.[1] !== undefined && label[2] !== undefined) {
      labelled.push({ method: route.method, prefix: label[1], label: label[2], route })
    } else if (route.path.includes('{')) {
      throw new Error(`the path of ${route.name} has a label that is not its last segment`)
    } else {
      fixed.set(`${route.method} ${route.path}`, route)
    }
  }
  return (method, rawPath) => {
    const route = fixed.get(`${method} ${rawPath}`)
    if (route) return { route, labels: {} }
    for (const candidate of labelled) {
      if (method !== candidate.method || !rawPath.startsWith(candidate.prefix)) continue
      const raw = rawPath.slice(candidate.prefix.length)
      if (raw !== '' && !raw.includes('/')) return { route: candidate.route, labels: { [candidate.label]: raw } }
    }
    return null
  }
}
