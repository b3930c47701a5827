type State = 'magic' | 'descriptor' | 'header' | 'block' | 'content' | 'skippable-size' | 'skippable'

/**
 * Cuts a Zstandard stream at the ends of its frames. Node's decompressor silently drops what follows a frame's end inside
 * one write (seen with Node 24.21), so each piece that it is handed must end where a frame ends, or before. Layers of
 * several frames are common: zstd:chunked has one per file, parallel compressors one per block. (RFC 8878, section 3.1)
 */
export class ZstdFrameCutter {
  #state: State = 'magic'
  #field = 0
  #fieldBytes = 0
  #remaining = 4
  #hasChecksum = false
  #isLastBlock = false

  /** Whether the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.#state === 'magic' && this.#fieldBytes === 0
  }

  /** Hands out the parts of `piece` in order, each ending at a frame's end or at the piece's; throws on what is no frame. */
  *cut(piece: Uint8Array): Generator<Uint8Array> {
    let start = 0
    let at = 0
    while (at < piece.length) {
      const used = Math.min(piece.length - at, this.#remaining)
      if (this.#readsField()) {
        for (let index = at; index < at + used; index += 1) {
          if (this.#fieldBytes < 4) this.#field += (piece[index] ?? 0) * 2 ** (8 * this.#fieldBytes)
          this.#fieldBytes += 1
        }
      }
      at += used
      this.#remaining -= used
      if (this.#remaining === 0 && this.#next()) {
        yield piece.subarray(start, at)
        start = at
      }
    }
    if (start < piece.length) yield piece.subarray(start)
  }

  #readsField(): boolean {
    return this.#state !== 'content' && this.#state !== 'skippable' && this.#state !== 'header'
  }

  /** Acts on what was just completed; whether a frame has ended. */
  #next(): boolean {
    const field = this.#field
    switch (this.#state) {
      case 'magic':
        if (field === 0xfd2fb528) this.#expect('descriptor', 1)
        else if (field >= 0x184d2a50 && field <= 0x184d2a5f) this.#expect('skippable-size', 4)
        else throw new Error('bytes that are no Zstandard frame')
        return false
      case 'descriptor':
        this.#hasChecksum = (field & 4) !== 0
        this.#expect('header', headerBytes(field))
        return this.#remaining === 0 && this.#next()
      case 'header':
        this.#expect('block', 3)
        return false
      case 'block': {
        this.#isLastBlock = (field & 1) === 1
        const type = (field >> 1) & 3
        if (type === 3) throw new Error('a Zstandard block of a reserved type')
        this.#expect('content', (type === 1 ? 1 : field >> 3) + (this.#isLastBlock && this.#hasChecksum ? 4 : 0))
        return this.#remaining === 0 && this.#next()
      }
      case 'content':
        this.#expect(this.#isLastBlock ? 'magic' : 'block', this.#isLastBlock ? 4 : 3)
        return this.#isLastBlock
      case 'skippable-size':
        this.#expect('skippable', field)
        return this.#remaining === 0 && this.#next()
      case 'skippable':
        this.#expect('magic', 4)
        return true
    }
  }

  #expect(state: State, bytes: number): void {
    this.#state = state
    this.#remaining = bytes
    this.#field = 0
    this.#fieldBytes = 0
  }
}

/** Bytes between the frame header descriptor and the first block: window, dictionary id, content size. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 2 ** sizeFlag
  return (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes
}
