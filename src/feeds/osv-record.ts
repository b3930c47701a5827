import { parseInstant } from '../base/clock.ts'
import type { Instant } from '../base/clock.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { Advisory, AffectedPackage, AffectedRange, ReportedSeverity, UnreadableRange } from '../domain/advisory.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import { idsOfOneFlaw } from './one-flaw.ts'
import { omittedPackages } from './osv-omitted-packages.ts'
import { windowsOf } from './osv-ranges.ts'
import { OsvRecordError, readOsvRecord } from './osv-schema.ts'
import type { OsvRefusal, OsvAffected, OsvRecord, OsvSeverity } from './osv-schema.ts'
import { sourceOf } from './osv-source.ts'

/** What the parser must know about an ecosystem. */
export type OsvEcosystem = Pick<Ecosystem, 'scheme' | 'isOperatingSystem' | 'namespaceOfOsv' | 'canonicalName'>

export interface OsvContext {
  /** The feed that the advisories are to name. */
  readonly feed: string
  /**
   * The OSV base ecosystem whose entries are wanted, e.g. `Debian`; a record in several zips counts in each once. `null`
   * for a source of its own, whose entries are all wanted.
   */
  readonly part: string | null
  readonly ecosystems: readonly OsvEcosystem[]
  /**
   * Where an entry is to be matched; none when nowhere. Left out where the OSV name tells (`namespaceOfOsv`): a vendor's
   * own records may say more, such as the channel, or name one release in several ways.
   */
  readonly homesOf?: (entry: OsvAffected) => readonly OsvHome[]
}

export interface OsvHome {
  readonly ecosystem: OsvEcosystem
  readonly namespace: Namespace
  /** As `AffectedPackage.channel`. */
  readonly channel?: string
}

/** Why an entry, or a record without any entry left, was dropped. */
type OsvDrop =
  | 'entry-of-another-part'
  | 'unsupported-ecosystem'
  | 'git-ranges-only'
  | 'informational'
  | 'no-vulnerability'
  | 'no-affected-versions'
  | 'withdrawn-time-unreadable'
  | OsvRefusal

export interface ParsedOsvRecord {
  readonly advisory: Advisory
  /** Entries that were left out, one reason each; the others count. */
  readonly dropped: readonly OsvDrop[]
}

export interface RefusedOsvRecord {
  readonly reason: OsvDrop
  /** What was wrong where. Holds no text of the record. */
  readonly detail: string
}

/** One record's JSON text to an advisory, or why not. Pure; never throws for any text. */
export function parseOsvJson(text: string, context: OsvContext): Result<ParsedOsvRecord, RefusedOsvRecord> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err({ reason: 'not-json', detail: 'the record is not JSON' })
  }
  return parseOsvRecord(value, context)
}

/** One parsed JSON value to an advisory, or why not. Pure; never throws for any JSON value. */
export function parseOsvRecord(value: unknown, context: OsvContext): Result<ParsedOsvRecord, RefusedOsvRecord> {
  let record: OsvRecord
  try {
    record = readOsvRecord(value)
  } catch (error) {
    if (error instanceof OsvRecordError) return err({ reason: error.reason, detail: error.message })
    throw error
  }
  const withdrawn = instantOf(record.withdrawn)
  if (record.withdrawn !== null && withdrawn === null) {
    return err({ reason: 'withdrawn-time-unreadable', detail: 'withdrawn is not an RFC 3339 time' })
  }

  const upstream = [...record.upstream, ...fixedByNotice(record)]
  if (isBugFixNotice(record.id) && upstream.length === 0 && record.aliases.length === 0) {
    return err({
      reason: 'no-vulnerability',
      detail: 'a notice about bugs or enhancements that names no vulnerability',
    })
  }

  const dropped: OsvDrop[] = []
  const kept: OsvAffected[] = []
  const packages = new Map<string, MutableAffected>()
  for (const entry of record.affected) {
    const drop = readEntry(entry, record.isUnreviewed, context, packages)
    if (drop === null) kept.push(entry)
    else dropped.push(drop)
  }
  if (packages.size === 0) {
    const [reason = 'no-affected-versions'] = dropped
    return err({ reason, detail: 'no entry of the record can be matched' })
  }

  const named = [...packages.values()]
  return ok({
    advisory: {
      id: record.id,
      feed: context.feed,
      ...sourceOf(record),
      aliases: unique(aliasesOf(record), record.id),
      upstream: unique(upstream, record.id),
      summary: record.summary,
      details: record.details,
      severities: severitiesOf(record, kept),
      references: [...new Set(record.references.map(reference => reference.url))],
      published: instantOf(record.published),
      modified: instantOf(record.modified),
      withdrawn,
      affected: [...named, ...omittedPackages(named)],
    },
    dropped,
  })
}

/**
 * CVEs that a notice of AlmaLinux, Mageia or Rocky fixes: they write them into `related`, which for all others only means
 * that ids have to do with each other. (their records, 2021 to 2026, observed)
 */
function fixedByNotice(record: OsvRecord): readonly string[] {
  return /^(?:AL[SBE]A|MGASA|RLSA|RXSA)-/.test(record.id) ? record.related.filter(id => id.startsWith('CVE-')) : []
}

/** AlmaLinux publishes its bug fixes (ALBA) and enhancements (ALEA) with its security notices. (matching-and-feeds §1.1) */
function isBugFixNotice(id: string): boolean {
  return /^AL[BE]A-/.test(id)
}

/** Records that mirrors make of retire.js repeat how it mixes flaws. */
function aliasesOf({ id, aliases, references }: OsvRecord): readonly string[] {
  if (!id.startsWith('RETIREJS-')) return aliases
  return idsOfOneFlaw(
    aliases,
    references.map(({ url }) => url),
  )
}

interface MutableAffected extends AffectedPackage {
  readonly ranges: (AffectedRange | UnreadableRange)[]
  readonly versions: string[]
}

/** What RustSec says about a crate without calling it vulnerable. (matching-and-feeds §1.2) */
const INFORMATIONAL: ReadonlySet<string> = new Set(['unmaintained', 'unsound', 'notice'])

/** Adds what the entry says to `packages` (entries of one name are a union), or tells why it says nothing. */
function readEntry(
  entry: OsvAffected,
  isUnreviewed: boolean,
  context: OsvContext,
  packages: Map<string, MutableAffected>,
): OsvDrop | null {
  const homes = context.homesOf?.(entry) ?? homesOfOsv(entry, context.ecosystems)
  if (homes.length === 0) return 'unsupported-ecosystem'
  if (context.part !== null && basePart(entry.ecosystem) !== context.part) return 'entry-of-another-part'
  if (INFORMATIONAL.has(entry.informational ?? '')) return 'informational'
  const readable = entry.ranges.filter(range => range.type !== 'GIT')
  let isKept = false
  for (const home of homes) {
    const { ecosystem } = home
    const windows = readable.flatMap(range => windowsOf(range, ecosystem.scheme))
    const ranges = isUnreviewed && entry.hasCustomRanges ? windows.map(withoutBlanketClaim) : windows
    // Lists of operating system versions leak other releases into an entry. (matching-and-feeds §1.4, §2.2)
    const versions = ecosystem.isOperatingSystem ? [] : entry.versions
    if (ranges.length === 0 && versions.length === 0) continue
    const said = { ranges, versions, isUnreviewed, otherSystems: entry.otherSystems }
    addEntry(packages, home, ecosystem.canonicalName(entry.name), said)
    isKept = true
  }
  if (isKept) return null
  return entry.ranges.length > 0 && readable.length === 0 ? 'git-ranges-only' : 'no-affected-versions'
}

interface SaidOfPackage extends Pick<AffectedPackage, 'ranges' | 'versions'> {
  readonly isUnreviewed: boolean
  readonly otherSystems: OsvAffected['otherSystems']
}

function addEntry(
  packages: Map<string, MutableAffected>,
  { namespace, channel }: OsvHome,
  name: string,
  { ranges, versions, isUnreviewed, otherSystems }: SaidOfPackage,
): void {
  const key = `${namespace}\n${name}\n${channel ?? ''}\n${otherSystems?.join(' ') ?? ''}`
  const known = packages.get(key)
  if (known === undefined) {
    packages.set(key, {
      namespace,
      name,
      ranges: [...ranges],
      versions: [...versions],
      ...(isUnreviewed ? { isUnreviewed } : {}),
      ...(channel === undefined ? {} : { channel }),
      ...(otherSystems === null ? {} : { operatingSystems: otherSystems }),
    })
  } else {
    for (const range of ranges) known.ranges.push(range)
    for (const version of versions) known.versions.push(version)
  }
}

/**
 * "Every version" is what a program writes when it could not place the source's versions (which stand in
 * `custom_ranges`) among those of the ecosystem: it is not known which of these are affected. (Go vulnerability database)
 */
function withoutBlanketClaim(window: AffectedRange | UnreadableRange): AffectedRange | UnreadableRange {
  if ('unreadable' in window || window.introduced !== 'beginning' || window.end !== 'no-fix-known') return window
  const reason = "the source's versions are not versions of this package"
  return { unreadable: { is: 'unreadable-version', scheme: window.scheme, text: '', reason } }
}

function homesOfOsv(entry: OsvAffected, ecosystems: readonly OsvEcosystem[]): readonly OsvHome[] {
  if (entry.name === '' || entry.ecosystem === '') return []
  for (const ecosystem of ecosystems) {
    const namespace = ecosystem.namespaceOfOsv(entry.ecosystem)
    if (namespace !== null) return [{ ecosystem, namespace }]
  }
  return []
}

/** `Debian:11` is held by the zip of `Debian`. */
export function basePart(osvEcosystem: string): string {
  const colon = osvEcosystem.indexOf(':')
  return colon < 0 ? osvEcosystem : osvEcosystem.slice(0, colon)
}

/** Severities of the entries stand before those of the record, which they override. (OSV schema, `affected[].severity`) */
function severitiesOf(record: OsvRecord, kept: readonly OsvAffected[]): ReportedSeverity[] {
  const found: ReportedSeverity[] = []
  const seen = new Set<string>()
  const add = (severity: ReportedSeverity): void => {
    const { system } = severity
    const said = system === 'word' ? severity.word : system === 'score' ? severity.score : severity.vector
    const key = `${system} ${said}`
    if (!seen.has(key)) found.push(severity)
    seen.add(key)
  }
  for (const entry of kept) for (const severity of entry.severity) addReported(severity, add)
  for (const severity of record.severity) addReported(severity, add)
  for (const entry of kept) if (entry.priorityWord !== null) add({ system: 'word', word: entry.priorityWord })
  if (record.severityWord !== null) add({ system: 'word', word: record.severityWord })
  for (const score of record.bareScores) add({ system: 'score', score })
  return found
}

function addReported(severity: OsvSeverity, add: (severity: ReportedSeverity) => void): void {
  switch (severity.type) {
    case 'CVSS_V2':
    case 'CVSS_V3':
    case 'CVSS_V4':
      add({ system: severity.type, vector: severity.score })
      break
    // Ubuntu's priority since 2025 (matching-and-feeds §1.4).
    case 'Ubuntu':
      add({ system: 'word', word: severity.score })
      break
    default:
      break
  }
}

function instantOf(text: string | null): Instant | null {
  return text === null ? null : parseInstant(text)
}

function unique(ids: readonly string[], own: string): string[] {
  return [...new Set(ids)].filter(id => id !== own)
}
