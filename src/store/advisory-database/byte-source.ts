import { createHash } from 'node:crypto'

/** Reads a stream of unknown length from its start: first some bytes at a time, then all but the last few. */
export class ByteSource {
  private readonly chunks: AsyncIterator<Buffer>
  private readonly seen = createHash('sha256')
  private held: Buffer = Buffer.alloc(0)
  private hasEnded = false

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next bytes, counted into the checksum; `null` when the stream ends before. */
  async take(length: number): Promise<Buffer | null> {
    const parts = [this.held]
    let size = this.held.length
    while (size < length) {
      const next = await this.next()
      if (next === null) break
      parts.push(next)
      size += next.length
    }
    const all = Buffer.concat(parts)
    this.held = all.subarray(length)
    if (all.length < length) return null
    const taken = all.subarray(0, length)
    this.seen.update(taken)
    return taken
  }

  /** What is left but for the last `length` bytes, which `atEnd` gets, if there are as many. */
  async *allButLast(length: number, atEnd: (last: Buffer) => void): AsyncGenerator<Buffer> {
    for (;;) {
      const next = await this.next()
      if (next === null) break
      const all = Buffer.concat([this.held, next])
      const free = Math.max(0, all.length - length)
      this.held = all.subarray(free)
      if (free === 0) continue
      const chunk = all.subarray(0, free)
      this.seen.update(chunk)
      yield chunk
    }
    // What was held when the stream began may be longer than the end alone.
    const free = Math.max(0, this.held.length - length)
    const rest = this.held.subarray(0, free)
    if (free > 0) {
      this.seen.update(rest)
      yield rest
    }
    if (this.held.length >= length) atEnd(this.held.subarray(free))
  }

  /** SHA-256 of everything that was handed out. */
  sha256BeforeLast(): Buffer {
    return this.seen.copy().digest()
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  private async next(): Promise<Buffer | null> {
    if (this.hasEnded) return null
    const next = await this.chunks.next()
    if (next.done !== true) return next.value
    this.hasEnded = true
    return null
  }
}
