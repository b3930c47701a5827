/** A part of an executable to build, loaded at an address. */
export interface ExecutablePart {
  /** At most 7 characters. */
  readonly name: string
  readonly address: number
  readonly content: Uint8Array
  readonly isWritable?: boolean
  readonly isExecutable?: boolean
}

/** Least bytes of an executable that is looked at. */
const LEAST_BYTES = 4096

/** An ELF file of 64 bits with a segment and a section for each part, and the list of sections at its end. */
export function elfOf(parts: readonly ExecutablePart[]): Buffer {
  const head = Buffer.alloc(64 + parts.length * 56)
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(2, 16)
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(parts.length, 56)
  const placed = placedFrom(Math.max(head.length, LEAST_BYTES), parts)
  for (const [index, { address, offset, content, isWritable, isExecutable }] of placed.entries()) {
    const at = 64 + index * 56
    head.writeUInt32LE(1, at)
    head.writeUInt32LE(4 | (isWritable === true ? 2 : 0) | (isExecutable === true ? 1 : 0), at + 4)
    head.writeBigUInt64LE(BigInt(offset), at + 8)
    head.writeBigUInt64LE(BigInt(address), at + 16)
    head.writeBigUInt64LE(BigInt(content.length), at + 32)
  }
  const names = Buffer.from(`\0${placed.map(({ name }) => `${name}\0`).join('')}.names\0`)
  const namesOffset = placed.at(-1)?.end ?? LEAST_BYTES
  const sections = [...placed, { name: '.names', address: 0, offset: namesOffset, content: names }]
  const table = Buffer.alloc(64 * sections.length)
  for (const [index, { name, address, offset, content }] of sections.entries()) {
    table.writeUInt32LE(names.indexOf(`\0${name}\0`) + 1, index * 64)
    table.writeBigUInt64LE(BigInt(address), index * 64 + 16)
    table.writeBigUInt64LE(BigInt(offset), index * 64 + 24)
    table.writeBigUInt64LE(BigInt(content.length), index * 64 + 32)
  }
  head.writeBigUInt64LE(BigInt(namesOffset + names.length), 40)
  head.writeUInt16LE(64, 58)
  head.writeUInt16LE(sections.length, 60)
  head.writeUInt16LE(sections.length - 1, 62)
  return assembled(head, placed, [names, table])
}

/** A Windows program of 64 bits with a section for each part. */
export function peOf(parts: readonly ExecutablePart[]): Buffer {
  const head = Buffer.alloc(0x80 + 24 + 240 + parts.length * 40)
  head.write('MZ', 'latin1')
  head.writeUInt32LE(0x80, 0x3c)
  head.write('PE\0\0', 0x80, 'latin1')
  head.writeUInt16LE(parts.length, 0x86)
  head.writeUInt16LE(240, 0x94)
  head.writeUInt16LE(0x20b, 0x98)
  const placed = placedFrom(Math.max(head.length, LEAST_BYTES), parts)
  for (const [index, { name, address, offset, content, isWritable, isExecutable }] of placed.entries()) {
    const at = 0x80 + 24 + 240 + index * 40
    head.write(name, at, 8, 'latin1')
    head.writeUInt32LE(content.length, at + 8)
    head.writeUInt32LE(address, at + 12)
    head.writeUInt32LE(content.length, at + 16)
    head.writeUInt32LE(offset, at + 20)
    head.writeUInt32LE(
      (0x40000040 | (isWritable === true ? 0x80000000 : 0) | (isExecutable === true ? 0x20000000 : 0)) >>> 0,
      at + 36,
    )
  }
  return assembled(head, placed, [])
}

/** A program for macOS of 64 bits with a segment and a section for each part. */
export function machOOf(parts: readonly ExecutablePart[]): Buffer {
  const head = Buffer.alloc(32 + parts.length * 152)
  head.writeUInt32LE(0xfeedfacf, 0)
  head.writeUInt32LE(parts.length, 16)
  const placed = placedFrom(Math.max(head.length, LEAST_BYTES), parts)
  for (const [index, { name, address, offset, content, isWritable, isExecutable }] of placed.entries()) {
    const at = 32 + index * 152
    head.writeUInt32LE(0x19, at)
    head.writeUInt32LE(152, at + 4)
    head.writeBigUInt64LE(BigInt(address), at + 24)
    head.writeBigUInt64LE(BigInt(offset), at + 40)
    head.writeBigUInt64LE(BigInt(content.length), at + 48)
    head.writeUInt32LE(1 | (isWritable === true ? 2 : 0) | (isExecutable === true ? 4 : 0), at + 60)
    head.writeUInt32LE(1, at + 64)
    head.write(name, at + 72, 16, 'latin1')
    head.writeBigUInt64LE(BigInt(address), at + 104)
    head.writeBigUInt64LE(BigInt(content.length), at + 112)
    head.writeUInt32LE(offset, at + 120)
  }
  return assembled(head, placed, [])
}

/** Build information of Go, as the linker writes it since Go 1.18. */
export function goBuildInfo(version: string, modules: string): Buffer {
  const framed = modules === '' ? '' : `${'<'.repeat(16)}${modules}${'>'.repeat(16)}`
  const counted = [version, framed].flatMap(text => [lengthOf(Buffer.byteLength(text)), Buffer.from(text)])
  const header = Buffer.alloc(32)
  header.write('\xff Go buildinf:\x08\x02', 'latin1')
  return Buffer.concat([header, ...counted])
}

function lengthOf(length: number): Buffer {
  const bytes: number[] = []
  for (let rest = length; ; rest >>>= 7) {
    bytes.push(rest < 128 ? rest : (rest & 127) | 128)
    if (rest < 128) return Buffer.from(bytes)
  }
}

type PlacedPart = ExecutablePart & { readonly offset: number; readonly end: number }

function placedFrom(start: number, parts: readonly ExecutablePart[]): readonly PlacedPart[] {
  let offset = start
  return parts.map(part => {
    const placed = { ...part, offset, end: offset + part.content.length }
    offset = Math.ceil(placed.end / 16) * 16
    return placed
  })
}

function assembled(head: Buffer, placed: readonly PlacedPart[], rest: readonly Buffer[]): Buffer {
  const end = placed.at(-1)?.end ?? LEAST_BYTES
  const whole = Buffer.alloc(Math.max(end, LEAST_BYTES))
  head.copy(whole)
  for (const { offset, content } of placed) whole.set(content, offset)
  return Buffer.concat([whole, ...rest])
}
