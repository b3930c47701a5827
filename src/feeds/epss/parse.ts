import { parseInstant } from '../../base/clock.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { VulnerabilityId } from '../../domain/ids.ts'
import { EPSS_UNITS, type EpssTable } from '../../domain/signal.ts'
import { SkipCounter } from '../skip-counter.ts'
import type { FeedPart } from '../feed.ts'

/** The file is not a table of EPSS scores, so that none of its lines can be believed. */
export class EpssError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'EpssError'
  }
}

/** A CVE has one line; there were 360,142 in August 2026, 326,000 in April. (observed) */
const LINES = 5_000_000
/** The longest line that can be meant, `CVE-2026-123456789012,0.123456789,0.123456789`, has 48 characters. */
const LINE_CHARACTERS = 100

const FIRST_LINE = /^#model_version:([^,]{1,40}),score_date:([0-9]{4}-[0-9]{2}-[0-9]{2}[^,\s]{0,30})\s*$/
const SECOND_LINE = /^cve,epss,percentile\s*$/
const LINE = /^(CVE-[0-9]{4}-[0-9]{4,12}),([0-9.eE+-]{1,30}),([0-9.eE+-]{1,30})$/

/**
 * Reads `#model_version:…,score_date:…`, then `cve,epss,percentile`, then a line for each CVE. (first.org/epss/data_stats)
 * Throws `EpssError` for anything else; a bad line costs itself.
 */
export class EpssReader {
  private readonly skips = new SkipCounter()
  private readonly seen = new Set<string>()
  private readonly ids: VulnerabilityId[] = []
  private readonly scores: number[] = []
  private readonly percentiles: number[] = []
  private lineCount = 0
  private date: EpssTable['date'] | null = null

  read(line: string): void {
    this.lineCount++
    if (this.lineCount === 1) this.date = dateOf(line)
    else if (this.lineCount === 2) {
      if (!SECOND_LINE.test(line)) throw new EpssError('its columns are not cve, epss, percentile')
    } else if (this.lineCount > LINES) throw new EpssError(`it has more than ${LINES} lines`)
    else this.readScore(line.endsWith('\r') ? line.slice(0, -1) : line)
  }

  part(): Pick<FeedPart, 'recordCount' | 'skipped' | 'newestModified'> & { readonly epss: EpssTable } {
    if (this.date === null) throw new EpssError('it is empty')
    if (this.lineCount < 2) throw new EpssError('it ends before its columns')
    return {
      recordCount: this.lineCount - 2,
      skipped: this.skips.list(),
      newestModified: this.date,
      epss: sorted({ date: this.date, ids: this.ids, scores: this.scores, percentiles: this.percentiles }),
    }
  }

  private readScore(line: string): void {
    const [, id, scoreText, percentileText] = (line.length <= LINE_CHARACTERS ? LINE.exec(line) : null) ?? []
    if (id === undefined) {
      this.skips.add('not-a-score', line.slice(0, LINE_CHARACTERS))
      return
    }
    const score = unitsOf(scoreText)
    const percentile = unitsOf(percentileText)
    if (score === null || percentile === null) this.skips.add('not-a-share', id)
    else if (this.seen.has(id)) this.skips.add('duplicate-id', id)
    else {
      this.seen.add(id)
      this.ids.push(vulnerabilityId(id))
      this.scores.push(score)
      this.percentiles.push(percentile)
    }
  }
}

/** By code point, so that equal tables are equal bytes, and rows are stored in the order of their key. */
function sorted(table: {
  readonly date: EpssTable['date']
  readonly ids: readonly VulnerabilityId[]
  readonly scores: readonly number[]
  readonly percentiles: readonly number[]
}): EpssTable {
  const { date, ids } = table
  const column = (values: readonly number[], order: readonly number[]) => Uint32Array.from(order, at => values[at] ?? 0)
  const order = ids.map((_, at) => at)
  const isInOrder = ids.every((id, at) => at === 0 || (ids[at - 1] ?? '') < id)
  if (!isInOrder) order.sort((a, b) => ((ids[a] ?? '') < (ids[b] ?? '') ? -1 : 1))
  return {
    date,
    ids: isInOrder ? ids : order.flatMap(at => ids[at] ?? []),
    scores: column(table.scores, order),
    percentiles: column(table.percentiles, order),
  }
}

function dateOf(line: string): EpssTable['date'] {
  const text = FIRST_LINE.exec(line)?.[2]
  // `+0000` is what the file says; RFC 3339 wants `+00:00`.
  const date = text === undefined ? null : parseInstant(text.replace(/\+0000$/, 'Z'))
  if (date === null) throw new EpssError('its first line names no model and no day')
  return date
}

/** A share of one, in units; `null` when it is none. */
function unitsOf(text: string | undefined): number | null {
  const value = Number(text)
  return value >= 0 && value <= 1 ? Math.round(value * EPSS_UNITS) : null
}
