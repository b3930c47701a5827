import { err, ok, type Result } from '../base/result.ts'
import type { Inventory, InventoryProblem } from '../domain/inventory.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { DiskFault, type BlockSource, type BlockUsage } from '../inventory/disk/block-device.ts'
import { cachedDevice, type CachedDevice } from '../inventory/disk/cached-device.ts'
import { readDiskLayout, type DiskLayout } from '../inventory/disk/disk-layout.ts'
import { diskRoots, type DiskRoot } from '../inventory/disk/disk-roots.ts'
import type { FileTree } from '../inventory/file-tree.ts'
import { readRoot } from '../inventory/read-root.ts'
import { openBlockFile } from '../system/block-file.ts'

/** One tree of files of a disk, and what it holds. */
export interface DiskInventory {
  /** Name of the volume at the tree's root: `disk`, `partition 2`, `vg0/root`. */
  readonly root: string
  /** What else is mounted in it: path without a leading slash, and volume. */
  readonly mounts: readonly { readonly path: string; readonly volume: string }[]
  readonly inventory: Inventory
}

/** A disk that was read. */
export interface ReadDisk {
  readonly trees: readonly DiskInventory[]
  readonly scheme: DiskLayout['scheme']
  readonly volumes: readonly { readonly name: string; readonly sizeBytes: number; readonly holds: string }[]
  /** For people; they cost no file. */
  readonly notes: readonly string[]
  readonly usage: BlockUsage
  /** Numbers of the blocks that the answer rests on, ascending. */
  readonly blocksRead: readonly number[]
}

export interface ReadDiskOptions {
  readonly progress: (line: string) => void
  readonly signal?: AbortSignal
}

/** Enough to keep the directories and inodes of several block groups; well below what a scan may take in all. */
const CACHE_BYTES = 64 << 20
/** Hides the delay of a source behind a network, and is within what EBS allows one caller. (spec: 16 to 64) */
const PARALLEL_READS = 16
const ENTRIES_PER_LINE = 5000

/** A raw image of a disk, or a block device of this machine. */
export async function readDiskFile(path: string, options: ReadDiskOptions): Promise<Result<ReadDisk, string>> {
  const source = await openBlockFile(path)
  if (!source.ok) return err(`Cannot read ${path}: ${source.error}.`)
  try {
    return await readDiskSource(source.value, path, options)
  } finally {
    await source.value.close()
  }
}

/** Any source of a disk's blocks; the caller closes it. The error is one sentence with what and where. */
export async function readDiskSource(
  source: BlockSource,
  what: string,
  options: ReadDiskOptions,
): Promise<Result<ReadDisk, string>> {
  const device = cachedDevice(source, { cacheBytes: CACHE_BYTES, parallelReads: PARALLEL_READS })
  try {
    const layout = await readDiskLayout(device)
    const roots = await diskRoots(layout)
    if (roots.length === 0) return err(`Cannot read ${what}: ${nothingInWords(layout)}.`)
    const trees: DiskInventory[] = []
    for (const root of roots) {
      const found = await readRoot(withProgress(root, device, options.progress), {
        ecosystems: ECOSYSTEMS,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      })
      // What no tree shows is a gap of the disk: it is told once, with the first.
      const gaps = [...(trees.length === 0 ? volumeProblems(layout) : []), ...missingProblems(root)]
      const [, ...mounts] = root.mounts
      trees.push({ root: root.name, mounts, inventory: { ...found, problems: [...gaps, ...found.problems] } })
    }
    const { scheme, volumes } = layout
    return ok({
      trees,
      scheme,
      volumes: volumes.map(({ name, sizeBytes, holds }) => ({ name, sizeBytes, holds })),
      notes: notesOf(layout),
      usage: device.usage(),
      blocksRead: device.blocksRead(),
    })
  } catch (thrown) {
    if (thrown instanceof DiskFault) return err(`Cannot read ${what}: ${thrown.message}.`)
    throw thrown
  }
}

function withProgress({ name, tree }: DiskRoot, device: CachedDevice, progress: (line: string) => void): FileTree {
  async function* walk(onError: Parameters<FileTree['walk']>[0]): ReturnType<FileTree['walk']> {
    let entries = 0
    for await (const entry of tree.walk(onError)) {
      if (entries % ENTRIES_PER_LINE === 0) {
        const { blocksRead, blocksTotal } = device.usage()
        progress(`Reading ${name}: ${entries} entries, ${blocksRead} of ${blocksTotal} blocks …`)
      }
      entries += 1
      yield entry
    }
  }
  return { ...tree, walk }
}

function volumeProblems({ volumes }: DiskLayout): readonly InventoryProblem[] {
  return volumes.flatMap(({ name, problem }) => (problem === null ? [] : [{ path: name, ...problem }]))
}

function missingProblems({ missing }: DiskRoot): readonly InventoryProblem[] {
  return missing.map(({ path, spec }) => ({
    path,
    reason: 'volume-missing',
    detail: `etc/fstab mounts ${spec} there, which is not on this disk`,
  }))
}

function notesOf({ notes, volumes }: DiskLayout): readonly string[] {
  return [
    ...notes,
    ...volumes.flatMap(({ name, fileSystem }) => (fileSystem?.notes ?? []).map(note => `${name}: ${note}`)),
  ]
}

function nothingInWords({ volumes }: DiskLayout): string {
  const found = volumes.map(
    ({ name, holds, problem }) => `${name} (${holds}${problem === null ? '' : `: ${problem.detail}`})`,
  )
  return `it holds no file system that can be read, only ${found.length === 0 ? 'an empty partition table' : found.join(', ')}`
}
