import { formatInstant, instant, type Instant } from '../../base/clock.ts'
import type { FeedApi } from '../feed.ts'
import { JsonListError, jsonListElements } from '../json-list.ts'
import { LIST_LIMITS, readElement, RecordReader, type ReadElement } from './record-reader.ts'

const DAY_MS = 24 * 60 * 60_000

/** Longest time between the two ends of a question. (nvd.nist.gov/developers/vulnerabilities, `lastModStartDate`) */
const REACH_MS = 120 * DAY_MS

/** Largest page that is answered. (same page, `resultsPerPage`) */
const PAGE = 2_000

/** Above this the yearly files are cheaper than pages six seconds apart: two minutes of them. */
const MOST_CHANGES = 40_000

/** Ten times the largest page seen. (observed: 2,000 records of 2022, 12 MB) */
const PAGE_LIMIT_BYTES = 128 * 1024 * 1024

/** How often a list that changes while it is read is begun anew. */
const ATTEMPTS = 2

/** What NVD changed between two times, by the part that holds it. */
export interface Modified {
  readonly from: Instant
  readonly to: Instant
  readonly byPart: Map<string, RecordReader>
  /** Parts that have had their share. */
  readonly taken: Set<string>
}

/**
 * All records that were changed since `from`; `too-many` when that is too long ago, so that the files are cheaper;
 * `failed` when the interface does not answer as it should.
 */
export async function readModified(
  api: FeedApi,
  from: Instant,
  partOf: (cveId: string) => string,
): Promise<Modified | 'too-many' | 'failed'> {
  const to = api.now()
  if (to <= from) return 'failed'
  if (to - from > REACH_MS) return 'too-many'
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const read = await readPages(api, from, to)
    if (read === 'failed' || read === 'too-many') return read
    if (read === 'moved') continue
    const byPart = new Map<string, RecordReader>()
    for (const element of read) {
      const id = element.is === 'record' ? element.advisory.id : element.name
      if (id === null) continue
      const part = partOf(id)
      const reader = byPart.get(part) ?? new RecordReader()
      byPart.set(part, reader)
      reader.add(element)
    }
    return { from, to, byPart, taken: new Set() }
  }
  return 'failed'
}

/** `moved`: records left the list while it was read, because they were changed again, so that others slipped by. */
async function readPages(
  api: FeedApi,
  from: Instant,
  to: Instant,
): Promise<readonly ReadElement[] | 'failed' | 'too-many' | 'moved'> {
  const read: ReadElement[] = []
  let total: number | null = null
  while (total === null || read.length < total) {
    const answer = await api.ask(
      {
        lastModStartDate: formatInstant(from),
        lastModEndDate: formatInstant(to),
        resultsPerPage: String(PAGE),
        startIndex: String(read.length),
      },
      PAGE_LIMIT_BYTES,
    )
    if (!answer.ok) return 'failed'
    const told = totalOf(answer.value)
    if (told === null) return 'failed'
    if (told > MOST_CHANGES) return 'too-many'
    if (total !== null && told !== total) return 'moved'
    total = told
    const before = read.length
    try {
      for (const element of jsonListElements(answer.value, 'vulnerabilities', LIST_LIMITS)) {
        read.push(readElement(element))
        if (read.length > total) return 'moved'
      }
    } catch (error) {
      if (!(error instanceof JsonListError)) throw error
      return 'failed'
    }
    if (read.length === before && read.length < total) return 'moved'
  }
  const ids = new Set(read.flatMap(element => (element.is === 'record' ? [element.advisory.id] : [])))
  const refused = read.filter(element => element.is === 'refused').length
  return ids.size + refused === total ? read : 'moved'
}

/** `totalResults` stands before the list. (same page, response schema) */
function totalOf(bytes: Uint8Array): number | null {
  const head = Buffer.from(bytes.subarray(0, 2_000)).toString('latin1')
  const total = /^[^[]*"totalResults"\s*:\s*([0-9]{1,9})\b/.exec(head)?.[1]
  return total === undefined ? null : Number(total)
}

/** What is asked for again at the next question, because records show up some time after the time that they bear. */
const LAG_MS = 60 * 60_000

/** NVD asks not to be asked more often. (nvd.nist.gov/developers/start-here, best practices) */
const PAUSE_MS = 2 * 60 * 60_000

/** Up to when a part is as NVD has it after a question that reached to `to`. */
export function asOfQuestion(to: Instant): Instant {
  return instant(to - LAG_MS)
}

/** Whether a part was asked about so lately that nobody need be asked again. */
export function isFresh(asOf: Instant, now: Instant): boolean {
  return now - asOf < PAUSE_MS + LAG_MS
}

/**
 * Up to when a year's file is complete that was made at `madeAt`: it is made once a day, from data that may be as old.
 * (nvd.nist.gov/vuln/data-feeds; the margin is inferred)
 */
export function asOfFile(madeAt: Instant): Instant {
  return instant(madeAt - DAY_MS)
}
