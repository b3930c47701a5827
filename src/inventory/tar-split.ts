import { z } from 'zod'

import type { Result } from '../base/result.ts'
import { decompress } from './decompress.ts'
import { normalizeEntryPath } from './entry-path.ts'
import type { FileTree } from './file-tree.ts'
import type { ImageError } from './image.ts'
import { ImageFault } from './image-fault.ts'
import { IMAGE_SOURCE_LIMITS } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { openTreeBlob } from './tree-blobs.ts'

/** `type` 2 holds bytes of the archive as they are, 1 stands for a file's content. (tar-split, tar/storage/entry.go) */
const recordSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal(2), payload: z.base64().nullish() }),
  z.object({
    type: z.literal(1),
    name: z.string().max(8192).nullish(),
    name_raw: z.base64().max(16_384).nullish(),
    size: z.number().int().nonnegative().nullish(),
  }),
])

/**
 * Puts a layer's tar together again, byte by byte, from the record of what was between its files and the files as they were
 * unpacked. The reader's digest check tells whether anything was changed since. Throws `ImageFault`.
 */
export async function* assembleTar(
  record: AsyncIterable<Uint8Array>,
  files: FileTree,
  limits: ImageLimits,
  what: string,
): AsyncGenerator<Uint8Array> {
  let entries = 0
  for await (const line of linesOf(decompress(record, limits, what), what)) {
    if (line === '') continue
    const entry = parseRecord(line, what)
    if (entry.type === 2) {
      if (typeof entry.payload === 'string') yield Buffer.from(entry.payload, 'base64')
      continue
    }
    entries += 1
    if (entries > limits.entriesPerLayer) {
      const detail = `more than ${limits.entriesPerLayer} entries`
      throw new ImageFault({ is: 'limit-exceeded', what, limit: 'entriesPerLayer', detail })
    }
    const { size, name, name_raw: rawName } = entry
    if (size === null || size === undefined || size === 0) continue
    const path = normalizeEntryPath(name ?? Buffer.from(rawName ?? '', 'base64').toString('utf8'))
    if (path === null || path === '') throw unreadable(what, 'a file without a usable name')
    yield* contentOf(files, path, size, what)
  }
}

async function* contentOf(files: FileTree, path: string, sizeBytes: number, what: string): AsyncGenerator<Uint8Array> {
  const opened: Result<AsyncIterable<Uint8Array>, ImageError> = await openTreeBlob(files, path, `${what}, file ${path}`)
  if (!opened.ok) throw new ImageFault(opened.error)
  let readBytes = 0
  for await (const piece of opened.value) {
    readBytes += piece.byteLength
    if (readBytes > sizeBytes) break
    yield piece
  }
  if (readBytes !== sizeBytes) throw unreadable(what, `${path} is not as long as when it was unpacked`)
}

function parseRecord(line: string, what: string): z.infer<typeof recordSchema> {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(line))
    if (parsed.success) return parsed.data
  } catch {
    // Told below.
  }
  throw unreadable(what, 'its record of the archive has an entry of another form')
}

/** Lines of ASCII text; a chunk is only valid until the next one is asked for, so each is turned into text at once. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('utf8')
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      yield text.slice(start, end)
      start = end + 1
    }
    rest = text.slice(start)
    if (rest.length > IMAGE_SOURCE_LIMITS.tarSplitLineCharacters)
      throw unreadable(what, 'its record of the archive has a line without end')
  }
  yield rest
}

/** Not `malformed`: that is said of the bytes of a layer, and here they could not be put together. */
function unreadable(what: string, detail: string): ImageFault {
  return new ImageFault({ is: 'unreachable', what, detail })
}
