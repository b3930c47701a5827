import { parseInstant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Advisory, ReportedSeverity } from '../../domain/advisory.ts'
import { parseCvss } from '../../domain/cvss.ts'
import { NvdRecordError, readNvdRecord } from './schema.ts'
import type { NvdMetric, NvdRecord, NvdRefusal } from './schema.ts'

export const NVD_FEED = 'nvd'

export type NvdDrop = NvdRefusal | 'time-unreadable'

/** Why a score of a record was left out, while the record counts. */
export type NvdScoreDrop = 'score-unreadable' | 'score-of-nobody'

export interface ParsedNvdRecord {
  readonly advisory: Advisory
  readonly droppedScores: readonly NvdScoreDrop[]
}

export interface RefusedNvdRecord {
  readonly reason: NvdDrop
  /** What was wrong where. Holds no text of the record. */
  readonly detail: string
}

/** NVD's own analysts; every other source of a score is somebody whose score NVD passes on. */
const NVD_SOURCE = 'nvd@nist.gov'

/** Sources that are known by a UUID only. (`services.nvd.nist.gov/rest/json/source/2.0`; observed in the feeds) */
const NAMES_OF_UUIDS: Readonly<Record<string, string>> = {
  '134c704f-9b21-4f2e-91b3-4a467353bcc0': 'CISA-ADP',
}

/** One element's JSON text to an advisory, or why not. Pure; never throws for any text. */
export function parseNvdJson(text: string): Result<ParsedNvdRecord, RefusedNvdRecord> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err({ reason: 'not-json', detail: 'the record is not JSON' })
  }
  return parseNvdRecord(value)
}

/**
 * One parsed element of `vulnerabilities`. The advisory says nothing about packages: NVD's product names (CPE) are
 * never matched against them. (matching-and-feeds §0, 2 and 6)
 */
export function parseNvdRecord(value: unknown): Result<ParsedNvdRecord, RefusedNvdRecord> {
  const droppedScores: NvdScoreDrop[] = []
  let record: NvdRecord
  try {
    record = readNvdRecord(value, () => droppedScores.push('score-unreadable'))
  } catch (error) {
    if (error instanceof NvdRecordError) return err({ reason: error.reason, detail: error.message })
    throw error
  }
  const modified = utcInstant(record.lastModified)
  if (modified === null) return err({ reason: 'time-unreadable', detail: 'lastModified is not a time' })
  // A rejected CVE names no flaw any more; its record stays, so that it is known to be rejected.
  const isRejected = record.vulnStatus === 'Rejected'
  return ok({
    advisory: {
      id: record.id,
      feed: NVD_FEED,
      source: 'NVD',
      sourceUrl: `https://nvd.nist.gov/vuln/detail/${record.id}`,
      aliases: [],
      upstream: [],
      summary: null,
      details: record.description,
      severities: severitiesOf(record.metrics, droppedScores),
      references: [],
      published: record.published === null ? null : utcInstant(record.published),
      modified,
      withdrawn: isRejected ? modified : null,
      affected: [],
    },
    droppedScores,
  })
}

/**
 * NVD's own scores first, as scores of the record; those of others with their name. `Primary` alone does not make a
 * score NVD's: since 2024 some numbering authorities' scores bear that type. (observed in the feeds)
 */
function severitiesOf(metrics: readonly NvdMetric[], dropped: NvdScoreDrop[]): ReportedSeverity[] {
  const own: ReportedSeverity[] = []
  const passedOn: ReportedSeverity[] = []
  const seen = new Set<string>()
  for (const { system, source, vector } of metrics) {
    const key = `${source} ${vector}`
    if (seen.has(key)) continue
    seen.add(key)
    if (source === null) dropped.push('score-of-nobody')
    else if (!parseCvss(vector).ok) dropped.push('score-unreadable')
    else if (source === NVD_SOURCE) own.push({ system, vector })
    else passedOn.push({ system, vector, source: nameOf(source) })
  }
  return [...own, ...passedOn]
}

function nameOf(source: string): string {
  const known = Object.hasOwn(NAMES_OF_UUIDS, source) ? NAMES_OF_UUIDS[source] : undefined
  return known ?? source.replace(/[^\x20-\x7e]/g, '?')
}

/** NVD writes UTC without saying so (`2022-03-11T18:15:00.000`), which JavaScript would take for local time. */
function utcInstant(text: string): Instant | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return null
  return parseInstant(/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`)
}
