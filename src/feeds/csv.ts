/** Bounds on a table that is read row by row. */
export interface CsvLimits {
  readonly rows: number
  /** Longest row, in characters. */
  readonly rowCharacters: number
  readonly columns: number
}

/** The text is no table: a quote does not end, text stands behind one, or a bound is passed. */
export class CsvError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CsvError'
  }
}

/**
 * The rows of a comma-separated table, its head included; lines end as on Unix or as on Windows, and fields in quotes may
 * hold commas, ends of lines and doubled quotes. Empty lines are passed over. (RFC 4180)
 */
export function* csvRows(text: string, limits: CsvLimits): Generator<readonly string[]> {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let count = 0
  while (at < text.length) {
    const row = readRow(text, at, limits)
    at = row.end
    if (row.fields.length === 1 && row.fields[0] === '') continue
    count++
    if (count > limits.rows) throw new CsvError(`it has more than ${limits.rows} rows`)
    yield row.fields
  }
}

function readRow(text: string, from: number, limits: CsvLimits): { readonly fields: string[]; readonly end: number } {
  const fields: string[] = []
  let at = from
  for (;;) {
    const isQuoted = text.charCodeAt(at) === QUOTE
    const field = isQuoted ? quotedField(text, at, limits) : plainField(text, at)
    if (field.end - from > limits.rowCharacters) {
      throw new CsvError(`a row of it is longer than ${limits.rowCharacters} characters`)
    }
    fields.push(field.value)
    if (fields.length > limits.columns) throw new CsvError(`a row of it has more than ${limits.columns} columns`)
    at = field.end
    if (at >= text.length) return { fields, end: at }
    switch (text.charCodeAt(at)) {
      case COMMA:
        at++
        break
      case LINE_FEED:
        return { fields, end: at + 1 }
      case CARRIAGE_RETURN:
        if (text.charCodeAt(at + 1) === LINE_FEED) return { fields, end: at + 2 }
        throw new CsvError('text stands behind the closing quote of a field')
      default:
        throw new CsvError('text stands behind the closing quote of a field')
    }
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

function plainField(text: string, from: number): { readonly value: string; readonly end: number } {
  let end = from
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === COMMA || code === LINE_FEED) break
    if (code === CARRIAGE_RETURN && text.charCodeAt(end + 1) === LINE_FEED) break
  }
  return { value: text.slice(from, end), end }
}

function quotedField(text: string, from: number, limits: CsvLimits): { readonly value: string; readonly end: number } {
  const pieces: string[] = []
  let start = from + 1
  for (;;) {
    const end = text.indexOf('"', start)
    if (end < 0) throw new CsvError('a quote in it does not end')
    if (end - from > limits.rowCharacters) {
      throw new CsvError(`a row of it is longer than ${limits.rowCharacters} characters`)
    }
    pieces.push(text.slice(start, end))
    if (text.charCodeAt(end + 1) !== QUOTE) return { value: pieces.join('"'), end: end + 1 }
    start = end + 2
  }
}
