import { decodeUtf8 } from '../../base/utf8.ts'
import { err, ok, type Result } from '../../base/result.ts'

const MAGIC = 'SQLite format 3\0'
const INTERIOR_TABLE = 0x05
const LEAF_TABLE = 0x0d
const FILE_HEADER_BYTES = 100
/** Deeper trees of tables cannot be: a page has at least two children. */
const LIMIT_DEPTH = 40

/** Pages of a SQLite database by number, from 1; `null` for one that is not there. */
export interface SqlitePages {
  readonly pageBytes: number
  /** Bytes of each page that hold content; the rest is reserved for extensions. */
  readonly usableBytes: number
  /** Pages there are at most, and bytes that rows may claim together: no row can hold more than the file. */
  readonly pageCount: number
  page(number: number): Uint8Array | null
}

/** A row: its columns as they are stored. Only texts, blobs and small integers are read. */
export type SqliteValue = string | number | Uint8Array | null

/** The pages of a database file. (SQLite, "Database File Format", 1.3) */
export function sqlitePages(bytes: Uint8Array): Result<SqlitePages, string> {
  if (bytes.length < FILE_HEADER_BYTES || decodeUtf8(bytes.subarray(0, 16)) !== MAGIC) return err('not a SQLite file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = view.getUint16(16)
  const pageBytes = size === 1 ? 65_536 : size
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) return err(`pages of ${pageBytes} bytes`)
  const usableBytes = pageBytes - view.getUint8(20)
  if (usableBytes < 480) return err('less than 480 usable bytes a page')
  const encoding = view.getUint32(56)
  if (encoding > 1) return err('texts are not in UTF-8')
  const pageCount = Math.floor(bytes.length / pageBytes)
  return ok({
    pageBytes,
    usableBytes,
    pageCount,
    page: number =>
      number < 1 || number > pageCount ? null : bytes.subarray((number - 1) * pageBytes, number * pageBytes),
  })
}

/** Reads the rows of tables, each page once, however the pages point at each other. */
export class SqliteReader {
  readonly #pages: SqlitePages
  readonly #onProblem: (detail: string) => void
  readonly #used = new Set<number>()
  #budget: number

  constructor(pages: SqlitePages, onProblem: (detail: string) => void) {
    this.#pages = pages
    this.#onProblem = onProblem
    this.#budget = pages.pageCount * pages.pageBytes
  }

  /** Root page of a table, from the schema on page 1. (1.6 and 2.6 of the format) */
  rootOf(table: string): number | null {
    for (const [type, , name, root] of this.rows(1)) {
      if (type === 'table' && name === table && typeof root === 'number') return root
    }
    return null
  }

  /** Every row of the table, in the order of its row ids. */
  *rows(root: number): Generator<readonly SqliteValue[]> {
    const open: { readonly page: number; readonly depth: number }[] = [{ page: root, depth: 0 }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { page: number, depth } = next
      const page = this.#take(number)
      if (page === null || depth > LIMIT_DEPTH) {
        this.#onProblem(`page ${number} of a table is missing, or reached twice`)
        continue
      }
      const children = this.#children(number, page)
      if (children === null) yield* this.rowsOfLeaf(number, page)
      else for (const child of children.reverse()) open.push({ page: child, depth: depth + 1 })
    }
  }

  /** Rows of one page; none, and a problem, when it is no leaf of a table. */
  *rowsOfLeaf(number: number, page: Uint8Array): Generator<readonly SqliteValue[]> {
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
    const start = number === 1 ? FILE_HEADER_BYTES : 0
    const count = view.getUint16(start + 3)
    if (page[start] !== LEAF_TABLE || start + 8 + count * 2 > page.length) {
      this.#onProblem(`page ${number} is no page of a table`)
      return
    }
    for (let cell = 0; cell < count; cell++) {
      const payload = this.#payload(page, view.getUint16(start + 8 + cell * 2))
      const row = typeof payload === 'string' ? payload : rowOf(payload)
      if (typeof row === 'string') this.#onProblem(`row ${cell} of page ${number}: ${row}`)
      else yield row
    }
  }

  #take(number: number): Uint8Array | null {
    if (this.#used.has(number)) return null
    this.#used.add(number)
    return this.#pages.page(number)
  }

  /** Children of an interior page, in order; `null` for any other page. */
  #children(number: number, page: Uint8Array): number[] | null {
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
    const start = number === 1 ? FILE_HEADER_BYTES : 0
    if (page[start] !== INTERIOR_TABLE) return null
    const count = view.getUint16(start + 3)
    const children: number[] = []
    for (let cell = 0; cell < count; cell++) {
      const pointer = start + 12 + cell * 2
      const at = pointer + 2 <= page.length ? view.getUint16(pointer) : page.length
      if (at + 4 > page.length) {
        this.#onProblem(`cell ${cell} of page ${number} leads out of the page`)
        break
      }
      children.push(view.getUint32(at))
    }
    children.push(view.getUint32(start + 8))
    return children
  }

  /** What a cell of a leaf holds, with what spilled to overflow pages; a text says why it cannot be read. (1.6) */
  #payload(page: Uint8Array, at: number): Uint8Array | string {
    const length = varintAt(page, at)
    const rowId = length === null ? null : varintAt(page, length.end)
    if (length === null || rowId === null) return 'leads out of the page'
    const size = length.value
    const usable = this.#pages.usableBytes
    const most = usable - 35
    const least = Math.floor(((usable - 12) * 32) / 255) - 23
    const spilled = least + ((size - least) % (usable - 4))
    const local = size <= most ? size : spilled <= most ? spilled : least
    const localEnd = rowId.end + local
    if (localEnd > page.length) return 'leads out of the page'
    if (size > this.#budget) return `${size} bytes are more than the file has left for it`
    this.#budget -= size
    if (local === size) return page.subarray(rowId.end, localEnd)

    const payload = new Uint8Array(size)
    payload.set(page.subarray(rowId.end, localEnd))
    let next = uint32At(page, localEnd)
    for (let filled = local; filled < size;) {
      const overflow = next === null || next === 0 ? null : this.#take(next)
      if (overflow === null) return `its pages end or turn after ${filled} of ${size} bytes`
      const piece = overflow.subarray(4, Math.min(usable, 4 + size - filled))
      payload.set(piece, filled)
      filled += piece.length
      next = uint32At(overflow, 0)
    }
    return payload
  }
}

/** The columns of a record: serial types in its header, then the values. (2.1 of the format) */
function rowOf(payload: Uint8Array): readonly SqliteValue[] | string {
  const headerBytes = varintAt(payload, 0)
  if (headerBytes === null || headerBytes.value > payload.length) return 'a record that ends in its header'
  const row: SqliteValue[] = []
  let at = headerBytes.end
  let value = headerBytes.value
  while (at < headerBytes.value) {
    const type = varintAt(payload, at)
    if (type === null) return 'a record that ends in its header'
    at = type.end
    const length = lengthOf(type.value)
    if (value + length > payload.length) return 'a record that ends before its values'
    row.push(valueOf(type.value, payload.subarray(value, value + length)))
    value += length
  }
  return row
}

function lengthOf(serialType: number): number {
  if (serialType >= 12) return Math.floor((serialType - 12) / 2)
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][serialType] ?? 0
}

function valueOf(serialType: number, bytes: Uint8Array): SqliteValue {
  if (serialType >= 12) return serialType % 2 === 0 ? bytes : decodeUtf8(bytes)
  if (serialType >= 1 && serialType <= 4) return bytes.reduce((number, byte) => number * 256 + byte, 0)
  return serialType === 8 ? 0 : serialType === 9 ? 1 : null
}

/** A number of up to nine bytes, seven bits each, highest first; larger ones than a file can need are refused. */
function varintAt(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0
  for (let index = 0; index < 7; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return null
    value = value * 128 + (byte & 0x7f)
    if ((byte & 0x80) === 0) return { value, end: at + index + 1 }
  }
  return null
}

function uint32At(bytes: Uint8Array, at: number): number | null {
  if (at + 4 > bytes.length) return null
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)
}
