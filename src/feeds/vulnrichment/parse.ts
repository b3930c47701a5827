import { parseInstant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Advisory, ReportedSeverity } from '../../domain/advisory.ts'
import { parseCvss } from '../../domain/cvss.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { ExploitationLevel, Signal } from '../../domain/signal.ts'
import { CveRecordError, readCveRecord } from './schema.ts'
import type { CveContainer, CveRecord, CveRefusal } from './schema.ts'

export const VULNRICHMENT_FEED = 'vulnrichment'

export interface ParsedCveRecord {
  readonly advisory: Advisory
  readonly signals: readonly Signal[]
  /** Scores that were left out, while the record counts. */
  readonly droppedScores: readonly ('score-unreadable' | 'score-of-nobody')[]
}

export interface RefusedCveRecord {
  readonly reason: CveRefusal | 'time-unreadable'
  /** What was wrong where. Holds no text of the record. */
  readonly detail: string
}

/** CISA as an authorized data publisher: only its SSVC decisions count. (cisagov/vulnrichment, read 2026) */
const CISA_ADP = '134c704f-9b21-4f2e-91b3-4a467353bcc0'
const CISA_ADP_NAME = 'CISA-ADP'

/** One CVE record's JSON text to an advisory and its signals, or why not. Pure; never throws for any text. */
export function parseCveJson(text: string): Result<ParsedCveRecord, RefusedCveRecord> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err({ reason: 'not-json', detail: 'the record is not JSON' })
  }
  const dropped: ParsedCveRecord['droppedScores'][number][] = []
  try {
    return parsed(
      readCveRecord(value, () => dropped.push('score-unreadable')),
      dropped,
    )
  } catch (error) {
    if (error instanceof CveRecordError) return err({ reason: error.reason, detail: error.message })
    throw error
  }
}

/** The advisory says nothing about packages: product names of CVE records are never matched. (matching-and-feeds §0, 2) */
function parsed(
  record: CveRecord,
  dropped: ParsedCveRecord['droppedScores'][number][],
): Result<ParsedCveRecord, RefusedCveRecord> {
  const modified = utcInstant(record.updated ?? record.rejected ?? record.published)
  if (modified === null) return err({ reason: 'time-unreadable', detail: 'the record has no time' })
  // A rejected CVE names no flaw any more; its record stays, so that it is known to be rejected.
  const isRejected = record.state === 'REJECTED'
  const advisory: Advisory = {
    id: record.id,
    feed: VULNRICHMENT_FEED,
    source: 'CVE',
    sourceUrl: `https://www.cve.org/CVERecord?id=${record.id}`,
    aliases: [],
    upstream: [],
    summary: null,
    details: record.numberingAuthority.description,
    severities: isRejected ? [] : severitiesOf(record, dropped),
    references: [],
    published: utcInstant(record.published),
    modified,
    withdrawn: isRejected ? (utcInstant(record.rejected) ?? modified) : null,
    affected: [],
  }
  return ok({ advisory, signals: isRejected ? [] : signalsOf(record), droppedScores: dropped })
}

/** Each score with who gave it: the numbering authority's first, then the publishers' in their order. */
function severitiesOf(record: CveRecord, dropped: ParsedCveRecord['droppedScores'][number][]): ReportedSeverity[] {
  const severities: ReportedSeverity[] = []
  const seen = new Set<string>()
  for (const container of [record.numberingAuthority, ...record.publishers]) {
    const source = nameOf(container)
    for (const metric of container.metrics) {
      if (metric.is !== 'cvss') continue
      const key = `${source} ${metric.vector}`
      if (seen.has(key)) continue
      seen.add(key)
      if (source === null) dropped.push('score-of-nobody')
      else if (!parseCvss(metric.vector).ok) dropped.push('score-unreadable')
      else severities.push({ system: metric.system, vector: metric.vector, source })
    }
  }
  return severities
}

function nameOf({ orgId, shortName }: CveContainer): string | null {
  if (orgId === CISA_ADP) return CISA_ADP_NAME
  const name = shortName ?? orgId
  return name === null || name === '' ? null : name.replace(/[^\x20-\x7e]/g, '?')
}

function signalsOf(record: CveRecord): Signal[] {
  const id = vulnerabilityId(record.id)
  const signals: Signal[] = []
  const level = exploitationOf(record)
  if (level !== null) signals.push({ is: 'exploitation', vulnerabilityId: id, level })
  const { tags } = record.numberingAuthority
  if (tags.includes('disputed')) signals.push({ is: 'disputed', vulnerabilityId: id })
  if (tags.includes('unsupported-when-assigned')) signals.push({ is: 'unsupported', vulnerabilityId: id })
  return signals
}

/** The strongest of CISA's decisions. They are written `poc` and `PoC`. (observed) */
function exploitationOf(record: CveRecord): ExploitationLevel | null {
  const decisions = record.publishers
    .filter(container => container.orgId === CISA_ADP)
    .flatMap(container => container.metrics)
  const levels = new Set(decisions.flatMap(metric => (metric.is === 'exploitation' ? [metric.value] : [])))
  if (levels.has('active')) return 'active'
  return levels.has('poc') ? 'poc' : null
}

/** Times without a zone are GMT. (CVE schema 5.1, `timestamp`) */
function utcInstant(text: string | null): Instant | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return null
  return parseInstant(/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`)
}
