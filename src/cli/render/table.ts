import { plainText } from './plain-text.ts'

export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  /** Narrower than this, a column is not cut further; the last column takes what is left. */
  readonly minWidth?: number
  /** Wraps the finished (padded) cell in colour; only called when colour is on. */
  readonly paint?: (row: Row, cell: string) => string
}

export interface TableOptions {
  /** Columns of the terminal; `null` when the output is not one: then nothing is cut. */
  readonly width: number | null
  readonly colour: boolean
}

const GAP = '  '

/** A table as lines of text, cells cut with `…` where the terminal is too narrow. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): string[] {
  const cells = rows.map(row => columns.map(column => plainText(column.text(row))))
  const widths = fit(
    columns.map((column, index) =>
      Math.max(column.title.length, ...cells.map(line => charactersOf(line[index] ?? '').length)),
    ),
    columns.map(column => Math.max(column.minWidth ?? 6, 1)),
    options.width,
  )
  const head = columns.map((column, index) => pad(column.title, widths[index] ?? 0)).join(GAP)
  const body = cells.map((line, rowIndex) =>
    columns
      .map((column, index) => {
        const cell = pad(line[index] ?? '', widths[index] ?? 0)
        const row = rows[rowIndex]
        return options.colour && column.paint !== undefined && row !== undefined ? column.paint(row, cell) : cell
      })
      .join(GAP)
      .trimEnd(),
  )
  return [head.trimEnd(), ...body]
}

/** Shrinks the widest column first until the line fits, never below its minimum. */
function fit(wanted: readonly number[], minimums: readonly number[], lineWidth: number | null): readonly number[] {
  const widths = [...wanted]
  if (lineWidth === null) return widths
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - lineWidth
  while (excess > 0) {
    let widest = -1
    for (const [index, width] of widths.entries()) {
      if (width > (minimums[index] ?? 1) && (widest === -1 || width > (widths[widest] ?? 0))) widest = index
    }
    if (widest === -1) return widths
    widths[widest] = (widths[widest] ?? 1) - 1
    excess -= 1
  }
  return widths
}

function pad(text: string, width: number): string {
  const characters = charactersOf(text)
  if (characters.length <= width) return text + ' '.repeat(width - characters.length)
  return `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

/** Code points, which is near enough to terminal columns for names and versions. */
function charactersOf(text: string): string[] {
  return Array.from(text)
}
