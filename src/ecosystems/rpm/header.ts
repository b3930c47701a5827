import { decodeUtf8 } from '../../base/utf8.ts'
import { err, ok, type Result } from '../../base/result.ts'

/** Tags of a package header that are read. (rpm include/rpm/rpmtag.h) */
const TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  arch: 1022,
  sourceRpm: 1044,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
  modularityLabel: 5096,
} as const

const INT32 = 4
/** String, string array and translated string: NUL-terminated texts, as many as the entry counts. */
const TEXT_TYPES: ReadonlySet<number> = new Set([6, 8, 9])
const WANTED: ReadonlySet<number> = new Set(Object.values(TAGS))
const ENTRY_BYTES = 16
/** rpm itself takes no more entries for a header. (rpm lib/header.c, hdrchkTags) */
const LIMIT_ENTRIES = 0xffff
/** Files of the largest packages of Fedora: under 120,000. */
const LIMIT_TEXTS = 1_000_000
/** A quarter of Linux' PATH_MAX; the longest paths in distributions have some 300 characters. */
const LIMIT_PATH_CHARACTERS = 1024

interface Entry {
  readonly type: number
  readonly offset: number
  readonly count: number
}

/** What a header says of its package; texts as they stand there. */
export interface RpmHeader {
  readonly name: string
  readonly version: string
  readonly release: string
  readonly epoch: number | null
  readonly arch: string | null
  readonly vendor: string | null
  readonly sourceRpm: string | null
  readonly modularityLabel: string | null
  /** Absolute paths of the package's files for which `isWanted` holds. */
  readonly files: readonly string[]
}

/**
 * Reads a header as the package databases hold it: counts of entries and of data bytes, the entries, the data. What
 * follows the immutable region ("dribbles") overrides it, so of two entries of one tag the last counts.
 * (rpm docs/manual/format.md, "Header structure"; matching-and-feeds §4.1)
 */
export function readRpmHeader(blob: Uint8Array, isWanted: (path: string) => boolean): Result<RpmHeader, string> {
  if (blob.length < 8) return err('a header of less than 8 bytes')
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const entryCount = view.getUint32(0)
  const dataBytes = view.getUint32(4)
  if (entryCount === 0 || entryCount > LIMIT_ENTRIES) return err(`a header of ${entryCount} entries`)
  const start = 8 + entryCount * ENTRY_BYTES
  if (start + dataBytes > blob.length) return err('a header that ends before its data')
  const data = blob.subarray(start, start + dataBytes)

  const entries = new Map<number, Entry>()
  for (let at = 8; at < start; at += ENTRY_BYTES) {
    const tag = view.getUint32(at)
    if (!WANTED.has(tag)) continue
    entries.set(tag, {
      type: view.getUint32(at + 4),
      offset: view.getUint32(at + 8),
      count: view.getUint32(at + 12),
    })
  }

  const text = (tag: number): string | null => textsOf(entries.get(tag), data, 1)?.[0] ?? null
  const name = text(TAGS.name)
  const version = text(TAGS.version)
  const release = text(TAGS.release)
  if (!name || !version || !release) return err('a header without name, version or release')
  return ok({
    name,
    version,
    release,
    epoch: numbersOf(entries.get(TAGS.epoch), data, 1)?.[0] ?? null,
    arch: text(TAGS.arch),
    vendor: text(TAGS.vendor),
    sourceRpm: text(TAGS.sourceRpm),
    modularityLabel: text(TAGS.modularityLabel),
    files: filesOf(entries, data, isWanted),
  })
}

/** Directory and base name apart, joined by an index for each file. (rpm, RPMTAG_DIRINDEXES) */
function filesOf(
  entries: ReadonlyMap<number, Entry>,
  data: Uint8Array,
  isWanted: (path: string) => boolean,
): readonly string[] {
  const baseNames = textsOf(entries.get(TAGS.baseNames), data, LIMIT_TEXTS)
  const directories = textsOf(entries.get(TAGS.directoryNames), data, LIMIT_TEXTS)
  const indexes = numbersOf(entries.get(TAGS.directoryIndexes), data, LIMIT_TEXTS)
  if (baseNames === null || directories === null || indexes === null) return []
  const files: string[] = []
  for (const [at, baseName] of baseNames.entries()) {
    const directory = directories[indexes[at] ?? -1] ?? ''
    if (!directory.startsWith('/') || directory.length + baseName.length > LIMIT_PATH_CHARACTERS) continue
    const path = directory + baseName
    if (isWanted(path)) files.push(path)
  }
  return files
}

/** At most `limit` texts of an entry; `null` when it is missing, of another type, or leads out of the data. */
function textsOf(entry: Entry | undefined, data: Uint8Array, limit: number): readonly string[] | null {
  if (entry === undefined || !TEXT_TYPES.has(entry.type)) return null
  const count = Math.min(entry.count, limit)
  let end = entry.offset
  for (let left = count; left > 0; left--) {
    const terminator = end < data.length ? data.indexOf(0, end) : -1
    if (terminator < 0) return null
    end = terminator + 1
  }
  // All at once: a header has thousands of short texts, and each decoding has its price.
  return count === 0 ? [] : decodeUtf8(data.subarray(entry.offset, end - 1)).split('\0')
}

function numbersOf(entry: Entry | undefined, data: Uint8Array, limit: number): readonly number[] | null {
  if (entry === undefined || entry.type !== INT32) return null
  const count = Math.min(entry.count, limit)
  if (entry.offset + count * 4 > data.length) return null
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return Array.from({ length: count }, (_, index) => view.getUint32(entry.offset + index * 4))
}
