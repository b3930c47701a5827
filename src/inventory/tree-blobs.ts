import { assertNever } from '../base/assert-never.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FileError, FileTree, Pieces, RandomAccess } from './file-tree.ts'
import type { ImageError } from './image.ts'

/** A file of an image layout or archive as a stream that closes the file when it ends, however it ends. */
export async function openTreeBlob(tree: FileTree, path: string, what: string): Promise<Result<Pieces, ImageError>> {
  const opened = await tree.open(path)
  return opened.ok ? ok(closing(opened.value)) : err(imageErrorOfFile(opened.error, what, ''))
}

/** A small file of an image layout or archive, whole. `limit` names the limit that it may pass. */
export async function readTreeFile(
  tree: FileTree,
  path: string,
  limitBytes: number,
  limit: string,
  what: string,
): Promise<Result<Uint8Array, ImageError>> {
  const read = await tree.read(path, limitBytes)
  return read.ok ? read : err(imageErrorOfFile(read.error, what, limit))
}

function closing(file: RandomAccess): Pieces {
  const bytes = file.stream(0, file.sizeBytes)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes
    } finally {
      await file.close()
    }
  }
  return { [Symbol.asyncIterator]: pieces, giveBack: piece => bytes.giveBack?.(piece) }
}

function imageErrorOfFile(error: FileError, what: string, limit: string): ImageError {
  switch (error.is) {
    case 'not-found':
      return { is: 'not-found', what }
    case 'unreadable': {
      const isDenied = error.detail === 'EACCES' || error.detail === 'EPERM'
      return { is: isDenied ? 'access-denied' : 'unreachable', what, detail: error.detail }
    }
    case 'too-large':
      return { is: 'limit-exceeded', what, limit, detail: `${error.sizeBytes} bytes` }
    case 'outside-root':
      return { is: 'malformed', what, detail: 'its path leads out of the layout' }
    default:
      return assertNever(error)
  }
}
