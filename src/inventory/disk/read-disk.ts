import { err, ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import type { FileTree } from '../file-tree.ts'
import { readRoot } from '../read-root.ts'
import type { ReadDiskOptions } from '../readers.ts'
import { DiskFault, type BlockSource } from './block-device.ts'
import { cachedDevice, type CachedDevice } from './cached-device.ts'
import type { DiskInventory, ReadDisk } from './disk-inventory.ts'
import { readDiskLayout, type DiskLayout } from './disk-layout.ts'
import { diskRoots, type DiskRoot } from './disk-roots.ts'

/** Enough to keep the directories and inodes of several block groups; well below what a scan may take in all. */
const CACHE_BYTES = 64 << 20
/** Hides the delay of a source behind a network, and is within what EBS allows one caller. (spec: 16 to 64) */
const PARALLEL_READS = 16
const ENTRIES_PER_LINE = 5000

/** Reads any source of a disk's blocks; the caller closes it. The error says what is wrong with the disk. */
export async function readDisk(
  source: BlockSource,
  ecosystems: readonly Ecosystem[],
  options: ReadDiskOptions,
): Promise<Result<ReadDisk, string>> {
  const device = cachedDevice(source, { cacheBytes: CACHE_BYTES, parallelReads: PARALLEL_READS })
  try {
    const layout = await readDiskLayout(device)
    const roots = await diskRoots(layout)
    if (roots.length === 0) return err(nothingInWords(layout))
    const trees: DiskInventory[] = []
    for (const root of roots) {
      const found = await readRoot(withProgress(root, device, options.progress), {
        ecosystems,
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
    if (thrown instanceof DiskFault) return err(thrown.message)
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
