import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { instant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'
import type { FeedGeneration } from '../../scanning/advisory-database.ts'
import { LAYOUT_REVISION } from './layout.ts'

const POINTER_FILE = 'current.json'
/** What is being written carries this start, so that what a crash left behind can be told and removed. */
export const UNFINISHED = 'unfinished-'

/** A generation with the content hash of its part; `null` while the part has never been fetched with success. */
export interface StoredGeneration extends FeedGeneration {
  readonly hash: string | null
}

/** Which version is current, and the state of each part. One small file, replaced as a whole. */
export interface Pointer {
  readonly version: string | null
  readonly generations: readonly StoredGeneration[]
}

const time = z.number().transform((epochMs): Instant => instant(epochMs))

/** As they stand in the pointer, and in a transfer file. */
export const generationsSchema = z.array(
  z.object({
    feed: z.string(),
    part: z.string(),
    hash: z.string().nullable(),
    recordCount: z.number(),
    advisoryCount: z.number(),
    signalCount: z.number(),
    skipped: z.array(z.object({ reason: z.string(), count: z.number(), examples: z.array(z.string()) })),
    validator: z.string().nullable(),
    newestModified: time.nullable(),
    syncedAt: time.nullable(),
    lastError: z.string().nullable(),
  }),
)

const pointerSchema = z.object({
  layout: z.number(),
  version: z
    .string()
    .regex(/^[0-9a-f]{24}$/)
    .nullable(),
  generations: generationsSchema,
})

const NOTHING: Pointer = { version: null, generations: [] }

/** The pointer of the directory; nothing when there is none yet or another layout wrote it. Throws when it is damaged. */
export function readPointer(directory: string): Pointer {
  const path = join(directory, POINTER_FILE)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return NOTHING
    throw new Error(`cannot read ${path}`, { cause: error })
  }
  try {
    const parsed = pointerSchema.parse(JSON.parse(text))
    return parsed.layout === LAYOUT_REVISION ? parsed : NOTHING
  } catch (error) {
    if (isOtherLayout(text)) return NOTHING
    throw new Error(`${path} is damaged: remove it and sync again`, { cause: error })
  }
}

/** A later layout may have other fields; its own code reads them. */
function isOtherLayout(text: string): boolean {
  try {
    const layout = z.object({ layout: z.number() }).safeParse(JSON.parse(text))
    return layout.success && layout.data.layout !== LAYOUT_REVISION
  } catch {
    return false
  }
}

/** Replaces the pointer; when it returns, the new one survives a power cut. */
export async function writePointer(directory: string, pointer: Pointer): Promise<void> {
  const unfinished = join(directory, `${UNFINISHED}${randomUUID()}.json`)
  const file = await open(unfinished, 'wx', 0o644)
  try {
    await file.writeFile(`${JSON.stringify({ layout: LAYOUT_REVISION, ...pointer }, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, join(directory, POINTER_FILE))
  await syncPath(directory)
}

/** Flushes a file, or a directory's names, to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export function versionFile(version: string): string {
  return `advisories-${version}.sqlite`
}
