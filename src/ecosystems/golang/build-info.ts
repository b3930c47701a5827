import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8, utf8TextOf } from '../../base/utf8.ts'
import { ByteView } from '../byte-view.ts'
import { type ContentRequest, readRange } from '../content-analyzer.ts'
import { offsetOfAddress } from '../executable.ts'
import type { ExecutableLayout } from '../executable-layout.ts'

/** What the linker wrote down: the toolchain's version and one line per module; no lines outside of module mode. */
export interface BuildInfo {
  readonly version: string
  readonly modules: string
}

type Answer<T> = Generator<ContentRequest, T, Uint8Array | null>

/** `\xff Go buildinf:`, at a multiple of 16. (go.dev, debug/buildinfo) */
const MAGIC = [0xff, 0x20, 0x47, 0x6f, 0x20, 0x62, 0x75, 0x69, 0x6c, 0x64, 0x69, 0x6e, 0x66, 0x3a]
const ALIGNMENT = 16
const HEADER_BYTES = 32
const CHUNK_BYTES = 1024 * 1024
/** The linker puts the mark near the beginning of the data; another linker may put tables of types before it. */
const SEARCH_LIMIT_BYTES = 64 * 1024 * 1024
/** The programs with most modules have some thousand of them, in 200 KiB. */
const MODULES_LIMIT_BYTES = 16 * 1024 * 1024
const VERSION_LIMIT_BYTES = 1024
/** Random marks around the lines, by which they can be found in a program. (cmd/go, modload.ModInfoData) */
const FRAME_BYTES = 16

/** Searches the data for the build information; `null` where the program is not one of Go. */
export function* readBuildInfo(layout: ExecutableLayout): Answer<Result<BuildInfo, string> | null> {
  const region = regionOf(layout)
  if (region === null) return null
  const window = new Window(region.offset, Math.min(region.sizeBytes, SEARCH_LIMIT_BYTES))
  const skew = region.address % ALIGNMENT
  for (;;) {
    const chunk = yield* window.next(CHUNK_BYTES)
    if (chunk === null) return null
    const at = indexOfMagic(chunk, (window.chunkOffset - region.offset + skew) % ALIGNMENT)
    if (at >= 0) return yield* readAt(layout, window, window.chunkOffset + at)
  }
}

/** The section of that name, or the first data that is written to. (go.dev, debug/buildinfo, DataStart) */
function regionOf({ sections, segments }: ExecutableLayout) {
  const named = sections.find(({ name }) => name === '__go_buildinfo' || name === '.go.buildinfo')
  return (
    named ?? segments.find(one => one.isWritable && !one.isExecutable && one.sizeBytes > 0 && one.offset > 0) ?? null
  )
}

function indexOfMagic(bytes: Uint8Array, skew: number): number {
  for (let at = (ALIGNMENT - skew) % ALIGNMENT; at + MAGIC.length <= bytes.length; at += ALIGNMENT) {
    if (bytes[at] === 0xff && MAGIC.every((byte, index) => bytes[at + index] === byte)) return at
  }
  return -1
}

function* readAt(layout: ExecutableLayout, window: Window, offset: number): Answer<Result<BuildInfo, string>> {
  const header = yield* window.read(offset, HEADER_BYTES)
  if (header === null) return err('the build information is cut off')
  const flags = header[15] ?? 0
  return (flags & 2) === 0 ? yield* readPointers(layout, window, header) : yield* readInline(window, offset)
}

/** Since Go 1.18: two strings, each after its length. */
function* readInline(window: Window, offset: number): Answer<Result<BuildInfo, string>> {
  const version = yield* readCounted(window, offset + HEADER_BYTES, VERSION_LIMIT_BYTES)
  if (version === null) return err('the toolchain version of the build information is cut off or too long')
  const modules = yield* readCounted(window, version.end, MODULES_LIMIT_BYTES)
  if (modules === null) return err('the list of modules is cut off or too long')
  return ok({ version: utf8TextOf(version.bytes), modules: unframed(modules.bytes) })
}

/** A string after its length in groups of seven bits, the lowest first. */
function* readCounted(window: Window, offset: number, limitBytes: number) {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const [byte = 0] = (yield* window.read(offset + at, 1)) ?? [0x80]
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte >= 0x80) continue
    const start = offset + at + 1
    const bytes = length > limitBytes ? null : yield* window.read(start, length)
    return bytes === null ? null : { bytes, end: start + length }
  }
  return null
}

/** Before Go 1.18: the addresses of two string headers, each an address and a length. */
function* readPointers(
  layout: ExecutableLayout,
  window: Window,
  header: Uint8Array,
): Answer<Result<BuildInfo, string>> {
  const pointerBytes = header[14] ?? 0
  if (pointerBytes !== 4 && pointerBytes !== 8) return err('the build information has pointers of an unknown width')
  const isLittleEndian = ((header[15] ?? 0) & 1) === 0
  const view = new ByteView(header, isLittleEndian)
  const is64 = pointerBytes === 8
  const headers = [view.word(16, is64), view.word(16 + pointerBytes, is64)].map(at => offsetOfAddress(layout, at))
  const strings = new Map<number, { readonly offset: number; readonly length: number }>()
  // The file may stream by: what lies first is read first.
  for (const at of headers.filter(one => one !== null).toSorted((a, b) => a - b)) {
    const bytes = yield* window.read(at, 2 * pointerBytes)
    if (bytes === null) continue
    const words = new ByteView(bytes, isLittleEndian)
    const offset = offsetOfAddress(layout, words.word(0, is64))
    const length = words.word(pointerBytes, is64)
    if (offset !== null && length > 0) strings.set(at, { offset, length })
  }
  const [version, modules] = headers.map(at => (at === null ? undefined : strings.get(at)))
  if (version === undefined || version.length > VERSION_LIMIT_BYTES) return err('no toolchain version can be found')
  const versionBytes = yield* window.read(version.offset, version.length)
  if (versionBytes === null) return err('the toolchain version is out of reach')
  // A program that was built without modules has an empty list.
  if (modules === undefined) return ok({ version: utf8TextOf(versionBytes), modules: '' })
  if (modules.length > MODULES_LIMIT_BYTES) return err('the list of modules is too long')
  const moduleBytes = yield* window.read(modules.offset, modules.length)
  if (moduleBytes === null) return err('the list of modules is out of reach')
  return ok({ version: utf8TextOf(versionBytes), modules: unframed(moduleBytes) })
}

/** The lines between the marks; none when the frame is missing. */
function unframed(bytes: Uint8Array): string {
  const isFramed = bytes.length > 2 * FRAME_BYTES && bytes[bytes.length - FRAME_BYTES - 1] === 0x0a
  return isFramed ? decodeUtf8(bytes.subarray(FRAME_BYTES, bytes.length - FRAME_BYTES)) : ''
}

/** Data read from its beginning on; the latest pieces can be looked at again, though the file may have streamed by. */
class Window {
  /** Where the latest piece lies in the file. */
  chunkOffset: number
  readonly #end: number
  #chunk: Uint8Array = new Uint8Array(0)

  constructor(offset: number, sizeBytes: number) {
    this.chunkOffset = offset
    this.#end = offset + sizeBytes
  }

  /** The piece after the latest one; `null` at the end. */
  *next(length: number): Answer<Uint8Array | null> {
    const start = this.chunkOffset + this.#chunk.length
    const allowed = Math.min(length, this.#end - start)
    const chunk = allowed > 0 ? yield* readShort(start, allowed) : null
    if (chunk === null || chunk.length === 0) return null
    this.chunkOffset = start
    this.#chunk = chunk
    return chunk
  }

  /** Bytes of the latest piece, of what follows it, or of what can be had otherwise; `null` when cut short. */
  *read(offset: number, length: number): Answer<Uint8Array | null> {
    const at = offset - this.chunkOffset
    if (at < 0 || at > this.#chunk.length) return yield* readRange(offset, length)
    const missing = at + length - this.#chunk.length
    if (missing > 0) {
      // A little more than is missing, so that short strings do not cost a request each.
      const more = yield* readShort(this.chunkOffset + this.#chunk.length, Math.max(missing, 4096))
      if (more === null || more.length < missing) return null
      this.#chunk = joined(this.#chunk, more)
    }
    return this.#chunk.subarray(at, at + length)
  }
}

function* readShort(offset: number, length: number): Answer<Uint8Array | null> {
  return yield { is: 'read', range: { offset, length } }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}
