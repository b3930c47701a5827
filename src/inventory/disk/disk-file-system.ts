import type { TreeEntry } from '../file-tree.ts'
import type { BlockDevice } from './block-device.ts'

/**
 * A file system on a disk, as numbered nodes: what walking and opening need, and nothing of paths, links or mounts.
 * `diskTree` makes a `FileTree` of one or several. Every method throws a `DiskFault` on what it cannot read.
 */
export interface DiskFileSystem {
  /** As `mount -t` calls it: `ext4`, `xfs`. */
  readonly type: string
  /** Lower-case with hyphens, as fstab writes it. */
  readonly uuid: string
  /** Volume label; empty when there is none. */
  readonly label: string
  /** Notes for people that cost no file, e.g. how much of the journal was replayed. */
  readonly notes: readonly string[]
  /** Why any change of the last seconds may be missing from what is read; `null` where none is. */
  readonly problem: string | null
  readonly rootNode: number
  /** Hands every entry but `.` and `..` to `each`, in the directory's own order; ends where `each` throws. */
  list(directory: number, each: (entry: DiskEntry) => void): Promise<void>
  open(node: number): Promise<DiskNode>
}

export interface DiskEntry {
  readonly name: string
  readonly node: number
  /** `null` where the directory does not say, and only the node knows. */
  readonly kind: TreeEntry['kind'] | null
}

/** A file, directory or link that was found by its number. */
export interface DiskNode {
  readonly kind: TreeEntry['kind']
  readonly sizeBytes: number
  /** Permission bits (`0o755`), where the file system has such: what nobody may run is not looked into. */
  readonly mode?: number
  /** Up to `length` bytes from `offset`, fewer at the end; holes are zeros. Of links: the target's bytes. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Looks at a device; `null` when it holds another kind of file system. Throws a `DiskFault` for one of its kind that cannot be read. */
export type OpenFileSystem = (device: BlockDevice) => Promise<DiskFileSystem | null>
