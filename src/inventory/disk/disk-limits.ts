/** What a disk may cost at most. Passing one ends that step with `limit-exceeded`, never in silence. */
export interface DiskLimits {
  /** Entries of one directory: they are in memory together. */
  readonly entriesPerDirectory: number
  /** Entries of all directories of one tree. */
  readonly entriesPerTree: number
  /** Directories below one another; deeper ones are reported, not entered. */
  readonly directoryDepth: number
  /** Characters of one path; longer ones are reported. */
  readonly pathCharacters: number
  /** Bytes of the target of one symbolic link. */
  readonly linkBytes: number
  /** Bytes of files of one tree that are read. */
  readonly contentBytes: number
  /** Directories that are listed ahead of the walk, so that a slow source answers several at once. */
  readonly directoriesAhead: number
  /** Entries of directories that stay in memory for resolving paths. */
  readonly rememberedEntries: number
}

/** Each default with its reason. Chosen by us unless a source is given. */
export const DEFAULT_DISK_LIMITS: DiskLimits = {
  // ext4 without large_dir ends at about ten million; mail spools of one million have been seen.
  entriesPerDirectory: 2_000_000,
  // Disks of build machines hold some tens of millions of files.
  entriesPerTree: 50_000_000,
  // As for a directory that is scanned where it lies (system/file-tree.ts).
  directoryDepth: 512,
  // PATH_MAX of Linux: a longer path cannot be opened by a process.
  pathCharacters: 4096,
  // PATH_MAX again: what symlink(2) accepts.
  linkBytes: 4096,
  // A hundred times what the packages of a full machine have; a file with a million names may claim far more.
  contentBytes: 64 * 2 ** 30,
  // Enough to hide a network's delay; what is listed ahead lies in memory.
  directoriesAhead: 16,
  // Some tens of megabytes.
  rememberedEntries: 200_000,
}
