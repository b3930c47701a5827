import { createHash, type KeyObject } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, createZstdCompress } from 'node:zlib'
import { instant, type Instant } from '../../base/clock.ts'
import { STARTER_FEED } from '../../scanning/starter-advisories.ts'
import { readPointer, versionFile, type Pointer } from './pointer.ts'
import { encodeFrame, encodeHeader, encodeSignature } from './transfer-format.ts'

export interface AdvisoryExport {
  readonly version: string
  readonly databaseBytes: number
  /** The file, in order. Must be read to its end or returned early: it holds the database file open. */
  readonly chunks: AsyncIterable<Buffer>
}

export interface ExportOptions {
  readonly createdAt: Instant
  /** Times later than this are written as this (SOURCE_DATE_EPOCH): equal content then gives equal bytes. */
  readonly latestTime?: Instant
  readonly madeBy: string
  readonly privateKey: KeyObject | null
  /** Called with the bytes of the database that have been read, of both passes together, and how many there will be. */
  readonly progress?: (doneBytes: number, totalBytes: number) => void
}

const CHUNK_BYTES = 1024 * 1024

/** Higher levels take several times as long for a few percent. Windows of this level stay below what import accepts. */
const COMPRESSION_LEVEL = 6

const OPEN_ATTEMPTS = 5

/** The current version of a directory as one file; `null` when it has none, or nothing but the bundled advisories. */
export async function exportAdvisories(directory: string, options: ExportOptions): Promise<AdvisoryExport | null> {
  const opened = await openCurrentFile(directory)
  if (opened === null) return null
  const { file, pointer, version } = opened
  try {
    const { size } = await file.stat()
    const read = progressOf(size * 2, options.progress)
    const hash = createHash('sha256')
    for await (const chunk of chunksOf(file, size)) {
      hash.update(chunk)
      read(chunk.length)
    }
    const sha256 = hash.digest('hex')
    const { createdAt, madeBy, latestTime } = options
    const generations = pointer.generations.map(generation =>
      latestTime === undefined ? generation : clamped(generation, latestTime),
    )
    const header = encodeHeader({ createdAt, madeBy, version, generations, database: { bytes: size, sha256 } })
    const signature = encodeSignature(header, sha256, options.privateKey)
    return { version, databaseBytes: size, chunks: fileChunks(file, size, header, signature, read) }
  } catch (error) {
    await file.close()
    throw error
  }
}

function clamped<Generation extends { readonly syncedAt: Instant | null }>(
  generation: Generation,
  latest: Instant,
): Generation {
  const { syncedAt } = generation
  return syncedAt === null ? generation : { ...generation, syncedAt: instant(Math.min(syncedAt, latest)) }
}

async function* fileChunks(
  file: FileHandle,
  size: number,
  header: Buffer,
  signature: Buffer,
  read: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  try {
    const all = createHash('sha256')
    const counted = (chunk: Buffer): Buffer => {
      all.update(chunk)
      return chunk
    }
    yield counted(encodeFrame('header', header))
    yield counted(encodeFrame('signature', signature))
    const compress = createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
      pledgedSrcSize: size,
    })
    const feeding = feed(file, size, compress, read)
    // A failure of reading reaches the reader through the stream, which it destroys.
    feeding.catch((error: unknown) => compress.destroy(error instanceof Error ? error : new Error(String(error))))
    for await (const chunk of compress) yield counted(asBuffer(chunk))
    await feeding
    yield encodeFrame('end', all.digest())
  } finally {
    await file.close()
  }
}

async function feed(
  file: FileHandle,
  size: number,
  compress: ReturnType<typeof createZstdCompress>,
  read: (bytes: number) => void,
): Promise<void> {
  for await (const chunk of chunksOf(file, size)) {
    if (compress.destroyed) return
    read(chunk.length)
    // Read in turn, never faster than it is compressed and written.
    await new Promise<void>(resolve => {
      compress.once('close', resolve)
      compress.write(chunk, () => {
        compress.off('close', resolve)
        resolve()
      })
    })
  }
  compress.end()
}

function asBuffer(chunk: unknown): Buffer {
  if (chunk instanceof Buffer) return chunk
  throw new Error('a compressor gave something that is no buffer')
}

async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) throw new Error('the advisory database ended before its size')
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

function progressOf(total: number, tell: ExportOptions['progress']): (bytes: number) => void {
  let done = 0
  return bytes => tell?.((done += bytes), total)
}

/** A version may be replaced, and its file removed, between reading the pointer and opening it: then look again. */
async function openCurrentFile(
  directory: string,
): Promise<{ readonly file: FileHandle; readonly pointer: Pointer; readonly version: string } | null> {
  for (let attempt = 1; ; attempt++) {
    const pointer = readPointer(directory)
    const { version, generations } = pointer
    if (version === null || generations.every(({ feed, hash }) => feed === STARTER_FEED || hash === null)) return null
    try {
      return { file: await open(join(directory, versionFile(version)), 'r'), pointer, version }
    } catch (error) {
      const isReplaced = readPointer(directory).version !== version
      if (isReplaced && attempt < OPEN_ATTEMPTS) continue
      throw new Error(`cannot open the advisory database ${versionFile(version)} in ${directory}`, { cause: error })
    }
  }
}
