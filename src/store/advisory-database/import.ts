import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdDecompress } from 'node:zlib'
import type { Instant } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { STARTER_FEED } from '../../scanning/starter-advisories.ts'
import { ByteSource } from './byte-source.ts'
import { removeOthers } from './database.ts'
import { inspectDatabase } from './inspect-transfer.ts'
import { withWriteLock } from './lock.ts'
import { writeOrigin } from './origin.ts'
import { readPointer, syncPath, UNFINISHED, versionFile, writePointer, type StoredGeneration } from './pointer.ts'
import {
  checkSignature,
  decodeHeader,
  END_FRAME_BYTES,
  encodeFrame,
  FRAME_HEAD_BYTES,
  frameLength,
  HEADER_LIMIT_BYTES,
  SIGNATURE_LIMIT_BYTES,
  type FrameName,
  type TransferHeader,
} from './transfer-format.ts'

export interface ImportOptions {
  /** Fingerprints of the keys whose word is taken; `any` takes what carries no or any intact signature. */
  readonly trusted: ReadonlySet<string> | 'any'
  readonly now: Instant
  /** Takes advisories that are older than those held. */
  readonly force?: boolean
  /** How long to wait for another writer, in milliseconds. */
  readonly lockWaitMs?: number
  /** Called when the header is known, then with the bytes of the database written so far. */
  readonly progress?: (header: TransferHeader, doneBytes: number) => void
  /** Called before the finished file is looked through, which takes seconds. */
  readonly inspecting?: () => void
}

export interface ImportOutcome {
  readonly header: TransferHeader
  /** Version that was in use before, `null` for none. */
  readonly before: string | null
  readonly signedBy: string | null
}

/** Why a file was not taken: what was in use stays in use. */
export interface ImportRefusal {
  readonly is: 'damaged' | 'untrusted' | 'older' | 'no-room'
  /** What is wrong, as the end of a sentence that begins with the file's name. */
  readonly because: string
}

const LOCK_WAIT_MS = 10 * 60_000

/** A database of advisories compresses five to eight times; an almost empty one some forty times. */
const RATIO_LIMIT = 200
const RATIO_SLACK_BYTES = 4 * 1024 * 1024

/** 8 MiB: what level 6 needs four times over; keeps the memory that a file can ask for small. */
const WINDOW_LOG_LIMIT = 23

const SCHEMES = ECOSYSTEMS.map(ecosystem => ecosystem.scheme)

/**
 * Makes the database of a transfer file the current version of a directory. The file is written beside the others and
 * gets its name when everything about it has been checked; a crash at any moment leaves what was there. Holds the
 * directory's write lock from the first byte to the last, so that no other writer removes the unfinished file.
 */
export async function importAdvisories(
  directory: string,
  chunks: AsyncIterable<Buffer>,
  options: ImportOptions,
): Promise<Result<ImportOutcome, ImportRefusal>> {
  const source = new ByteSource(chunks)
  try {
    return await withWriteLock(directory, options.lockWaitMs ?? LOCK_WAIT_MS, () =>
      importLocked(directory, source, options),
    )
  } finally {
    await source.close()
  }
}

async function importLocked(
  directory: string,
  source: ByteSource,
  options: ImportOptions,
): Promise<Result<ImportOutcome, ImportRefusal>> {
  const opened = await readStart(source)
  if (!opened.ok) return err({ is: 'damaged', because: opened.error })
  const { header, signedBy } = opened.value
  const before = readPointer(directory)
  const refused = distrusted(signedBy, options.trusted) ?? older(header, before.generations, options.force === true)
  if (refused !== null) return err(refused)
  const room = await statfs(directory)
  if (room.bavail * room.bsize < header.database.bytes) {
    return err({
      is: 'no-room',
      because: `it needs ${header.database.bytes} bytes, and ${directory} has room for ${room.bavail * room.bsize}`,
    })
  }

  const unfinished = join(directory, `${UNFINISHED}${randomUUID()}.sqlite`)
  try {
    const fault = await writeDatabase(source, unfinished, header, bytes => options.progress?.(header, bytes))
    if (fault !== null) return err({ is: 'damaged', because: fault })
    options.inspecting?.()
    const inspected = inspectDatabase(unfinished, header.generations, SCHEMES)
    if (!inspected.ok) return err({ is: 'damaged', because: inspected.error })
    await syncPath(unfinished)
    await rename(unfinished, join(directory, versionFile(header.version)))
    await syncPath(directory)
  } finally {
    await rm(unfinished, { force: true })
  }
  const { version, generations, createdAt, madeBy } = header
  // First, because it speaks of one version only: until that one is current, it says nothing.
  await writeOrigin(directory, { version, importedAt: options.now, createdAt, madeBy, signedBy })
  await writePointer(directory, { version, generations })
  await removeOthers(directory, version)
  return ok({ header, before: before.version, signedBy })
}

interface Start {
  readonly header: TransferHeader
  readonly signedBy: string | null
}

async function readStart(source: ByteSource): Promise<Result<Start, string>> {
  const headerBytes = await readFrame(source, 'header', HEADER_LIMIT_BYTES)
  if (!headerBytes.ok) return headerBytes
  const header = decodeHeader(headerBytes.value)
  if (!header.ok) return header
  const signature = await readFrame(source, 'signature', SIGNATURE_LIMIT_BYTES)
  if (!signature.ok) return signature
  const signedBy = checkSignature(signature.value, headerBytes.value, header.value.database.sha256)
  return signedBy.ok ? ok({ header: header.value, signedBy: signedBy.value }) : signedBy
}

async function readFrame(source: ByteSource, name: FrameName, limitBytes: number): Promise<Result<Buffer, string>> {
  const head = await source.take(FRAME_HEAD_BYTES)
  if (head === null) return err(name === 'header' ? 'it is too short to hold anything' : 'it ends early')
  const length = frameLength(name, head, limitBytes)
  if (!length.ok) return length
  const content = await source.take(length.value)
  return content === null ? err('it ends early') : ok(content)
}

function distrusted(signedBy: string | null, trusted: ImportOptions['trusted']): ImportRefusal | null {
  if (trusted === 'any' || (signedBy !== null && trusted.has(signedBy))) return null
  const by = signedBy === null ? 'nobody signed it' : `the key ${signedBy} signed it`
  return { is: 'untrusted', because: `${by}, and only ${[...trusted].join(', ')} is trusted` }
}

/** Nobody who replays an old file may take back what is known, not even with a good signature. */
function older(header: TransferHeader, held: readonly StoredGeneration[], force: boolean): ImportRefusal | null {
  const [theirs, ours] = [lastSync(header.generations), lastSync(held)]
  if (force || ours <= theirs) return null
  const day = (at: number): string => (at < 0 ? 'never' : `${new Date(at).toISOString().slice(0, 19)}Z`)
  return {
    is: 'older',
    because: `its advisories were last fetched ${day(theirs)}, those in use ${day(ours)}; --force takes them all the same`,
  }
}

/** When anything was last fetched, -1 when nothing was. The bundled advisories are never fetched. */
function lastSync(generations: readonly StoredGeneration[]): number {
  return Math.max(-1, ...generations.map(({ feed, syncedAt }) => (feed === STARTER_FEED ? -1 : (syncedAt ?? -1))))
}

/** Why the rest of the file is not what its start announced; `null` when the database is there, byte for byte. */
async function writeDatabase(
  source: ByteSource,
  path: string,
  { database: { bytes, sha256 } }: TransferHeader,
  progress: (bytes: number) => void,
): Promise<string | null> {
  const file = await open(path, 'wx', 0o644)
  const hash = createHash('sha256')
  let written = 0
  let endFrame: Buffer | null = null
  let compressed = 0
  async function* frame(): AsyncGenerator<Buffer> {
    for await (const chunk of source.allButLast(END_FRAME_BYTES, last => (endFrame = last))) {
      compressed += chunk.length
      yield chunk
    }
  }
  const decompress = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_LIMIT } })
  try {
    await pipeline(Readable.from(frame()), decompress, async (output: AsyncIterable<Buffer>) => {
      for await (const chunk of output) {
        written += chunk.length
        if (written > bytes) throw new Damaged(`its database has more than the ${bytes} bytes it announced`)
        if (written > compressed * RATIO_LIMIT + RATIO_SLACK_BYTES) {
          throw new Damaged(`it grows more than ${RATIO_LIMIT} times when it is unpacked`)
        }
        hash.update(chunk)
        await file.writeFile(chunk)
        progress(written)
      }
    })
  } catch (error) {
    if (error instanceof Damaged) return error.message
    // Only the unpacker's own errors are about the file; a full disk or an unreadable source is not.
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    // What it says of a stream that ends within a frame depends on where.
    if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'Z_BUF_ERROR') return 'it cannot be unpacked: it ends early'
    if (!code.startsWith('ZSTD_') && !code.startsWith('ERR_ZSTD')) throw error
    return `it cannot be unpacked: ${error instanceof Error ? error.message : code}`
  } finally {
    await file.close()
  }
  if (endFrame === null) return 'it ends early'
  const end = encodeFrame('end', source.sha256BeforeLast())
  if (!end.equals(endFrame)) return 'it was changed or cut short: its checksum does not fit'
  if (written !== bytes || hash.digest('hex') !== sha256) return 'its database is not the one its header announces'
  return null
}

class Damaged extends Error {}
