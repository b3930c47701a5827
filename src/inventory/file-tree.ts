import type { Result } from '../base/result.ts'

export interface TreeEntry {
  /** Relative to the root, `/` between parts, no leading slash. */
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
}

export type FileError =
  | { readonly is: 'not-found'; readonly path: string }
  | { readonly is: 'unreadable'; readonly path: string; readonly detail: string }
  | { readonly is: 'too-large'; readonly path: string; readonly sizeBytes: number; readonly limitBytes: number }
  | { readonly is: 'outside-root'; readonly path: string }

/** A directory that is read and never written. No path leads out of it, whatever its symlinks say. */
export interface FileTree {
  /** Every entry once, parents before children, symlinks not followed; one that cannot be listed is handed to `onError`. No sizes: asking for them doubles the time. */
  walk(onError: (error: FileError) => void): AsyncIterable<TreeEntry>
  read(path: string, limitBytes: number): Promise<Result<Uint8Array, FileError>>
  open(path: string): Promise<Result<RandomAccess, FileError>>
  /** What `open` would say of a file, where a tree can tell for less; `null` where it must be opened to know. */
  look?(path: string): Promise<Pick<RandomAccess, 'sizeBytes' | 'mode'> | null>
}

/** Bytes in pieces, which belong to whoever takes them. */
export interface Pieces extends AsyncIterable<Uint8Array> {
  /** Takes the memory of a piece back, for another that is still to come: nobody may look at it afterwards. */
  giveBack?(piece: Uint8Array): void
}

/** A file of known size that can be read anywhere, e.g. a tar archive. */
export interface RandomAccess {
  readonly sizeBytes: number
  /** Permission bits (`0o755`), where the tree has such. */
  readonly mode?: number
  read(offset: number, length: number): Promise<Uint8Array>
  /** The bytes from `offset`, `length` of them, in pieces of about 1 MiB. */
  stream(offset: number, length: number): Pieces
  close(): Promise<void>
}
