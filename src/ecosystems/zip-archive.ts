import { err, ok, type Result } from '../base/result.ts'
import { utf8TextOf } from '../base/utf8.ts'
import { ByteView } from './byte-view.ts'
import type { ContentRequest } from './content-analyzer.ts'

const MIB = 1024 * 1024

/** What one zip may cost at most. Each with its reason; chosen by us unless a source is given. */
export const ZIP_LIMITS = {
  /** Members of one archive that are looked at: descriptions and archives, not classes. */
  members: 50_000,
  /** The directory of an archive with a million classes has about 100 MiB. */
  directoryBytes: 128 * MIB,
  /** PATH_MAX of Linux is 4096: a longer name could not be unpacked. */
  nameBytes: 4096,
  /** Inflated to compressed bytes of one member, looked at from `ratioFromBytes` on. Archives in archives deflate 1:1. */
  ratio: 200,
  ratioFromBytes: MIB,
} as const

export type Answer<T> = Generator<ContentRequest, T, Uint8Array | null>

/** A zip, whether it lies in the scanned file or, inflated, in memory. */
export interface ZipSource {
  readonly sizeBytes: number
  /** Where the bytes begin that can be had; absent where all can. */
  readonly firstOffset?: number
  /** Bytes of the zip; `null` where they are not to be had. May give fewer at the end. */
  read(offset: number, length: number): Answer<Uint8Array | null>
}

export interface ZipMember {
  readonly name: string
  readonly method: number
  readonly isEncrypted: boolean
  readonly compressedBytes: number
  readonly sizeBytes: number
  /** Where its own header lies in the source. */
  readonly headerOffset: number
}

const END = 0x06054b50
const END_BYTES = 22
/** The end of the archive is followed by nothing but a comment of at most 65,535 bytes. (APPNOTE 4.3.16) */
const TAIL_BYTES = END_BYTES + 65_535
const END64_LOCATOR = 0x07064b50
const LOCATOR_BYTES = 20
const END64 = 0x06064b50
const END64_BYTES = 56
const ENTRY = 0x02014b50
const ENTRY_BYTES = 46
/** A member's own header, in front of its content. (APPNOTE 4.3.7) */
export const LOCAL = 0x04034b50
export const LOCAL_BYTES = 30
/** Further fields of a member's own header; those of real archives have some dozen bytes. */
const EXTRA_BYTES = 256
const UNKNOWN_32 = 0xffffffff
const STORED = 0
const DEFLATED = 8

interface Directory {
  readonly offset: number
  readonly sizeBytes: number
  /** Bytes in front of the archive that its offsets do not count, such as the script of an executable jar. */
  readonly prefixBytes: number
}

/** What an archive's directory lists. */
export interface ZipListing {
  /** Those whose names are wanted, in the order of the directory. */
  readonly members: readonly ZipMember[]
  /** Whether it lists anything outside `META-INF/`. */
  readonly hasContent: boolean
}

/** Reads the archive's directory, which is the only list of members that counts. */
export function* zipMembers(
  source: ZipSource,
  isWanted: (name: string) => boolean,
): Answer<Result<ZipListing, string>> {
  const directory = yield* findDirectory(source)
  if (!directory.ok) return directory
  const { offset, sizeBytes, prefixBytes } = directory.value
  if (sizeBytes > ZIP_LIMITS.directoryBytes) return err(`its directory has ${sizeBytes} bytes`)
  const bytes = sizeBytes === 0 ? new Uint8Array(0) : yield* source.read(offset, sizeBytes)
  if (bytes === null || bytes.length < sizeBytes) return err('its directory is cut off')
  const view = new ByteView(bytes, true)
  const members: ZipMember[] = []
  let hasContent = false
  for (let at = 0; at + ENTRY_BYTES <= bytes.length;) {
    if (view.u32(at) !== ENTRY) return err('its directory holds something that is no entry')
    const nameBytes = view.u16(at + 28)
    const extraBytes = view.u16(at + 30)
    const nameAt = at + ENTRY_BYTES
    // Most members are classes, whose names nobody wants: they are not made into text.
    if (isClass(bytes, nameAt + nameBytes)) hasContent = true
    else if (nameBytes <= ZIP_LIMITS.nameBytes) {
      const name = utf8TextOf(bytes.subarray(nameAt, nameAt + nameBytes))
      hasContent ||= !/^META-INF\//i.test(name)
      if (isWanted(name)) members.push(memberAt(view, at, name, nameAt + nameBytes, extraBytes, prefixBytes))
    }
    at = nameAt + nameBytes + extraBytes + view.u16(at + 32)
    if (members.length > ZIP_LIMITS.members) return err(`more than ${ZIP_LIMITS.members} members to look at`)
  }
  return ok({ members, hasContent })
}

/** Whether the name that ends there is that of a class. */
export function isClass(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 1] === 0x73 && bytes[end - 2] === 0x73 && bytes[end - 6] === 0x2e
}

function* findDirectory(source: ZipSource): Answer<Result<Directory, string>> {
  const tailOffset = Math.max(source.firstOffset ?? 0, source.sizeBytes - TAIL_BYTES)
  const tail = yield* source.read(tailOffset, source.sizeBytes - tailOffset)
  if (tail === null) return err('its end is out of reach')
  const view = new ByteView(tail, true)
  let end = tail.length - END_BYTES
  while (end >= 0 && view.u32(end) !== END) end--
  if (end < 0) return err('not a zip archive, or cut off')
  const isLarge = view.u32(end - LOCATOR_BYTES) === END64_LOCATOR && end >= LOCATOR_BYTES
  if (isLarge) return yield* findLargeDirectory(source, view, end - LOCATOR_BYTES, tailOffset)
  return directoryBefore(tailOffset + end, view.u32(end + 12), view.u32(end + 16))
}

/** Archives of more than 65,535 members or 4 GiB. (APPNOTE 4.3.14, 4.3.15) */
function* findLargeDirectory(
  source: ZipSource,
  tail: ByteView,
  locator: number,
  tailOffset: number,
): Answer<Result<Directory, string>> {
  // Right before the locator, wherever the locator says: a prefix moves it.
  const offset = tailOffset + locator - END64_BYTES
  const said = tail.u64(locator + 8)
  for (const at of [offset, said]) {
    const bytes = at < 0 ? null : yield* source.read(at, END64_BYTES)
    if (bytes === null || bytes.length < END64_BYTES) continue
    const view = new ByteView(bytes, true)
    if (view.u32(0) === END64) return directoryBefore(at, view.u64(40), view.u64(48))
  }
  return err('the record at its end leads nowhere')
}

function directoryBefore(end: number, sizeBytes: number, saidOffset: number): Result<Directory, string> {
  const offset = end - sizeBytes
  if (offset < 0 || saidOffset > offset) return err('its directory lies outside the archive')
  return ok({ offset, sizeBytes, prefixBytes: offset - saidOffset })
}

function memberAt(
  view: ByteView,
  at: number,
  name: string,
  extraAt: number,
  extraBytes: number,
  prefixBytes: number,
): ZipMember {
  const wide = wideNumbers(view, at, extraAt, extraBytes)
  return {
    name,
    method: view.u16(at + 10),
    isEncrypted: (view.u16(at + 8) & 1) !== 0,
    compressedBytes: wide.compressedBytes,
    sizeBytes: wide.sizeBytes,
    headerOffset: wide.headerOffset + prefixBytes,
  }
}

function wideNumbers(view: ByteView, at: number, extraAt: number, extraBytes: number) {
  const offset = view.u32(at + 42)
  return widened(view, [view.u32(at + 24), view.u32(at + 20), offset], extraAt, extraBytes)
}

/** Sizes of a member's own header, whose bytes these are. */
export function ownSizes(view: ByteView): { readonly sizeBytes: number; readonly compressedBytes: number } {
  const extraAt = LOCAL_BYTES + view.u16(26)
  return widened(view, [view.u32(22), view.u32(18), 0], extraAt, view.u16(28))
}

/** Numbers that do not fit their field stand in a further one, in this order. (APPNOTE 4.5.3) */
function widened(view: ByteView, narrow: readonly [number, number, number], extraAt: number, extraBytes: number) {
  let [sizeBytes, compressedBytes, headerOffset] = narrow
  for (let field = extraAt; field + 4 <= extraAt + extraBytes; field += 4 + view.u16(field + 2)) {
    if (view.u16(field) !== 1) continue
    let next = field + 4
    const take = (): number => {
      next += 8
      return view.u64(next - 8)
    }
    if (sizeBytes === UNKNOWN_32) sizeBytes = take()
    if (compressedBytes === UNKNOWN_32) compressedBytes = take()
    if (headerOffset === UNKNOWN_32) headerOffset = take()
    break
  }
  return { sizeBytes, compressedBytes, headerOffset }
}

/** The content of a member; what is wrong with it otherwise. */
export function* zipContent(
  source: ZipSource,
  member: ZipMember,
  limitBytes: number,
): Answer<Result<Uint8Array, 'too-large' | 'unreadable'>> {
  const { method, compressedBytes, headerOffset } = member
  const refused = refusalOf(member, limitBytes)
  if (refused !== null) return err(refused)
  const guess = LOCAL_BYTES + member.name.length * 3 + EXTRA_BYTES + compressedBytes
  const bytes = yield* source.read(headerOffset, guess)
  if (bytes === null) return err('unreadable')
  const view = new ByteView(bytes, true)
  const start = LOCAL_BYTES + view.u16(26) + view.u16(28)
  if (view.u32(0) !== LOCAL) return err('unreadable')
  const isWhole = start + compressedBytes <= bytes.length
  const data = isWhole
    ? bytes.subarray(start, start + compressedBytes)
    : yield* source.read(headerOffset + start, compressedBytes)
  if (data === null || data.length < compressedBytes) return err('unreadable')
  return yield* unpacked(method, data, member.sizeBytes)
}

/** Why content of this description is not read, whatever its bytes are; `null` where it may be. */
export function refusalOf(
  { method, isEncrypted, sizeBytes, compressedBytes }: Omit<ZipMember, 'name' | 'headerOffset'>,
  limitBytes: number,
): 'too-large' | 'unreadable' | null {
  if (sizeBytes > limitBytes || compressedBytes > limitBytes) return 'too-large'
  if (sizeBytes > ZIP_LIMITS.ratioFromBytes && sizeBytes > compressedBytes * ZIP_LIMITS.ratio) return 'too-large'
  return isEncrypted || (method !== STORED && method !== DEFLATED) ? 'unreadable' : null
}

/** The content of a member that `refusalOf` does not refuse, from its packed bytes. */
export function* unpacked(
  method: number,
  packed: Uint8Array,
  sizeBytes: number,
): Answer<Result<Uint8Array, 'unreadable'>> {
  if (method === STORED) return packed.length === sizeBytes ? ok(packed) : err('unreadable')
  // One byte more than promised, so that a lie about the size shows.
  const inflated = yield { is: 'inflate', bytes: packed, form: 'raw', limitBytes: sizeBytes + 1 }
  return inflated !== null && inflated.length === sizeBytes ? ok(inflated) : err('unreadable')
}

/** Whether the content lies in the archive as it is. */
export function isStored({ method, isEncrypted }: Pick<ZipMember, 'method' | 'isEncrypted'>): boolean {
  return method === STORED && !isEncrypted
}

/** A member that is stored as it is, as a source of its own: an archive in an archive, of which only pieces are read. */
export function* storedMember(source: ZipSource, { headerOffset, sizeBytes }: ZipMember): Answer<ZipSource | null> {
  const header = yield* source.read(headerOffset, LOCAL_BYTES)
  if (header === null || header.length < LOCAL_BYTES) return null
  const view = new ByteView(header, true)
  if (view.u32(0) !== LOCAL) return null
  const start = headerOffset + LOCAL_BYTES + view.u16(26) + view.u16(28)
  return {
    sizeBytes,
    *read(offset, length) {
      const within = Math.min(length, sizeBytes - offset)
      return offset < 0 || within <= 0 ? null : yield* source.read(start + offset, within)
    },
  }
}

/** A zip that is the scanned file, of which any byte can be had. */
export function zipOfFile(sizeBytes: number): ZipSource {
  return {
    sizeBytes,
    *read(offset, length) {
      return yield { is: 'read', range: { offset, length } }
    },
  }
}

/** A zip of which everything from `firstOffset` on is held in memory. */
export function zipTail(sizeBytes: number, firstOffset: number, bytes: Uint8Array): ZipSource {
  return {
    sizeBytes,
    firstOffset,
    // oxlint-disable-next-line require-yield -- what lies in memory need not be asked for
    *read(offset, length) {
      const from = offset - firstOffset
      return from < 0 ? null : bytes.subarray(from, from + length)
    },
  }
}

/** A zip that is held in memory. */
export function zipInMemory(bytes: Uint8Array): ZipSource {
  return zipTail(bytes.length, 0, bytes)
}
