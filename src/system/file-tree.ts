import type { Dirent } from 'node:fs'
import { lstat, opendir, stat, statfs } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FileError, FileTree, Pieces, RandomAccess, TreeEntry } from '../inventory/file-tree.ts'
import { fileErrorOf, type OpenedFile, RootedFiles } from './rooted-files.ts'

const PIECE_BYTES = 1 << 20
/** Directories below one another; deeper ones are reported, not entered. */
const MOST_DEPTH = 512
/** Views of the kernel, not files of the machine: skipped when the root is a running system's own. */
const PSEUDO_DIRECTORIES = new Set(['proc', 'sys', 'dev'])
/**
 * Mounted file systems that are no part of what is scanned: kernel views, and overlays, which are other containers'
 * roots. (linux/magic.h: proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, devpts, overlay)
 */
const FOREIGN_FILE_SYSTEMS = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x1cd1, 0x794c7630,
])

export interface FileTreeOptions {
  /** Numbers of further kinds of mounted file systems that are not entered. (statfs(2), `f_type`) */
  readonly foreign?: ReadonlySet<number>
}

/** A directory of this machine. Every read resolves symlinks as a process confined to the root would (chroot). */
export function nodeFileTree(root: string, options: FileTreeOptions = {}): FileTree {
  const foreign = new Set([...FOREIGN_FILE_SYSTEMS, ...(options.foreign ?? [])])
  const files = new RootedFiles(root)
  return {
    walk: onError => walk(root, foreign, files, onError),
    async read(path, limitBytes) {
      const opened = await files.open(path)
      if (!opened.ok) return opened
      const { handle, sizeBytes } = opened.value
      try {
        return await readWithin(handle, path, sizeBytes, limitBytes)
      } finally {
        await handle.close()
      }
    },
    look: path => files.look(path),
    async open(path) {
      const opened = await files.open(path)
      return opened.ok ? ok(randomAccess(opened.value)) : opened
    },
  }
}

async function* walk(
  root: string,
  foreign: ReadonlySet<number>,
  files: RootedFiles,
  onError: (error: FileError) => void,
): AsyncGenerator<TreeEntry> {
  const isMachine = root === '/'
  const open = [{ directory: '', device: -1 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { directory } = next
    const { entries, device } = await listDirectory(root, directory, next.device, foreign, onError)
    files.sawDirectory(directory)
    for (const { name, kind } of entries) {
      const path = directory === '' ? name : `${directory}/${name}`
      if (isMachine && PSEUDO_DIRECTORIES.has(path)) continue
      yield { path, kind }
      if (kind !== 'directory') continue
      if (path.split('/').length < MOST_DEPTH) open.push({ directory: path, device })
      else onError({ is: 'unreadable', path, detail: `deeper than ${MOST_DEPTH} directories` })
    }
  }
}

/** The directory's entries; none when it is a mounted file system of another kind than what is scanned. */
async function listDirectory(
  root: string,
  directory: string,
  parentDevice: number,
  foreign: ReadonlySet<number>,
  onError: (error: FileError) => void,
): Promise<{ device: number; entries: { name: string; kind: TreeEntry['kind'] }[] }> {
  const here = join(root, directory)
  const entries: { name: string; kind: TreeEntry['kind'] }[] = []
  let device = parentDevice
  try {
    if (directory === '') device = (await stat(here)).dev
    else {
      // Between our reading of the parent and this call a directory may have become a link: then it is not entered.
      const now = await lstat(here)
      if (!now.isDirectory()) return { device, entries }
      if (now.dev !== device && foreign.has((await statfs(here)).type)) return { device, entries }
      device = now.dev
    }
    for await (const entry of await opendir(here, { bufferSize: 256 })) {
      entries.push({ name: entry.name, kind: kindOf(entry) })
    }
  } catch (thrown) {
    onError(fileErrorOf(thrown, directory))
  }
  return { device, entries }
}

function kindOf(entry: Dirent): TreeEntry['kind'] {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  return entry.isSymbolicLink() ? 'symlink' : 'other'
}

async function readWithin(
  handle: FileHandle,
  path: string,
  sizeBytes: number,
  limitBytes: number,
): Promise<Result<Uint8Array, FileError>> {
  if (sizeBytes > limitBytes) return err({ is: 'too-large', path, sizeBytes, limitBytes })
  try {
    // One byte more than stat says, to see a file that grows while we read it.
    const buffer = Buffer.allocUnsafe(Math.min(sizeBytes, limitBytes) + 1)
    let filled = 0
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled)
      if (bytesRead === 0) return ok(buffer.subarray(0, filled))
      filled += bytesRead
    }
    return err({ is: 'unreadable', path, detail: 'the file grew while it was read' })
  } catch (thrown) {
    return err(fileErrorOf(thrown, path))
  }
}

function randomAccess({ handle, sizeBytes, mode }: OpenedFile): RandomAccess {
  async function read(offset: number, length: number, memory?: Buffer): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, sizeBytes - offset))
    const buffer = memory ?? Buffer.allocUnsafeSlow(wanted)
    let filled = 0
    while (filled < wanted) {
      const { bytesRead } = await handle.read(buffer, filled, wanted - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  }
  function stream(offset: number, length: number): Pieces {
    const end = Math.min(offset + length, sizeBytes)
    // Left to the collector, pieces of a large file are worth a full collection every few dozen of them.
    const free: ArrayBufferLike[] = []
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = offset; at < end; at += PIECE_BYTES) {
        const memory = free.pop()
        const piece = await read(at, Math.min(PIECE_BYTES, end - at), memory && Buffer.from(memory))
        if (piece.byteLength === 0) return
        yield piece
      }
    }
    function giveBack({ buffer }: Uint8Array): void {
      if (buffer.byteLength === PIECE_BYTES) free.push(buffer)
    }
    return { [Symbol.asyncIterator]: pieces, giveBack }
  }
  return { sizeBytes, mode, read: (offset, length) => read(offset, length), stream, close: () => handle.close() }
}
