/** Random numbers that can be had again: the same seed gives the same inputs on every machine. (mulberry32) */
export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** A whole number, `0 <= n < below`. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  pick<T>(from: readonly T[]): T {
    const one = from[this.below(from.length)]
    if (one === undefined) throw new Error('nothing to pick from')
    return one
  }
}

/** No input grows beyond this: the time that an input may take is bounded by its size, so small ones say as much. */
const MOST_BYTES = 1024 * 1024

const encoder = new TextEncoder()

/** What parsers trip over: ends of numbers, depth, names of prototypes, entities, escapes, lone surrogates, markers of formats. */
const TOKENS: readonly Uint8Array[] = [
  '{', '}', '[', ']', '"', "'", ',', ':', '<', '>', '</', '/>', '<!--', '<!DOCTYPE a [<!ENTITY b "c">]>', '&b;', '&#0;', '&#x110000;',
  '\0', '\n', '\r\n', '\n\n', '\t', ' ', '\\', '\\u0000', '\\ud800', '\ufeff', '%00', '%', '../', '/', '//', '-', '--', '---', '+', '~', '^', '.', '_',
  '0', '-1', '1e999', '-0', 'NaN', 'null', 'true', '18446744073709551616', '4294967295', '2147483648', '9'.repeat(400), '0'.repeat(400),
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '"__proto__":{"a":1}', '{"a":', '[['.repeat(50), '<a>'.repeat(50),
  'a'.repeat(5_000), ' '.repeat(5_000), '\n'.repeat(2_000), '- '.repeat(2_000), '1.'.repeat(2_000), '('.repeat(500), '\u{1f4a9}', '\u202e', '\u001b[2J',
  'CVE-2021-44228', 'CVE-2021-99999999999999', 'pkg:deb/debian/a@1', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', '2021-01-01T00:00:00Z', '+275761-01-01T00:00:00Z',
].map(text => encoder.encode(text)) // prettier-ignore

const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0xc0, 0xed, 0x0a, 0x22]

/** Some other input made of a known one; now and then the known one itself, cut short. */
export function mutate(seed: Uint8Array, others: readonly Uint8Array[], dice: Dice): Uint8Array {
  let bytes = seed
  for (let step = 1 + dice.below(6); step > 0; step--) bytes = mutateOnce(bytes, others, dice)
  return bytes.length > MOST_BYTES ? bytes.subarray(0, MOST_BYTES) : bytes
}

function mutateOnce(bytes: Uint8Array, others: readonly Uint8Array[], dice: Dice): Uint8Array {
  const at = dice.below(bytes.length + 1)
  const end = at + dice.below(bytes.length - at + 1)
  switch (dice.below(9)) {
    case 0:
      return withByte(bytes, at, dice.pick(BYTES))
    case 1:
      return withByte(bytes, at, dice.below(256))
    case 2:
      return joined(bytes.subarray(0, at), dice.pick(TOKENS), bytes.subarray(at))
    case 3:
      return joined(bytes.subarray(0, at), dice.pick(TOKENS), bytes.subarray(end))
    case 4:
      return bytes.slice(0, at)
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(end))
    case 6:
      return repeated(bytes, at, end, dice)
    case 7: {
      const other = dice.pick(others)
      const from = dice.below(other.length + 1)
      return joined(bytes.subarray(0, at), other.subarray(from, from + dice.below(4096)), bytes.subarray(end))
    }
    default:
      return withNumber(bytes, at, dice)
  }
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice()
  if (at < changed.length) changed[at] = value
  return changed
}

/** Sizes and offsets of binary formats are four bytes long: an extreme one where one may be. */
function withNumber(bytes: Uint8Array, at: number, dice: Dice): Uint8Array {
  if (bytes.length < 4) return withByte(bytes, at, dice.below(256))
  const changed = bytes.slice()
  const view = new DataView(changed.buffer)
  const number = dice.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, bytes.length, bytes.length - 1])
  view.setUint32(Math.min(at, bytes.length - 4), number, dice.below(2) === 0)
  return changed
}

/** What takes time that grows with the square of a count shows when something stands there a thousand times. */
function repeated(bytes: Uint8Array, at: number, end: number, dice: Dice): Uint8Array {
  const piece = bytes.subarray(at, Math.min(end, at + 2048))
  if (piece.length === 0) return bytes
  const times = Math.min(1 + dice.below(2_000), Math.floor(MOST_BYTES / piece.length))
  const pieces = Array.from({ length: times }, () => piece)
  return joined(bytes.subarray(0, at), ...pieces, bytes.subarray(at))
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
