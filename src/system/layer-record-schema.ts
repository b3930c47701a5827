import { z } from 'zod'

import { PACKAGE_MANAGERS } from '../domain/inventory.ts'
import { PURL_TYPES } from '../domain/namespace.ts'
import type { FileAnalysis, FoundPackage, UnnamedArchive } from '../ecosystems/file-analysis.ts'
import { digestSchema } from '../inventory/image-blobs.ts'
import type { LayerRecord } from '../inventory/layer-cache.ts'

/** One `InventoryProblem`. */
export const problemSchema = z.object({ path: z.string(), reason: z.string(), detail: z.string() })

/** One `Distro`. */
export const distroSchema = z.object({
  id: z.string(),
  versionId: z.string().nullable(),
  codename: z.string().nullable(),
  prettyName: z.string().nullable(),
})

/** A member that a type has and its schema lacks would be dropped without a word: with this it does not compile. */
type AllOf<T> = Readonly<Record<keyof T, z.ZodType>>

const foundPackage = z.object({
  type: z.enum(PURL_TYPES),
  name: z.string(),
  version: z.string(),
  arch: z.string().nullable(),
  source: z.object({ name: z.string(), version: z.string() }).nullable(),
  manager: z.enum(PACKAGE_MANAGERS),
  vendor: z.string().optional(),
  module: z.string().optional(),
  inside: z.string().optional(),
} satisfies AllOf<FoundPackage>)

const unnamedArchive = z.object({
  sha1: z.string(),
  inside: z.string().optional(),
  suggested: foundPackage.nullable(),
  missed: z.string().nullable(),
} satisfies AllOf<UnnamedArchive>)

/** One `FileAnalysis`. */
export const analysisSchema = z.object({
  packages: z.array(foundPackage),
  unnamed: z.array(unnamedArchive).optional(),
  distro: distroSchema.nullable(),
  owned: z.array(z.object({ owner: z.string(), paths: z.array(z.string()) })).nullable(),
  problems: z.array(problemSchema),
  channels: z.array(z.string()).optional(),
  packageRelease: z.object({ distroId: z.string(), versionId: z.string() }).optional(),
} satisfies AllOf<FileAnalysis>)

/** One `LayerRecord`, from a disk or from a reader: neither is believed. */
export const layerRecordSchema = z.object({
  blob: digestSchema,
  revision: z.string(),
  files: z.array(z.object({ path: z.string(), analyzer: z.string(), analysis: analysisSchema })),
  whiteouts: z.array(z.string()),
  opaqueDirectories: z.array(z.string()),
  nonDirectories: z.array(z.tuple([z.string(), z.string()])),
  directoriesWanted: z.array(z.string()),
  links: z.array(z.object({ path: z.string(), analyzer: z.string(), target: z.string() })),
  problems: z.array(problemSchema),
} satisfies AllOf<LayerRecord>)
