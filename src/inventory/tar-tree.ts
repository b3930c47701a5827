import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { normalizeEntryPath, resolveLinkTarget } from './entry-path.ts'
import type { FileError, FileTree, RandomAccess } from './file-tree.ts'
import type { ImageError } from './image.ts'
import { imageErrorOf } from './image-fault.ts'
import { DEFAULT_IMAGE_LIMITS, IMAGE_SOURCE_LIMITS } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { TarReader } from '../base/tar-reader.ts'
import { tarFault } from './tar-fault.ts'

const PIECE_BYTES = 64 * 1024

interface Place {
  readonly offset: number
  readonly sizeBytes: number
}

/**
 * An uncompressed tar archive as a tree of files, read where they lie: only its headers are read to open it. Links are
 * followed inside the archive. (`docker save` writes a layer that two images share once, and links to it.)
 */
export async function tarTree(
  file: RandomAccess,
  what: string,
  limits: ImageLimits = DEFAULT_IMAGE_LIMITS,
): Promise<Result<FileTree, ImageError>> {
  const places = new Map<string, Place | { readonly link: string }>()
  const reader = new TarReader(
    {
      entry(entry) {
        const path = normalizeEntryPath(entry.rawPath)
        if (path === null || path === '') return 'skip'
        if (entry.kind === 'symlink') places.set(path, { link: resolveLinkTarget(path, entry.rawLinkTarget) })
        else if (entry.kind === 'hard-link') places.set(path, { link: normalizeEntryPath(entry.rawLinkTarget) ?? '' })
        else if (entry.kind === 'file' && !entry.isSparse) {
          places.set(path, { offset: entry.bodyOffset, sizeBytes: entry.sizeBytes })
        }
        return 'skip'
      },
      file() {},
    },
    { headerBytes: limits.tarHeaderBytes, entries: IMAGE_SOURCE_LIMITS.archiveEntries },
    tarFault(what),
  )
  try {
    let at = 0
    while (at < file.sizeBytes && !reader.isDone) {
      const piece = await file.read(at, PIECE_BYTES)
      if (piece.byteLength === 0) break
      at += piece.byteLength
      reader.push(piece)
      if (at + reader.skippableBytes > file.sizeBytes) break
      at += reader.skippableBytes
      reader.skip()
    }
    reader.end()
  } catch (thrown) {
    return err(imageErrorOf(thrown, what))
  }
  return ok(treeOf(file, places))
}

function treeOf(file: RandomAccess, places: ReadonlyMap<string, Place | { readonly link: string }>): FileTree {
  function find(path: string): Place | null {
    let place = places.get(path)
    for (
      let links = 0;
      place !== undefined && 'link' in place && links < IMAGE_SOURCE_LIMITS.archiveLinks;
      links += 1
    ) {
      place = places.get(place.link)
    }
    return place === undefined || 'link' in place ? null : place
  }
  return {
    async *walk() {
      for (const [path, place] of places) {
        yield { path, kind: 'link' in place ? ('symlink' as const) : ('file' as const) }
      }
    },
    async read(path, limitBytes): Promise<Result<Uint8Array, FileError>> {
      const place = find(path)
      if (place === null) return err({ is: 'not-found', path })
      const { offset, sizeBytes } = place
      if (sizeBytes > limitBytes) return err({ is: 'too-large', path, sizeBytes, limitBytes })
      return ok(await file.read(offset, sizeBytes))
    },
    async open(path): Promise<Result<RandomAccess, FileError>> {
      const place = find(path)
      if (place === null) return err({ is: 'not-found', path })
      const { offset, sizeBytes } = place
      const within = (at: number, length: number): number => Math.max(0, Math.min(length, sizeBytes - at))
      return ok({
        sizeBytes,
        read: (at, length) => file.read(offset + at, within(at, length)),
        stream: (at, length) => file.stream(offset + at, within(at, length)),
        // The archive stays open for its other files; whoever opened it closes it.
        async close() {},
      })
    },
  }
}
