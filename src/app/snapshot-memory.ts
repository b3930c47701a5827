import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { inventorySchema } from '../api/agent/report-schema.ts'
import type { ReadDisk } from '../inventory/disk/disk-inventory.ts'

/** What a snapshot held, and on which of its blocks that rests. */
export interface RememberedSnapshot {
  readonly snapshot: string
  /** The readers that found it: others may find more in the same blocks. */
  readonly revision: string
  readonly sizeBytes: number
  /** Every block that was asked for, ascending, written or not. */
  readonly blocks: readonly number[]
  readonly found: Pick<ReadDisk, 'trees' | 'scheme' | 'volumes' | 'notes'>
}

/** Snapshots that this machine has read before. */
interface SnapshotMemory {
  /** Those that may be of the same volume as one of this size, the newest first. */
  ofSize(sizeBytes: number, revision: string): Promise<readonly RememberedSnapshot[]>
  keep(remembered: RememberedSnapshot): Promise<void>
}

/** Snapshots of one size that are tried: each costs a request to find out whether it is of the same volume. */
const MOST_TRIED = 8
/** Files that stay; one has some hundred kilobytes. */
const MOST_KEPT = 200
const MOST_FILE_BYTES = 64 << 20
const MOST_BLOCKS = 1 << 22
const NAME = /^(snap-[0-9a-f]{8,17})\.(\d+)\.json$/

/** Blocks are kept as runs, first and count: what is read lies together. */
const run = z.tuple([z.int().min(0), z.int().min(1)])
const schema = z.object({
  snapshot: z.string(),
  revision: z.string(),
  sizeBytes: z.int().min(0),
  runs: z.array(run).max(1_000_000),
  found: z.object({
    trees: z.array(
      z.object({
        root: z.string(),
        mounts: z.array(z.object({ path: z.string(), volume: z.string() })),
        inventory: inventorySchema,
      }),
    ),
    scheme: z.enum(['gpt', 'mbr', 'none']),
    volumes: z.array(z.object({ name: z.string(), sizeBytes: z.number(), holds: z.string() })),
    notes: z.array(z.string()),
  }),
})

/**
 * Snapshots as files of a directory. Written beside and renamed, so a reader sees a file whole or not at all; one that
 * cannot be read is forgotten, which costs a scan time and nothing else.
 */
export function snapshotMemory(directory: string): SnapshotMemory {
  return {
    async ofSize(sizeBytes, revision) {
      const remembered: RememberedSnapshot[] = []
      for (const { name } of (await filesIn(directory)).filter(file => file.sizeBytes === sizeBytes)) {
        const one = await readRemembered(join(directory, name))
        if (one === null || one.revision !== revision || one.sizeBytes !== sizeBytes) continue
        remembered.push(one)
        if (remembered.length === MOST_TRIED) break
      }
      return remembered
    },
    async keep({ blocks, ...rest }) {
      const path = join(directory, `${rest.snapshot}.${rest.sizeBytes}.json`)
      const fresh = `${path}.${randomUUID()}.tmp`
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        await writeFile(fresh, JSON.stringify({ ...rest, runs: runsOf(blocks) }), { mode: 0o600, flag: 'wx' })
        await rename(fresh, path)
        for (const { name } of (await filesIn(directory)).slice(MOST_KEPT))
          await rm(join(directory, name), { force: true })
      } catch (thrown) {
        await rm(fresh, { force: true }).catch(() => undefined)
        // A full or read-only disk costs the next scan time; it must not cost this scan its result.
        if (!(thrown instanceof Error) || !('code' in thrown)) throw thrown
      }
    },
  }
}

/** Newest first. */
async function filesIn(directory: string): Promise<readonly { name: string; sizeBytes: number }[]> {
  const names = await readdir(directory).catch((): string[] => [])
  const files = await Promise.all(
    names.map(async name => {
      const sizeBytes = NAME.exec(name)?.[2]
      const found = sizeBytes === undefined ? null : await stat(join(directory, name)).catch(() => null)
      return found === null ? [] : [{ name, sizeBytes: Number(sizeBytes), time: found.mtimeMs }]
    }),
  )
  return files.flat().sort((a, b) => b.time - a.time)
}

async function readRemembered(path: string): Promise<RememberedSnapshot | null> {
  try {
    if ((await stat(path)).size > MOST_FILE_BYTES) return null
    const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')))
    if (!parsed.success) return null
    const { runs, ...rest } = parsed.data
    // More than the blocks of two terabytes were not read; what says so was not written here.
    if (runs.reduce((total, [, count]) => total + count, 0) > MOST_BLOCKS) return null
    const blocks = runs.flatMap(([first, count]) => Array.from({ length: count }, (_, at) => first + at))
    return { ...rest, blocks }
  } catch {
    return null
  }
}

function runsOf(blocks: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  for (const block of blocks) {
    const last = runs.at(-1)
    if (last !== undefined && last[0] + last[1] === block) last[1] += 1
    else runs.push([block, 1])
  }
  return runs
}
