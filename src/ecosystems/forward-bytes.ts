import type { Answer } from './zip-archive.ts'

/** Bytes that are asked for at once where the whole of something passes. */
const CHUNK_BYTES = 128 * 1024
/** The least that is drawn where some bytes are only looked at. */
const PEEK_BYTES = 8 * 1024

/** Somebody who is shown all bytes in their order, such as a checksum in the making. */
export interface ByteWatcher {
  update(bytes: Uint8Array): unknown
}

/**
 * The bytes of a file, or of a part of one, from the first to the last and never back: no more of them is in memory than
 * is looked at. What is given, `take` apart, holds until more is asked for. What ends too soon is cut off, which shows in
 * what is taken.
 */
export class ForwardBytes {
  readonly sizeBytes: number
  readonly #draw: (atMost: number) => Answer<Uint8Array | null>
  #watcher: ByteWatcher | null
  /** Drawn and not given yet: `#buffer` from `#at` to `#end`. */
  #buffer: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  #drawnBytes = 0

  private constructor(
    sizeBytes: number,
    draw: (atMost: number) => Answer<Uint8Array | null>,
    watcher: ByteWatcher | null,
  ) {
    this.sizeBytes = sizeBytes
    this.#draw = draw
    this.#watcher = watcher
  }

  /** A scanned file, from its beginning. */
  static ofFile(sizeBytes: number, watcher: ByteWatcher | null): ForwardBytes {
    let offset = 0
    return new ForwardBytes(
      sizeBytes,
      function* (atMost) {
        const bytes = yield { is: 'read', range: { offset, length: atMost } }
        offset += bytes?.length ?? 0
        return bytes
      },
      watcher,
    )
  }

  /** Where the next byte lies. */
  get position(): number {
    return this.#drawnBytes - (this.#end - this.#at)
  }

  /** The next bytes as a stream of their own; whoever asks for it reads it to its end. */
  part(sizeBytes: number, watcher: ByteWatcher | null): ForwardBytes {
    return new ForwardBytes(sizeBytes, atMost => this.some(atMost), watcher)
  }

  /** Whether all bytes so far were shown to somebody. */
  get isWatched(): boolean {
    return this.#watcher !== null
  }

  /** Nobody wants to see the rest. */
  unwatch(): void {
    this.#watcher = null
  }

  /** The next bytes without going on; fewer at the end. */
  *peek(length: number): Answer<Uint8Array> {
    while (this.#end - this.#at < length) {
      this.#makeRoom(Math.max(length, PEEK_BYTES))
      const drawn = yield* this.#more(this.#buffer.length - this.#end)
      if (drawn === null) break
      this.#buffer.set(drawn, this.#end)
      this.#end += drawn.length
    }
    return this.#buffer.subarray(this.#at, Math.min(this.#at + length, this.#end))
  }

  /** The next bytes, as many as can be had at once; `null` at the end. */
  *some(atMost: number): Answer<Uint8Array | null> {
    if (this.#at === this.#end) return yield* this.#more(Math.min(atMost, CHUNK_BYTES))
    const given = this.#buffer.subarray(this.#at, Math.min(this.#at + atMost, this.#end))
    this.#at += given.length
    return given
  }

  /** A copy of the next bytes; `null` where they are cut off. */
  *take(length: number): Answer<Uint8Array | null> {
    if (length > this.sizeBytes - this.position) return null
    const taken = new Uint8Array(length)
    for (let filled = 0; filled < length;) {
      const piece = yield* this.some(length - filled)
      if (piece === null) return null
      taken.set(piece, filled)
      filled += piece.length
    }
    return taken
  }

  *skip(length: number): Answer<void> {
    for (let left = length; left > 0;) {
      const piece = yield* this.some(left)
      if (piece === null) return
      left -= piece.length
    }
  }

  *skipToEnd(): Answer<void> {
    yield* this.skip(this.sizeBytes - this.position)
  }

  #makeRoom(bytes: number): void {
    const kept = this.#buffer.subarray(this.#at, this.#end)
    if (this.#buffer.length < bytes) {
      const grown = new Uint8Array(Math.min(2 * bytes, Math.max(bytes, this.sizeBytes)))
      grown.set(kept)
      this.#buffer = grown
    } else this.#buffer.copyWithin(0, this.#at, this.#end)
    this.#at = 0
    this.#end = kept.length
  }

  *#more(atMost: number): Answer<Uint8Array | null> {
    const length = Math.min(atMost, this.sizeBytes - this.#drawnBytes)
    const drawn = length > 0 ? yield* this.#draw(length) : null
    if (drawn === null || drawn.length === 0) return null
    this.#drawnBytes += drawn.length
    this.#watcher?.update(drawn)
    return drawn
  }
}
