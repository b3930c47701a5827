import type { Inventory } from '../../domain/inventory.ts'
import type { BlockUsage } from './block-device.ts'
import type { DiskLayout } from './disk-layout.ts'

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
