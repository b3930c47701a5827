import { utf8TextOf } from '../base/utf8.ts'
import { ByteView } from './byte-view.ts'
import type { ByteWatcher, ForwardBytes } from './forward-bytes.ts'
import { type Answer, isClass, LOCAL, LOCAL_BYTES, ownSizes, ZIP_LIMITS } from './zip-archive.ts'

/** A member as its own header describes it, which the archive's directory may contradict: nobody believes it before. */
export interface PassingMember {
  readonly name: string
  readonly method: number
  readonly isEncrypted: boolean
  /** Where its own header lies. */
  readonly headerOffset: number
}

/** What was found out about the content by the time that it has passed. */
export interface PassedContent {
  readonly compressedBytes: number
  readonly sizeBytes: number
  /** As it lies in the archive; `null` where it is larger than was wanted, or cut off. */
  readonly packed: Uint8Array | null
}

const ENTRY = 0x02014b50
/** In front of the sizes that are written behind a content, when whoever wrote it did not know them before. (APPNOTE 4.3.9) */
const DESCRIPTOR = 0x08074b50
const SIZES_FOLLOW = 8
/** A descriptor with its mark and wide sizes, and the mark of what follows it. */
const DESCRIPTOR_BYTES = 24 + 4
/** What is looked at together in search of a descriptor. */
const WINDOW_BYTES = 64 * 1024

/**
 * Shows the wanted members of an archive that passes, in their order, and returns where they end: before the directory,
 * or before anything else that is no member. What the visitor leaves of a content is skipped.
 */
export function* passMembers(
  bytes: ForwardBytes,
  isWanted: (name: string) => boolean,
  visit: (member: PassingMember, content: PassingContent) => Answer<void>,
): Answer<number> {
  yield* passPrefix(bytes)
  for (;;) {
    const headerOffset = bytes.position
    const head = new ByteView(yield* bytes.peek(LOCAL_BYTES), true)
    if (head.u32(0) !== LOCAL || head.bytes.length < LOCAL_BYTES) return headerOffset
    const nameBytes = head.u16(26)
    const headerBytes = LOCAL_BYTES + nameBytes + head.u16(28)
    const header = new ByteView(yield* bytes.peek(headerBytes), true)
    if (header.bytes.length < headerBytes) return headerOffset
    const flags = header.u16(6)
    const content = new PassingContent(bytes, (flags & SIZES_FOLLOW) !== 0, ownSizes(header))
    const nameEnd = LOCAL_BYTES + nameBytes
    const isNamed = !isClass(header.bytes, nameEnd) && nameBytes <= ZIP_LIMITS.nameBytes
    const name = isNamed ? utf8TextOf(header.bytes.subarray(LOCAL_BYTES, nameEnd)) : ''
    const method = header.u16(8)
    yield* bytes.skip(headerBytes)
    if (isNamed && isWanted(name)) {
      yield* visit({ name, method, isEncrypted: (flags & 1) !== 0, headerOffset }, content)
    }
    yield* content.packed(0)
  }
}

/** What an archive may begin with: a script that runs it, or the four bytes of a `.jmod`. */
function* passPrefix(bytes: ForwardBytes): Answer<void> {
  for (;;) {
    const window = yield* bytes.peek(WINDOW_BYTES)
    const view = new ByteView(window, true)
    for (let at = window.indexOf(0x50); at >= 0; at = window.indexOf(0x50, at + 1)) {
      if (view.u32(at) === LOCAL || view.u32(at) === ENTRY) return yield* bytes.skip(at)
    }
    if (window.length < WINDOW_BYTES) return
    yield* bytes.skip(window.length - 3)
  }
}

/** The content of a member that passes. */
export class PassingContent {
  readonly #bytes: ForwardBytes
  readonly #sizesFollow: boolean
  readonly #said: { readonly compressedBytes: number; readonly sizeBytes: number }
  #passed: PassedContent | null = null

  constructor(
    bytes: ForwardBytes,
    sizesFollow: boolean,
    said: { readonly compressedBytes: number; readonly sizeBytes: number },
  ) {
    this.#bytes = bytes
    this.#sizesFollow = sizesFollow
    this.#said = said
  }

  /** Its sizes where the header says them; `null` where they are written behind the content. */
  get knownSizes(): { readonly compressedBytes: number; readonly sizeBytes: number } | null {
    return this.#sizesFollow && this.#said.compressedBytes === 0 ? null : this.#said
  }

  /** Lets it pass as an archive of its own, of as many bytes as the header says. */
  *part<T>(read: (bytes: ForwardBytes) => Answer<T>, watcher: ByteWatcher): Answer<T> {
    const { compressedBytes } = this.#said
    const part = this.#bytes.part(compressedBytes, watcher)
    const answer = yield* read(part)
    yield* part.skipToEnd()
    yield* this.#skipDescriptor()
    this.#passed = { ...this.#said, packed: null }
    return answer
  }

  /** Lets it pass, and keeps up to so many bytes. What has passed already is not to be had again. */
  *packed(limitBytes: number): Answer<PassedContent> {
    if (this.#passed !== null) return this.#passed
    const known = this.knownSizes
    if (known === null) return (this.#passed = yield* this.#toDescriptor(limitBytes))
    const isKept = known.compressedBytes <= limitBytes && known.compressedBytes > 0
    const packed = isKept ? yield* this.#bytes.take(known.compressedBytes) : null
    if (packed === null) yield* this.#bytes.skip(known.compressedBytes)
    yield* this.#skipDescriptor()
    this.#passed = { ...known, packed: known.compressedBytes === 0 ? new Uint8Array(0) : packed }
    return this.#passed
  }

  /** Sizes that stand behind a content although its header says them already. */
  *#skipDescriptor(): Answer<void> {
    if (!this.#sizesFollow) return
    const view = new ByteView(yield* this.#bytes.peek(DESCRIPTOR_BYTES), true)
    const end = [16, 24].find(at => view.u32(0) === DESCRIPTOR && isHeader(view.u32(at)))
    const unmarked = [12, 20].find(at => isHeader(view.u32(at)))
    if (!isHeader(view.u32(0))) yield* this.#bytes.skip(end ?? unmarked ?? 0)
  }

  /** Up to where a descriptor says as many bytes as have passed, and a header follows it. */
  *#toDescriptor(limitBytes: number): Answer<PassedContent> {
    const kept: Uint8Array[] = []
    let passedBytes = 0
    for (;;) {
      const window = yield* this.#bytes.peek(WINDOW_BYTES)
      const isLast = window.length < WINDOW_BYTES
      const ending = endingIn(window, passedBytes)
      // Sizes may stand across two windows: what could be the beginning of them is looked at again.
      const given = ending?.at ?? (isLast ? window.length : window.length - DESCRIPTOR_BYTES)
      passedBytes += given
      if (passedBytes <= limitBytes) kept.push(window.slice(0, given))
      else kept.length = 0
      yield* this.#bytes.skip(given)
      if (ending !== null) {
        yield* this.#bytes.skip(ending.descriptorBytes)
        const packed = passedBytes <= limitBytes ? concatenated(kept, passedBytes) : null
        return { compressedBytes: passedBytes, sizeBytes: ending.sizeBytes, packed }
      }
      if (isLast) return { compressedBytes: passedBytes, sizeBytes: 0, packed: null }
    }
  }
}

interface Ending {
  /** Where in the window the content ends. */
  readonly at: number
  readonly descriptorBytes: number
  readonly sizeBytes: number
}

/** The end of a content of which `passedBytes` came before the window. */
function endingIn(window: Uint8Array, passedBytes: number): Ending | null {
  const view = new ByteView(window, true)
  for (let at = window.indexOf(0x50); at >= 0; at = window.indexOf(0x50, at + 1)) {
    if (window[at + 1] !== 0x4b) continue
    const mark = view.u32(at)
    const found =
      mark === DESCRIPTOR
        ? (descriptorAt(view, at, 4, passedBytes, 4) ?? descriptorAt(view, at, 4, passedBytes, 8))
        : isHeader(mark)
          ? (descriptorAt(view, at - 12, 0, passedBytes, 4) ?? descriptorAt(view, at - 20, 0, passedBytes, 8))
          : null
    if (found !== null) return found
  }
  return null
}

/** Checksum and two sizes of 4 or 8 bytes, behind a mark or none. (APPNOTE 4.3.9.3: the mark may be left out) */
function descriptorAt(view: ByteView, at: number, markBytes: number, passedBytes: number, width: 4 | 8): Ending | null {
  const descriptorBytes = markBytes + 4 + 2 * width
  if (at < 0 || !isHeader(view.u32(at + descriptorBytes))) return null
  const sizesAt = at + markBytes + 4
  if (view.word(sizesAt, width === 8) !== passedBytes + at) return null
  return { at, descriptorBytes, sizeBytes: view.word(sizesAt + width, width === 8) }
}

/** Whether a member or the directory begins with this mark. */
function isHeader(mark: number): boolean {
  return mark === LOCAL || mark === ENTRY
}

function concatenated(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
