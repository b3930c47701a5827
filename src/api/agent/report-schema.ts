import { z } from 'zod'
import { PACKAGE_MANAGERS, type Inventory } from '../../domain/inventory.ts'
import { namespace, PURL_TYPES } from '../../domain/namespace.ts'
import { RUNTIME_LIMITS, type RuntimeFacts } from '../../domain/runtime-facts.ts'
import type { CheckIn } from '../../scanning/host-reports.ts'

/** Largest report in bytes as it is sent, gzip: ten times what a workstation with 8,000 packages sends. */
export const REPORT_LIMIT_BYTES = 8 * 1024 * 1024
/** Largest report in bytes when inflated. */
export const INFLATED_REPORT_LIMIT_BYTES = 64 * 1024 * 1024

/** Entries of one inventory: far above what the agent's own limits let out. */
const MOST_PACKAGES = 100_000
const MOST_PROBLEMS = 5_000

/** SHA-256, in hexadecimal. */
export const HASH = /^[0-9a-f]{64}$/

/** Id of an EC2 instance, of either age. */
export const INSTANCE_ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/

const hash = z.string().regex(HASH)
const word = z.string().min(1).max(512)
const path = z.string().max(4_096)
const text = z.string().max(2_000)

export const checkInSchema: z.ZodType<CheckIn> = z.strictObject({
  machineKey: hash,
  identity: z.strictObject({
    hostName: z.string().max(253).nullable(),
    ipV4Addresses: z.array(z.ipv4()).max(64),
    ipV6Addresses: z.array(z.ipv6()).max(64),
    agentVersion: z.string().regex(/^[0-9A-Za-z.+-]{1,64}$/),
    instanceId: z.string().regex(INSTANCE_ID).optional(),
  }),
  inventoryHash: hash.nullable(),
  runtimeHash: hash.nullable(),
})

const installedPackage = z.object({
  type: z.enum(PURL_TYPES),
  namespace: z
    .string()
    .regex(/^[\w.:+ -]{1,128}$/)
    .transform(namespace)
    .nullable(),
  name: word,
  version: word,
  arch: z.string().max(128).nullable(),
  source: z.object({ name: word, version: word }).nullable(),
  vendor: text.optional(),
  module: word.optional(),
  channels: z.array(word).max(200).optional(),
  manager: z.enum(PACKAGE_MANAGERS),
  filePath: path,
  // Layers are for images; a host that names one is no host.
  layer: z.null(),
  ownedBy: word.nullable(),
})

const problem = z.object({ path, reason: z.string().regex(/^[a-z0-9-]{1,64}$/), detail: text })

/** An inventory as agents send it; members that this version does not know are left out. */
export const inventorySchema: z.ZodType<Inventory> = z.object({
  distro: z
    .object({
      id: word,
      versionId: word.nullable(),
      codename: word.nullable(),
      prettyName: text.nullable(),
    })
    .nullable(),
  runningKernel: word.optional(),
  packages: z.array(installedPackage).max(MOST_PACKAGES),
  problems: z.array(problem).max(MOST_PROBLEMS),
})

const runtimePath = z.string().min(1).max(RUNTIME_LIMITS.pathCharacters)

/** What runs, as agents send it. */
export const runtimeSchema: z.ZodType<RuntimeFacts> = z.object({
  listening: z
    .array(
      z.object({
        protocol: z.enum(['tcp', 'tcp6', 'udp', 'udp6']),
        address: z.string().max(64),
        port: z.int().min(0).max(65_535),
        program: runtimePath.nullable(),
        package: word.nullable(),
      }),
    )
    .max(RUNTIME_LIMITS.sockets),
  loaded: z
    .array(z.object({ name: word, files: z.array(runtimePath).max(RUNTIME_LIMITS.filesPerPackage) }))
    .max(RUNTIME_LIMITS.packages),
  unowned: z.array(runtimePath).max(RUNTIME_LIMITS.unownedFiles),
  gaps: z.array(z.string().regex(/^[a-z0-9-]{1,64}$/)).max(50),
})
