import { setImmediate } from 'node:timers/promises'

/** Bounds on one decompressed file. Oracle's definitions, the largest, decompress to some 300 MB, 40:1. */
export const BUNZIP2_LIMITS = {
  totalBytes: 2 * 1024 * 1024 * 1024,
  ratio: 400,
  ratioFromBytes: 1024 * 1024,
} as const

export type Bunzip2Limits = { readonly [limit in keyof typeof BUNZIP2_LIMITS]: number }

/** The file is not bzip2, is damaged or cut, or decompresses beyond its limits. */
export class Bunzip2Error extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Bunzip2Error'
  }
}

const OUTPUT_BYTES = 256 * 1024
/** Bytes that one symbol can stand for. */
const LONGEST_RUN = 255
const BLOCK_MAGIC = [0x314159, 0x265359] as const
const END_MAGIC = [0x177245, 0x385090] as const
/** Symbols between two changes of the code table. (bzip2 1.0.8, `BZ_G_SIZE`) */
const GROUP_SYMBOLS = 50
const MAX_CODE_BITS = 20
const MAX_SELECTORS = 18_002
/** Codes up to this length are looked up at once; longer ones are rare. */
const FAST_BITS = 10

/**
 * Decompresses bytes held in memory, piece by piece; the memory it needs is one block, whatever comes out. Lets others
 * work between two pieces, because a whole file takes seconds. (bzip2 1.0.8, decompress.c; there is no format document)
 */
export async function* bunzip2(bytes: Uint8Array, limits: Bunzip2Limits = BUNZIP2_LIMITS): AsyncGenerator<Uint8Array> {
  const allowedBytes = Math.min(limits.totalBytes, limits.ratioFromBytes + bytes.length * limits.ratio)
  let total = 0
  for (const piece of pieces(bytes)) {
    total += piece.length
    if (total > allowedBytes) throw new Bunzip2Error(`the file decompresses to over ${allowedBytes} bytes`)
    yield piece
    await setImmediate()
  }
}

/** Streams may follow each other, as parallel compressors write them. */
function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  const bits = new BitReader(bytes)
  let symbols: Uint32Array | null = null
  do {
    const level = bits.read(24) === 0x425a68 ? bits.read(8) - 0x30 : 0
    if (level < 1 || level > 9) throw new Bunzip2Error('the file is not bzip2')
    const blockBytes = level * 100_000
    if (symbols === null || symbols.length < blockBytes) symbols = new Uint32Array(blockBytes)
    let streamSum = 0
    for (;;) {
      const magic = [bits.read(24), bits.read(24)] as const
      const sum = bits.read32()
      if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) {
        if (sum !== streamSum) throw new Bunzip2Error('the file is damaged: its checksum is another')
        break
      }
      if (magic[0] !== BLOCK_MAGIC[0] || magic[1] !== BLOCK_MAGIC[1]) throw new Bunzip2Error('the file is damaged')
      yield* expandRuns(readBlock(bits, symbols, blockBytes), symbols, sum)
      streamSum = (((streamSum << 1) | (streamSum >>> 31)) ^ sum) >>> 0
    }
    bits.alignToByte()
  } while (!bits.isAtEnd())
}

interface Block {
  readonly length: number
  /** Place in the sorted rotations where the text begins. */
  readonly origin: number
}

/** Reads one block into the low bytes of `symbols`, the last column of its sorted rotations. */
function readBlock(bits: BitReader, symbols: Uint32Array, limit: number): Block {
  if (bits.read(1) === 1) throw new Bunzip2Error('a block is randomised, as no bzip2 since 0.9.5 writes it')
  const origin = bits.read(24)
  const alphabet = readAlphabet(bits)
  const codeCount = alphabet.length + 2
  const tableCount = bits.read(3)
  if (tableCount < 2 || tableCount > 6) throw new Bunzip2Error('a block has no readable code tables')
  const selectors = readSelectors(bits, tableCount)
  const tables = Array.from({ length: tableCount }, () => new CodeTable(readCodeLengths(bits, codeCount)))

  const recent = Uint8Array.from(alphabet)
  const endOfBlock = codeCount - 1
  let length = 0
  let group = 0
  let left = 0
  let table: CodeTable | undefined
  let run = 0
  let runUnit = 1
  for (;;) {
    if (left === 0) {
      table = tables[selectors[group++] ?? -1]
      left = GROUP_SYMBOLS
    }
    if (table === undefined) throw new Bunzip2Error('a block has more codes than it says')
    left--
    const code = table.next(bits)
    if (code <= 1) {
      // A run of the most recent byte, its length in digits 1 and 2 of the base 2.
      if (runUnit > limit) throw new Bunzip2Error('a block is longer than it may be')
      run += runUnit << code
      runUnit <<= 1
      continue
    }
    if (run > 0) {
      if (length + run > limit) throw new Bunzip2Error('a block is longer than it may be')
      symbols.fill(recent[0] ?? 0, length, length + run)
      length += run
      run = 0
      runUnit = 1
    }
    if (code === endOfBlock) break
    if (length >= limit) throw new Bunzip2Error('a block is longer than it may be')
    const index = code - 1
    const byte = recent[index] ?? 0
    recent.copyWithin(1, 0, index)
    recent[0] = byte
    symbols[length++] = byte
  }
  if (origin >= length) throw new Bunzip2Error('a block begins outside of itself')
  linkRotations(symbols, length)
  return { length, origin }
}

/** Bytes that occur in the block: a map of sixteen maps. */
function readAlphabet(bits: BitReader): number[] {
  const ranges = bits.read(16)
  const alphabet: number[] = []
  for (let range = 0; range < 16; range++) {
    if (((ranges >> (15 - range)) & 1) === 0) continue
    const map = bits.read(16)
    for (let at = 0; at < 16; at++) if (((map >> (15 - at)) & 1) === 1) alphabet.push(range * 16 + at)
  }
  if (alphabet.length === 0) throw new Bunzip2Error('a block uses no bytes')
  return alphabet
}

/** Which code table each group of symbols is written in. */
function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const count = bits.read(15)
  if (count === 0) throw new Bunzip2Error('a block has no codes')
  const recent = Array.from({ length: tableCount }, (_, table) => table)
  // Some compressors write more than a block can need; the rest is passed over. (bzip2 1.0.8)
  const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS))
  for (let at = 0; at < count; at++) {
    let index = 0
    while (bits.read(1) === 1)
      if (++index >= tableCount) throw new Bunzip2Error('a block names a table that it has not')
    const [table = 0] = recent.splice(index, 1)
    recent.unshift(table)
    if (at < selectors.length) selectors[at] = table
  }
  return selectors
}

function readCodeLengths(bits: BitReader, codeCount: number): Uint8Array {
  const lengths = new Uint8Array(codeCount)
  let length = bits.read(5)
  for (let code = 0; code < codeCount; code++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw new Bunzip2Error('a block has no readable code tables')
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[code] = length
  }
  return lengths
}

/** Writes into the high 24 bits of each symbol where the text goes on: the inverse Burrows-Wheeler transform. */
function linkRotations(symbols: Uint32Array, length: number): void {
  const starts = new Uint32Array(257)
  for (let at = 0; at < length; at++) count(starts, ((symbols[at] ?? 0) & 0xff) + 1)
  for (let byte = 0; byte < 256; byte++) starts[byte + 1] = (starts[byte + 1] ?? 0) + (starts[byte] ?? 0)
  for (let at = 0; at < length; at++) {
    const place = count(starts, (symbols[at] ?? 0) & 0xff)
    symbols[place] = (symbols[place] ?? 0) | (at << 8)
  }
}

/** The count so far, which is one higher then. */
function count(counts: Uint32Array, at: number): number {
  const value = counts[at] ?? 0
  counts[at] = value + 1
  return value
}

function* expandRuns(block: Block, symbols: Uint32Array, expectedSum: number): Generator<Uint8Array> {
  const text = new RunExpander(block, symbols)
  for (;;) {
    const output = new Uint8Array(OUTPUT_BYTES)
    const size = text.writeInto(output)
    if (size > 0) yield output.subarray(0, size)
    if (text.isAtEnd) break
  }
  if (text.checksum !== expectedSum) throw new Bunzip2Error('the file is damaged: the checksum of a block is another')
}

/** Follows the rotations of a block and writes its text: four equal bytes are followed by the number of further ones. */
class RunExpander {
  private readonly symbols: Uint32Array
  private left: number
  private at: number
  private sum = -1
  private equal = 0
  private last = -1

  constructor({ length, origin }: Block, symbols: Uint32Array) {
    this.symbols = symbols
    this.left = length
    this.at = (symbols[origin] ?? 0) >>> 8
  }

  get isAtEnd(): boolean {
    return this.left === 0
  }

  get checksum(): number {
    return ~this.sum >>> 0
  }

  /** Fills as much as the longest run surely fits behind; returns how much. Locals, because fields cost half the speed. */
  writeInto(output: Uint8Array): number {
    const { symbols } = this
    const full = output.length - LONGEST_RUN
    let { left, at, sum, equal, last } = this
    let size = 0
    for (; left > 0 && size <= full; left--) {
      const entry = symbols[at] ?? 0
      const byte = entry & 0xff
      at = entry >>> 8
      if (equal === 4) {
        for (let copies = byte; copies > 0; copies--) {
          output[size++] = last
          sum = (sum << 8) ^ (SUMS[(sum >>> 24) ^ last] ?? 0)
        }
        equal = 0
        last = -1
        continue
      }
      equal = byte === last ? equal + 1 : 1
      last = byte
      output[size++] = byte
      sum = (sum << 8) ^ (SUMS[(sum >>> 24) ^ byte] ?? 0)
    }
    this.left = left
    this.at = at
    this.sum = sum
    this.equal = equal
    this.last = last
    return size
  }
}

/** CRC-32 from the highest bit down, by the next byte. */
const SUMS = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24
  for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1
  return sum
})

/** One canonical Huffman code, by the lengths of its codes. */
class CodeTable {
  /** By the next `FAST_BITS` bits: the symbol times 32 and the bits of its code; 0 for a longer code. */
  private readonly fast = new Uint16Array(1 << FAST_BITS)
  /** The highest code of each length, and what to subtract to reach the place of its symbol. */
  private readonly highest = new Int32Array(MAX_CODE_BITS + 2).fill(-1)
  private readonly offset = new Int32Array(MAX_CODE_BITS + 2)
  private readonly sorted: Uint16Array

  constructor(lengths: Uint8Array) {
    const sorted: number[] = []
    let code = 0
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      this.offset[length] = code - sorted.length
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue
        if (code >= 1 << length) throw new Bunzip2Error('a block has no readable code tables')
        if (length <= FAST_BITS) {
          const from = code << (FAST_BITS - length)
          this.fast.fill((symbol << 5) | length, from, from + (1 << (FAST_BITS - length)))
        }
        sorted.push(symbol)
        this.highest[length] = code++
      }
      code <<= 1
    }
    this.sorted = Uint16Array.from(sorted)
  }

  next(bits: BitReader): number {
    const ahead = bits.peek(MAX_CODE_BITS)
    const fast = this.fast[ahead >>> (MAX_CODE_BITS - FAST_BITS)] ?? 0
    if (fast !== 0) {
      bits.skip(fast & 31)
      return fast >>> 5
    }
    for (let length = FAST_BITS + 1; length <= MAX_CODE_BITS; length++) {
      const code = ahead >>> (MAX_CODE_BITS - length)
      if (code > (this.highest[length] ?? -1)) continue
      bits.skip(length)
      return this.sorted[code - (this.offset[length] ?? 0)] ?? 0
    }
    throw new Bunzip2Error('a block has a code that is none')
  }
}

/** Bits from the highest down. Looking ahead beyond the end sees zeros; going there is an error. */
class BitReader {
  private readonly bytes: Uint8Array
  private at = 0
  private held = 0
  private heldBits = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Up to 24 bits. */
  peek(count: number): number {
    while (this.heldBits < count) {
      this.held = (this.held << 8) | (this.bytes[this.at++] ?? 0)
      this.heldBits += 8
    }
    return (this.held >>> (this.heldBits - count)) & ((1 << count) - 1)
  }

  skip(count: number): void {
    this.heldBits -= count
    if (this.at - (this.heldBits >>> 3) > this.bytes.length) throw new Bunzip2Error('the file ends in the middle')
  }

  read(count: number): number {
    const value = this.peek(count)
    this.skip(count)
    return value
  }

  read32(): number {
    return ((this.read(16) << 16) | this.read(16)) >>> 0
  }

  alignToByte(): void {
    this.skip(this.heldBits & 7)
  }

  isAtEnd(): boolean {
    return this.at - (this.heldBits >>> 3) >= this.bytes.length
  }
}
