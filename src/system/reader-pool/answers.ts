import { z } from 'zod'

import { instant } from '../../base/clock.ts'
import { PACKAGE_MANAGERS } from '../../domain/inventory.ts'
import { namespace, PURL_TYPES } from '../../domain/namespace.ts'
import { digestSchema } from '../../inventory/image-blobs.ts'
import type { LayerRecord } from '../../inventory/layer-cache.ts'
import { analysisSchema, distroSchema, layerRecordSchema, problemSchema } from '../layer-record-schema.ts'

/** What a reader found, or how it failed. */
export type Answer<T> =
  | { readonly is: 'found'; readonly value: T }
  | { readonly is: 'image-error'; readonly error: z.infer<typeof layerError> }
  | { readonly is: 'thrown'; readonly message: string }

/** The ways in which the content of a layer cannot be read, as `ImageError`. */
const layerError = z.discriminatedUnion('is', [
  z.object({ is: z.literal('malformed'), what: z.string(), detail: z.string() }),
  z.object({ is: z.literal('wrong-digest'), what: z.string(), expected: z.string(), actual: z.string() }),
  z.object({ is: z.literal('unsupported-media-type'), what: z.string(), mediaType: z.string() }),
  z.object({ is: z.literal('limit-exceeded'), what: z.string(), limit: z.string(), detail: z.string() }),
])

/** Made once for each kind: making one takes longer than reading most answers. */
function answerOf<T>(found: z.ZodType<T>): z.ZodType<Answer<T>> {
  return z.discriminatedUnion('is', [
    z.object({ is: z.literal('found'), value: found }),
    z.object({ is: z.literal('image-error'), error: layerError }),
    z.object({ is: z.literal('thrown'), message: z.string().max(10_000) }),
  ])
}

/** The content of a `result`, after its number; `null` when it has another form. */
export function parseAnswer<T>(body: Buffer, schema: z.ZodType<Answer<T>>): Answer<T> | null {
  try {
    const parsed = schema.safeParse(JSON.parse(body.toString('utf8', 4)))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** About a layer. */
export const layerAnswer = answerOf<LayerRecord>(layerRecordSchema)

/** About one file: what its analyzers say. */
export const outcomesAnswer = answerOf(z.array(z.object({ analyzer: z.string(), analysis: analysisSchema })))

const inventory = z.object({
  distro: distroSchema.nullable(),
  packages: z.array(
    z.object({
      type: z.enum(PURL_TYPES),
      namespace: z.string().transform(namespace).nullable(),
      name: z.string(),
      version: z.string(),
      arch: z.string().nullable(),
      source: z.object({ name: z.string(), version: z.string() }).nullable(),
      vendor: z.string().optional(),
      module: z.string().optional(),
      channels: z.array(z.string()).optional(),
      manager: z.enum(PACKAGE_MANAGERS),
      filePath: z.string(),
      layer: z.object({ diffId: digestSchema, digest: digestSchema.nullable() }).nullable(),
      ownedBy: z.string().nullable(),
    }),
  ),
  problems: z.array(problemSchema),
})

function resultOf<T, E>(value: z.ZodType<T>, error: z.ZodType<E>) {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), error }),
  ])
}

/** About a disk, without the blocks that were read: the parent has seen which. */
export const diskAnswer = answerOf(
  resultOf(
    z.object({
      trees: z.array(
        z.object({
          root: z.string(),
          mounts: z.array(z.object({ path: z.string(), volume: z.string() })),
          inventory,
        }),
      ),
      scheme: z.enum(['gpt', 'mbr', 'none']),
      volumes: z.array(z.object({ name: z.string(), sizeBytes: z.number(), holds: z.string() })),
      notes: z.array(z.string()),
    }),
    z.string(),
  ),
)

/** About an SBOM: an `SbomInventory` whose `refs` are a list beside its packages. */
export const sbomAnswer = answerOf(
  resultOf(
    z.object({
      inventory,
      format: z.string(),
      resourceKind: z.enum(['image', 'host']),
      subjectPurl: z.string().nullable(),
      refs: z.array(z.array(z.string())),
    }),
    problemSchema,
  ),
)

const identity = {
  purls: z.array(z.string()),
  cpes: z.array(z.string()),
  sha256: z.array(z.string()),
}

/** About a VEX document. */
export const vexAnswer = answerOf(
  resultOf(
    z.object({
      id: z.string(),
      format: z.enum(['OpenVEX', 'CSAF', 'CycloneDX']),
      version: z.string().nullable(),
      author: z.string().nullable(),
      statements: z.array(
        z.object({
          vulnerabilityIds: z.array(z.string()),
          products: z.array(z.object({ ...identity, subcomponents: z.array(z.object(identity)) })),
          status: z.enum(['not-affected', 'affected', 'fixed', 'under-investigation']),
          justification: z.string().nullable(),
          impact: z.string().nullable(),
          timestamp: z.number().transform(instant).nullable(),
        }),
      ),
      problems: z.array(z.string()),
    }),
    z.string(),
  ),
)

/** A piece of an open file (`of` is its number), or a block of a disk. */
export const questionSchema = z.union([
  z.object({ id: z.int().min(1), of: z.int().min(1), offset: z.int().min(0), length: z.int().min(0) }),
  z.object({ id: z.int().min(1), block: z.int().min(0) }),
])
