import { utf8TextOf } from './utf8.ts'

export const TAR_BLOCK_BYTES = 512

/** What is wrong with an archive. `limit` names what was passed. */
export type TarProblem =
  | { readonly is: 'malformed'; readonly detail: string }
  | { readonly is: 'limit-exceeded'; readonly limit: 'headerBytes' | 'entries'; readonly detail: string }

/** Makes the error that the reader throws: each caller has its own, which names the archive. */
export type TarFailure = (problem: TarProblem) => Error

/** What one 512-byte header says, before extended headers override it. (POSIX ustar, GNU tar, Go archive/tar) */
export interface TarHeader {
  readonly name: string
  readonly linkName: string
  readonly typeFlag: string
  /** Permission bits, `0o755`; 0 where the field is unreadable. */
  readonly mode: number
  /** Bytes that follow; zero for types that have no body, whatever the field says, as container runtimes read it. */
  readonly sizeBytes: number
  /** Whether old GNU sparse map blocks follow the header. */
  readonly hasSparseBlocks: boolean
}

const NAME = [0, 100] as const
const MODE = [100, 108] as const
const SIZE = [124, 136] as const
const CHECKSUM = [148, 156] as const
const TYPE_FLAG = 156
const LINK_NAME = [157, 257] as const
const MAGIC = [257, 265] as const
const PREFIX_START = 345
const PREFIX_END = 500
const STAR_PREFIX_END = 476
const STAR_TRAILER = [508, 512] as const
const GNU_SPARSE_IS_EXTENDED = 482
/** Hard link, symbolic link, devices, directory, FIFO. */
const WITHOUT_BODY = '123456'

/** Reads a header block; `null` for a block of zeros. Fails on a wrong checksum or an unreadable size. */
export function parseTarHeader(block: Uint8Array, fail: TarFailure): TarHeader | null {
  const checksum = checksumsOf(block)
  if (checksum.unsigned === 0) return null
  const expected = parseNumber(block, CHECKSUM[0], CHECKSUM[1])
  if (expected === null || (expected !== checksum.asWritten && expected !== checksum.asWrittenSigned)) {
    throw fail({ is: 'malformed', detail: 'a tar header has a wrong checksum' })
  }
  const typeFlag = String.fromCharCode(block[TYPE_FLAG] ?? 0)
  const size = parseNumber(block, SIZE[0], SIZE[1])
  const hasBody = !WITHOUT_BODY.includes(typeFlag)
  if (size === null && hasBody) throw fail({ is: 'malformed', detail: 'a tar header has an unreadable size' })
  return {
    name: fullName(block),
    linkName: text(block, LINK_NAME[0], LINK_NAME[1]),
    typeFlag,
    mode: (parseNumber(block, MODE[0], MODE[1]) ?? 0) & 0o7777,
    sizeBytes: hasBody ? (size ?? 0) : 0,
    hasSparseBlocks: typeFlag === 'S' && block[GNU_SPARSE_IS_EXTENDED] === 1,
  }
}

function fullName(block: Uint8Array): string {
  const name = text(block, NAME[0], NAME[1])
  if (latin1(block, MAGIC[0], MAGIC[0] + 6) !== 'ustar\0') return name
  const isStar = latin1(block, STAR_TRAILER[0], STAR_TRAILER[1]) === 'tar\0'
  const prefix = text(block, PREFIX_START, isStar ? STAR_PREFIX_END : PREFIX_END)
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Sums over the block with the checksum field taken as spaces: as POSIX has it, and as old tars with signed bytes. */
function checksumsOf(block: Uint8Array): { unsigned: number; asWritten: number; asWrittenSigned: number } {
  let unsigned = 0
  let high = 0
  for (let at = 0; at < TAR_BLOCK_BYTES; at += 1) {
    const byte = block[at] ?? 0
    unsigned += byte
    if (byte > 127) high += 1
  }
  let field = 0
  for (let at = CHECKSUM[0]; at < CHECKSUM[1]; at += 1) {
    const byte = block[at] ?? 0
    field += byte
    if (byte > 127) high -= 1
  }
  const asWritten = unsigned - field + 8 * 32
  return { unsigned, asWritten, asWrittenSigned: asWritten - 256 * high }
}

/** Octal text, or base-256 when the first bit is set (GNU, for sizes from 8 GiB); `null` when neither, or negative. */
function parseNumber(block: Uint8Array, start: number, end: number): number | null {
  const first = block[start] ?? 0
  if ((first & 0x80) !== 0) {
    if (first === 0xff) return null
    let value = first & 0x7f
    for (let at = start + 1; at < end; at += 1) {
      value = value * 256 + (block[at] ?? 0)
      if (value > Number.MAX_SAFE_INTEGER) return null
    }
    return value
  }
  const digits = latin1(block, start, end).replace(/^[ \0]+/, '').replace(/[ \0].*$/s, '') // prettier-ignore
  if (digits === '') return 0
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : null
}

function text(block: Uint8Array, start: number, end: number): string {
  const nul = block.indexOf(0, start)
  return utf8TextOf(block.subarray(start, nul === -1 || nul > end ? end : nul))
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}

/** The members of a PAX extended header that change where a body ends or where a file lies. (POSIX pax, section 4.1) */
export interface PaxRecords {
  readonly path: string | null
  readonly linkPath: string | null
  readonly sizeBytes: number | null
  readonly isSparse: boolean
}

/** Reads `<length> <key>=<value>\n` records; later records win. Fails on anything else, as container runtimes do. */
export function parsePax(body: Uint8Array, fail: TarFailure): PaxRecords {
  let path: string | null = null
  let sparseName: string | null = null
  let linkPath: string | null = null
  let sizeBytes: number | null = null
  let isSparse = false
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at)
    const digits = space === -1 || space - at > 10 ? '' : latin1(body, at, space)
    const end = at + (/^[1-9][0-9]*$/.test(digits) ? Number(digits) : 0)
    const equals = body.indexOf(0x3d, space + 1)
    if (end <= space || end > body.length || equals === -1 || equals >= end || body[end - 1] !== 0x0a) {
      throw fail({ is: 'malformed', detail: 'a PAX header has an unreadable record' })
    }
    const key = latin1(body, space + 1, equals)
    const value = utf8TextOf(body.subarray(equals + 1, end - 1))
    if (key === 'path') path = paxPath(value, fail)
    else if (key === 'linkpath') linkPath = paxPath(value, fail)
    else if (key === 'GNU.sparse.name') sparseName = paxPath(value, fail)
    else if (key === 'size') sizeBytes = paxSize(value, fail)
    if (key.startsWith('GNU.sparse.')) isSparse = true
    at = end
  }
  return { path: sparseName ?? path, linkPath, sizeBytes, isSparse }
}

/** An empty value takes the record back. */
function paxPath(value: string, fail: TarFailure): string | null {
  if (value.includes('\0')) throw fail({ is: 'malformed', detail: 'a PAX header has a path with a NUL in it' })
  return value === '' ? null : value
}

function paxSize(value: string, fail: TarFailure): number | null {
  if (value === '') return null
  const size = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(size)) throw fail({ is: 'malformed', detail: 'a PAX header has an unreadable size' })
  return size
}
