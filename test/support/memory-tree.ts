import { err, ok } from '../../src/base/result.ts'
import type { FileTree, RandomAccess } from '../../src/inventory/file-tree.ts'

/** A directory of files that are held in memory, without links. */
export function memoryTree(files: ReadonlyMap<string, Uint8Array>): FileTree {
  return {
    async *walk() {
      for (const path of files.keys()) yield { path, kind: 'file' as const }
    },
    async read(path, limitBytes) {
      const bytes = files.get(path)
      if (bytes === undefined) return err({ is: 'not-found', path })
      return bytes.length > limitBytes ? err({ is: 'too-large', path, sizeBytes: bytes.length, limitBytes }) : ok(bytes)
    },
    async open(path) {
      const bytes = files.get(path)
      return bytes === undefined ? err({ is: 'not-found', path }) : ok(memoryFile(bytes))
    },
  }
}

/** A file that is held in memory. */
export function memoryFile(bytes: Uint8Array): RandomAccess {
  return {
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    async *stream(offset, length) {
      if (length > 0 && offset < bytes.length) yield bytes.subarray(offset, offset + length)
    },
    async close() {},
  }
}
