/** One row of `modified_id.csv`: a record, and when it was last changed, in milliseconds since 1970. */
export interface ListedRecord {
  readonly id: string
  readonly modified: number
}

/** How far the list of changes has been followed. Nothing here rests on a clock: rows may be dated in the future. */
export interface Followed {
  /** Records that the part had. */
  readonly rows: number
  /** Rows up to this time have been seen, all of them. */
  readonly mark: number
  /** The rows above the mark that have been seen: the newest hundred. */
  readonly above: ReadonlyMap<string, number>
  /** How new the list was, but for a few rows of the future. */
  readonly pace: number
}

/** Newest rows that are compared one by one, so that neither a row that comes late nor one of the future hides others. */
const COMPARED = 100
/** Rows that may lie in the future before the list's pace is no longer to be trusted; two of 7,089 do. (PyPI, 2026) */
const FUTURE_ROWS = 10

/** What `modified_id.csv` lists, as it stands; `null` when a line is not one of its rows. */
export function readChangeList(bytes: Uint8Array, limitRows: number): readonly ListedRecord[] | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows: ListedRecord[] = []
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf(0x0a, start)
    const end = newline < 0 ? text.length : newline
    const line = text.toString('latin1', start, Math.min(end, start + LINE_CHARACTERS)).trimEnd()
    start = end + 1
    if (line === '') continue
    const comma = line.indexOf(',')
    const modified = Date.parse(line.slice(0, comma))
    const id = line.slice(comma + 1)
    if (comma < 0 || Number.isNaN(modified) || !RECORD_ID.test(id) || rows.length >= limitRows) return null
    rows.push({ id, modified })
  }
  return rows
}

const LINE_CHARACTERS = 400
/** Ids become names of files. (OSV schema: `<database>-<entry>`) */
const RECORD_ID = /^[A-Za-z0-9][A-Za-z0-9._:+-]{0,199}$/

/** What is known to have been seen once every one of these records has been read. */
export function followed(records: readonly ListedRecord[]): Followed {
  const newest = newestOf(records, COMPARED + 1)
  const mark = newest.length > COMPARED ? (newest.at(-1)?.modified ?? 0) : 0
  const above = new Map<string, number>()
  for (const { id, modified } of newest) if (modified > mark) above.set(id, modified)
  const pace = newest[Math.min(FUTURE_ROWS, newest.length - 1)]?.modified ?? 0
  return { rows: records.length, mark, above, pace }
}

/** The newest, newest first, without sorting hundreds of thousands: upstream's order is nearly right already. */
function newestOf(records: readonly ListedRecord[], count: number): readonly ListedRecord[] {
  let newest: ListedRecord[] = []
  let least = -Infinity
  for (const record of records) {
    if (newest.length >= count && record.modified <= least) continue
    newest.push(record)
    if (newest.length < count * 2) continue
    newest = newest.sort(newestFirst).slice(0, count)
    least = newest.at(-1)?.modified ?? -Infinity
  }
  return newest.sort(newestFirst).slice(0, count)
}

function newestFirst(a: ListedRecord, b: ListedRecord): number {
  return b.modified - a.modified || (a.id < b.id ? -1 : 1)
}

/** Largest share of a part, and most records, that are fetched one by one: beyond, its archive is cheaper. */
const FETCHED_SHARE = 0.1
const FETCHED_LEAST = 20
const FETCHED_MOST = 500

/** Time that the list may move on before the whole is loaded again: what went unseen till then is seen now. */
const WHOLE_EVERY_MS = 24 * 60 * 60 * 1000

/**
 * Rows that came or changed since; `whole` when there are too many, or when the list says that a record was removed or
 * came in late below the mark: its rows are then fewer, or more by others than those. A record that was removed while
 * another came is seen at the next whole load, at most a day of changes later. Pure.
 */
export function changesSince(
  held: Followed & { readonly wholePace: number },
  rows: readonly ListedRecord[],
): readonly ListedRecord[] | 'whole' {
  const changed = rows.filter(row => row.modified > held.mark && held.above.get(row.id) !== row.modified)
  const isRemoved = rows.length < held.rows
  const isLate = rows.length > held.rows + changed.length
  if (isRemoved || isLate) return 'whole'
  const most = Math.min(FETCHED_MOST, Math.max(FETCHED_LEAST, rows.length * FETCHED_SHARE))
  if (changed.length > most) return 'whole'
  return followed(rows).pace - held.wholePace > WHOLE_EVERY_MS ? 'whole' : changed
}
