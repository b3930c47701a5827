interface PlacedChange {
  /** Where on the device, in bytes. */
  readonly offset: number
  readonly length: number
  /** Of the transaction that it is of. */
  readonly lsn: bigint
  /** Its place among all changes of the log. */
  readonly order: number
}

/** Parts of a block, as they were after a transaction. */
export interface BufferChange extends PlacedChange {
  readonly is: 'buffer'
  readonly patches: readonly { readonly at: number; readonly bytes: Uint8Array }[]
}

/** What an inode says after a transaction. */
export interface InodeChange extends PlacedChange {
  readonly is: 'inode'
  readonly number: number
  /** Its fixed part, in the byte order of the machine that wrote it. (`xfs_log_dinode`) */
  readonly core: Uint8Array
  /** Its content, extents or the root of their tree, where that changed. */
  readonly fork: { readonly is: 'as it lies' | 'root of a tree'; readonly bytes: Uint8Array } | null
}

/** Inodes that were made, all free: nothing else of them is in the log. */
export interface InodeChunkChange extends PlacedChange {
  readonly is: 'inode chunk'
  readonly firstInode: number
  readonly generation: number
}

export type LogChange = BufferChange | InodeChange | InodeChunkChange
