import { parsePax, parseTarHeader, TAR_BLOCK_BYTES } from './tar-header.ts'
import type { PaxRecords, TarFailure, TarHeader } from './tar-header.ts'
import { utf8TextOf } from './utf8.ts'

/** What one archive may cost at most. */
export interface TarLimits {
  /** Bytes of one extended header (PAX record block, GNU long name). */
  readonly headerBytes: number
  readonly entries: number
}

export interface TarEntry {
  /** As the archive has it: hostile, and not yet relative. */
  readonly rawPath: string
  readonly rawLinkTarget: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'hard-link' | 'other'
  readonly sizeBytes: number
  /** Permission bits, `0o755`. */
  readonly mode: number
  /** Whether the body is a map of holes and pieces instead of the content. */
  readonly isSparse: boolean
  /** Where the body begins in the archive. */
  readonly bodyOffset: number
}

export interface TarVisitor {
  /**
   * `keep` asks for the body: the visitor has checked `sizeBytes` against its own limit. `watch` asks for its pieces as they
   * pass, which are the reader's own bytes and change after the call.
   */
  entry(entry: TarEntry): 'keep' | 'watch' | 'skip'
  file(entry: TarEntry, bytes: Uint8Array): void
  /** A piece of the watched body. `stop` lets the rest go by; after a body that was watched to its end comes `watched`. */
  piece?(entry: TarEntry, bytes: Uint8Array): 'on' | 'stop'
  watched?(entry: TarEntry): void
}

type Body = { readonly is: 'file'; readonly entry: TarEntry } | { readonly is: 'pax' | 'long-name' | 'long-link' }

/**
 * Reads a tar from pieces of any size, calling the visitor as entries pass. Bodies that nobody wants are counted, not
 * copied. Reads headers as Go's archive/tar does, because that is what unpacks the image elsewhere: a file that a
 * container would see is a file that we see. (tar-header.ts; Go archive/tar reader.go)
 */
export class TarReader {
  readonly #visitor: TarVisitor
  readonly #limits: TarLimits
  readonly #fail: TarFailure
  readonly #partialBlock = new Uint8Array(TAR_BLOCK_BYTES)
  #partialBytes = 0
  #offset = 0
  #skipBytes = 0
  #watched: { readonly entry: TarEntry; leftBytes: number } | null = null
  #body: Body | null = null
  #bodyBytes: Uint8Array = new Uint8Array(0)
  #bodyFilled = 0
  #expectsSparseBlock = false
  #afterSparse: TarHeader | null = null
  #zeroBlocks = 0
  #entries = 0
  #isDone = false
  #pax: PaxRecords | null = null
  #longName: string | null = null
  #longLink: string | null = null

  constructor(visitor: TarVisitor, limits: TarLimits, fail: TarFailure) {
    this.#visitor = visitor
    this.#limits = limits
    this.#fail = fail
  }

  /** Bytes that come next and that nobody will look at: a caller that can seek need not read them. */
  get skippableBytes(): number {
    return this.#skipBytes
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** Moves over `skippableBytes` without having read them. */
  skip(): void {
    this.#offset += this.#skipBytes
    this.#skipBytes = 0
  }

  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length && !this.#isDone) {
      const available = chunk.length - at
      let used: number
      if (this.#body !== null) {
        used = Math.min(available, this.#bodyBytes.length - this.#bodyFilled)
        this.#bodyBytes.set(chunk.subarray(at, at + used), this.#bodyFilled)
        this.#bodyFilled += used
        this.#offset += used
        if (this.#bodyFilled === this.#bodyBytes.length) this.#finishBody(this.#body)
      } else if (this.#watched !== null) {
        used = Math.min(available, this.#watched.leftBytes)
        this.#offset += used
        this.#watch(this.#watched, chunk.subarray(at, at + used))
      } else if (this.#skipBytes > 0) {
        used = Math.min(available, this.#skipBytes)
        this.#skipBytes -= used
        this.#offset += used
      } else if (this.#partialBytes === 0 && available >= TAR_BLOCK_BYTES) {
        used = TAR_BLOCK_BYTES
        this.#offset += used
        this.#block(chunk.subarray(at, at + used))
      } else {
        used = Math.min(available, TAR_BLOCK_BYTES - this.#partialBytes)
        this.#partialBlock.set(chunk.subarray(at, at + used), this.#partialBytes)
        this.#partialBytes += used
        this.#offset += used
        if (this.#partialBytes === TAR_BLOCK_BYTES) {
          this.#partialBytes = 0
          this.#block(this.#partialBlock)
        }
      }
      at += used
    }
  }

  /** Says that there is no more. An archive may end without its two blocks of zeros, but not inside an entry. */
  end(): void {
    const isInside =
      this.#body !== null ||
      this.#watched !== null ||
      this.#skipBytes > 0 ||
      this.#partialBytes > 0 ||
      this.#expectsSparseBlock ||
      this.#pax !== null ||
      this.#longName !== null ||
      this.#longLink !== null
    if (!this.#isDone && isInside)
      throw this.#fail({ is: 'malformed', detail: 'the tar archive breaks off inside an entry' })
  }

  #block(block: Uint8Array): void {
    if (this.#expectsSparseBlock) {
      this.#expectsSparseBlock = block[504] === 1
      if (!this.#expectsSparseBlock && this.#afterSparse !== null) this.#entry(this.#afterSparse)
      return
    }
    const header = parseTarHeader(block, this.#fail)
    if (header === null) {
      this.#zeroBlocks += 1
      this.#isDone = this.#zeroBlocks === 2
      return
    }
    if (this.#zeroBlocks > 0) throw this.#fail({ is: 'malformed', detail: 'a tar header follows a block of zeros' })
    this.#entries += 1
    if (this.#entries > this.#limits.entries) {
      const detail = `more than ${this.#limits.entries} entries`
      throw this.#fail({ is: 'limit-exceeded', limit: 'entries', detail })
    }
    if (header.typeFlag === 'x') this.#beginHeaderBody('pax', header)
    else if (header.typeFlag === 'L') this.#beginHeaderBody('long-name', header)
    else if (header.typeFlag === 'K') this.#beginHeaderBody('long-link', header)
    // Global PAX headers carry comments (git archive); runtimes apply nothing of them to the entries that follow.
    else if (header.typeFlag === 'g') this.#skipBytes = padded(header.sizeBytes)
    else if (header.hasSparseBlocks) {
      this.#expectsSparseBlock = true
      this.#afterSparse = header
    } else this.#entry(header)
  }

  #watch(watched: { readonly entry: TarEntry; leftBytes: number }, piece: Uint8Array): void {
    watched.leftBytes -= piece.length
    const { entry, leftBytes } = watched
    const answer = this.#visitor.piece?.(entry, piece) ?? 'stop'
    if (leftBytes > 0 && answer === 'on') return
    this.#watched = null
    this.#skipBytes = leftBytes + padded(entry.sizeBytes) - entry.sizeBytes
    if (leftBytes === 0 && answer === 'on') this.#visitor.watched?.(entry)
  }

  #beginHeaderBody(is: 'pax' | 'long-name' | 'long-link', header: TarHeader): void {
    const limit = this.#limits.headerBytes
    if (header.sizeBytes > limit) {
      const detail = `an extended tar header of ${header.sizeBytes} bytes`
      throw this.#fail({ is: 'limit-exceeded', limit: 'headerBytes', detail })
    }
    this.#beginBody({ is }, header.sizeBytes)
  }

  #beginBody(body: Body, sizeBytes: number): void {
    this.#body = body
    this.#bodyBytes = new Uint8Array(sizeBytes)
    this.#bodyFilled = 0
    if (sizeBytes === 0) this.#finishBody(body)
  }

  #finishBody(body: Body): void {
    const bytes = this.#bodyBytes
    this.#body = null
    this.#bodyBytes = new Uint8Array(0)
    this.#skipBytes = padded(bytes.length) - bytes.length
    if (body.is === 'file') this.#visitor.file(body.entry, bytes)
    else if (body.is === 'pax') this.#pax = parsePax(bytes, this.#fail)
    else if (body.is === 'long-name') this.#longName = untilNul(bytes)
    else this.#longLink = untilNul(bytes)
  }

  #entry(header: TarHeader): void {
    const pax = this.#pax
    const kind = kindOf(header)
    const sizeBytes = kind === 'file' || kind === 'other' ? bodySize(header, pax) : 0
    const entry: TarEntry = {
      rawPath: pax?.path ?? this.#longName ?? header.name,
      rawLinkTarget: pax?.linkPath ?? this.#longLink ?? header.linkName,
      kind,
      sizeBytes,
      mode: header.mode,
      isSparse: header.typeFlag === 'S' || pax?.isSparse === true,
      bodyOffset: this.#offset,
    }
    this.#pax = null
    this.#longName = null
    this.#longLink = null
    this.#afterSparse = null
    const answer = this.#visitor.entry(entry)
    if (answer === 'keep') this.#beginBody({ is: 'file', entry }, sizeBytes)
    else if (answer === 'watch' && sizeBytes > 0) this.#watched = { entry, leftBytes: sizeBytes }
    else this.#skipBytes = padded(sizeBytes)
  }
}

function bodySize(header: TarHeader, pax: PaxRecords | null): number {
  return '3456'.includes(header.typeFlag) ? 0 : (pax?.sizeBytes ?? header.sizeBytes)
}

function kindOf(header: TarHeader): TarEntry['kind'] {
  switch (header.typeFlag) {
    case '0':
    case '7':
    case 'S':
      return 'file'
    case '\0':
      return header.name.endsWith('/') ? 'directory' : 'file'
    case '1':
      return 'hard-link'
    case '2':
      return 'symlink'
    case '5':
      return 'directory'
    default:
      return 'other'
  }
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES
}

function untilNul(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0)
  return utf8TextOf(bytes.subarray(0, nul === -1 ? bytes.length : nul))
}
