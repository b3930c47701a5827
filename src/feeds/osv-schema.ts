import { otherSystemsOf } from './osv-systems.ts'

/**
 * The wire shape of an OSV record (OSV schema 1.7), only what we read. Written by hand: a sync reads tens of thousands
 * of records, and a general schema library costs more than parsing the JSON itself.
 */
export interface OsvRecord {
  readonly id: string
  readonly aliases: readonly string[]
  readonly upstream: readonly string[]
  /** Ids that have to do with the record; notices of AlmaLinux and Rocky name here what they fix. */
  readonly related: readonly string[]
  readonly summary: string | null
  readonly details: string | null
  readonly published: string | null
  readonly modified: string | null
  readonly withdrawn: string | null
  readonly severity: readonly OsvSeverity[]
  readonly references: readonly OsvReference[]
  readonly affected: readonly OsvAffected[]
  /** `database_specific.severity`, a word. (GHSA) */
  readonly severityWord: string | null
  /** CVSS numbers without their vectors, the newest version that findings rest on first. (RubySec's own fields) */
  readonly bareScores: readonly number[]
  /** `database_specific.review_status` is `UNREVIEWED`: made from another source by a program. (Go) */
  readonly isUnreviewed: boolean
}

export interface OsvSeverity {
  readonly type: string
  readonly score: string
}

interface OsvReference {
  readonly type: string
  readonly url: string
}

export interface OsvAffected {
  readonly ecosystem: string
  readonly name: string
  /** `package.purl`; Ubuntu's says in `distro=` which pocket of the release is meant. */
  readonly purl: string | null
  readonly ranges: readonly OsvRange[]
  readonly versions: readonly string[]
  readonly severity: readonly OsvSeverity[]
  /** `ecosystem_specific.urgency` (Debian) or `.ubuntu_priority` (Ubuntu until 2025), a word. */
  readonly priorityWord: string | null
  /** `ecosystem_specific.availability`: where the fix is to be had, a sentence. (Ubuntu) */
  readonly availability: string | null
  /** `database_specific.informational` of RustSec: `unmaintained`, `unsound` or `notice`. (matching-and-feeds §1.2) */
  readonly informational: string | null
  /** Systems that the entry is about, when it names some and Linux is none of them; else `null`. */
  readonly otherSystems: readonly string[] | null
  /** `ecosystem_specific.custom_ranges`: versions that the ecosystem's own order does not know. (Go) */
  readonly hasCustomRanges: boolean
  /** `database_specific.source`: the page that the record was made from. */
  readonly sourceUrl: string | null
}

export interface OsvRange {
  readonly type: string
  readonly events: readonly OsvEvent[]
}

export interface OsvEvent {
  readonly is: 'introduced' | 'fixed' | 'last_affected' | 'limit'
  readonly version: string
}

/**
 * Bounds on what one record may hold. A record beyond them is refused by name, never cut, except for prose and links,
 * which say nothing about who is affected. The largest of 22,518 records seen (Debian, Ubuntu, npm) has 36 affected
 * entries, 180 versions, 198 references and 5,515 characters of details; the bounds leave two powers of ten. (inferred)
 */
export const OSV_LIMITS = {
  idCharacters: 256,
  nameCharacters: 1_024,
  versionCharacters: 512,
  vectorCharacters: 1_024,
  aliases: 10_000,
  affected: 50_000,
  rangesPerEntry: 5_000,
  eventsPerRange: 20_000,
  versionsPerEntry: 100_000,
  severities: 100,
  /** Over all entries of one record, so that the bounds above cannot be multiplied. */
  eventsAndVersions: 1_000_000,
} as const

const SUMMARY_CHARACTERS = 500
/** `description` of the API ends at 1,024 characters; people who read the file itself get a little more. */
const DETAILS_CHARACTERS = 4_000
const REFERENCES_KEPT = 200
const URL_CHARACTERS = 2_048

/** Why a record was refused: a constant to count, and what was wrong where. */
export class OsvRecordError extends Error {
  readonly reason: OsvRefusal

  constructor(reason: OsvRefusal, detail: string) {
    super(detail)
    this.name = 'OsvRecordError'
    this.reason = reason
  }
}

export type OsvRefusal = 'not-json' | 'not-an-object' | 'missing-field' | 'wrong-type' | 'limit-exceeded'

type Fields = Readonly<Record<string, unknown>>

/** Reads one parsed JSON value; throws `OsvRecordError` when it is not a record that can be believed. */
export function readOsvRecord(value: unknown): OsvRecord {
  const record = fields(value, 'record')
  const id = requiredText(record['id'], 'id', OSV_LIMITS.idCharacters)
  const budget = { left: OSV_LIMITS.eventsAndVersions }
  return {
    id,
    aliases: texts(record['aliases'], 'aliases', OSV_LIMITS.aliases, OSV_LIMITS.idCharacters),
    upstream: texts(record['upstream'], 'upstream', OSV_LIMITS.aliases, OSV_LIMITS.idCharacters),
    related: texts(record['related'], 'related', OSV_LIMITS.aliases, OSV_LIMITS.idCharacters),
    summary: prose(record['summary'], 'summary', SUMMARY_CHARACTERS),
    details: prose(record['details'], 'details', DETAILS_CHARACTERS),
    published: optionalText(record['published'], 'published', 64),
    modified: optionalText(record['modified'], 'modified', 64),
    withdrawn: optionalText(record['withdrawn'], 'withdrawn', 64),
    severity: severities(record['severity'], 'severity'),
    references: references(record['references']),
    affected: list(record['affected'], 'affected', OSV_LIMITS.affected).map((entry, at) =>
      affected(entry, `affected[${at}]`, budget),
    ),
    severityWord: word(record['database_specific'], 'severity'),
    bareScores: BARE_SCORES.flatMap(key => scoreNumber(member(record['database_specific'], key)) ?? []),
    isUnreviewed: member(record['database_specific'], 'review_status') === 'UNREVIEWED',
  }
}

function affected(value: unknown, where: string, budget: { left: number }): OsvAffected {
  const entry = fields(value, where)
  const pkg = entry['package'] === undefined ? {} : fields(entry['package'], `${where}.package`)
  const versions = texts(
    entry['versions'],
    `${where}.versions`,
    OSV_LIMITS.versionsPerEntry,
    OSV_LIMITS.versionCharacters,
  )
  spend(budget, versions.length, where)
  return {
    // Entries without a package speak about commits of a repository; they are dropped, and counted, by the parser.
    ecosystem: optionalText(pkg['ecosystem'], `${where}.package.ecosystem`, OSV_LIMITS.nameCharacters) ?? '',
    name: optionalText(pkg['name'], `${where}.package.name`, OSV_LIMITS.nameCharacters) ?? '',
    purl: sentence(pkg, 'purl'),
    ranges: list(entry['ranges'], `${where}.ranges`, OSV_LIMITS.rangesPerEntry).map((item, at) =>
      range(item, `${where}.ranges[${at}]`, budget),
    ),
    versions,
    severity: severities(entry['severity'], `${where}.severity`),
    priorityWord: word(entry['ecosystem_specific'], 'urgency') ?? word(entry['ecosystem_specific'], 'ubuntu_priority'),
    availability: sentence(entry['ecosystem_specific'], 'availability'),
    informational: word(entry['database_specific'], 'informational'),
    otherSystems: otherSystemsOf(entry['ecosystem_specific']),
    hasCustomRanges: Array.isArray(member(entry['ecosystem_specific'], 'custom_ranges')),
    sourceUrl: webUrl(isFields(entry['database_specific']) ? entry['database_specific']['source'] : null),
  }
}

function range(value: unknown, where: string, budget: { left: number }): OsvRange {
  const entry = fields(value, where)
  const items = list(entry['events'], `${where}.events`, OSV_LIMITS.eventsPerRange)
  spend(budget, items.length, where)
  return {
    type: requiredText(entry['type'], `${where}.type`, 32),
    events: items.flatMap((item, at) => events(item, `${where}.events[${at}]`)),
  }
}

const EVENT_KEYS = ['introduced', 'fixed', 'last_affected', 'limit'] as const

/** One event object; the schema asks for one key, some sources write two. */
function events(value: unknown, where: string): OsvEvent[] {
  const entry = fields(value, where)
  const found: OsvEvent[] = []
  for (const key of EVENT_KEYS) {
    const version = optionalText(entry[key], `${where}.${key}`, OSV_LIMITS.versionCharacters)
    if (version !== null) found.push({ is: key, version })
  }
  if (found.length === 0) throw new OsvRecordError('missing-field', `${where} holds none of ${EVENT_KEYS.join(', ')}`)
  return found
}

function severities(value: unknown, where: string): OsvSeverity[] {
  return list(value, where, OSV_LIMITS.severities).map((item, at) => {
    const entry = fields(item, `${where}[${at}]`)
    return {
      type: requiredText(entry['type'], `${where}[${at}].type`, 32),
      score: requiredText(entry['score'], `${where}[${at}].score`, OSV_LIMITS.vectorCharacters),
    }
  })
}

/** Links are kept when they are web links; a bad one costs itself, not the record. */
function references(value: unknown): OsvReference[] {
  if (!Array.isArray(value)) return []
  const kept: OsvReference[] = []
  for (const item of value) {
    if (kept.length === REFERENCES_KEPT) break
    if (!isFields(item)) continue
    const url = webUrl(item['url'])
    if (url !== null) kept.push({ type: typeof item['type'] === 'string' ? item['type'].slice(0, 32) : 'WEB', url })
  }
  return kept
}

function spend(budget: { left: number }, count: number, where: string): void {
  budget.left -= count
  if (budget.left < 0)
    throw new OsvRecordError('limit-exceeded', `${where}: too many events and versions in one record`)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fields(value: unknown, where: string): Fields {
  if (isFields(value)) return value
  throw new OsvRecordError(where === 'record' ? 'not-an-object' : 'wrong-type', `${where} is not an object`)
}

function list(value: unknown, where: string, limit: number): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new OsvRecordError('wrong-type', `${where} is not a list`)
  if (value.length > limit) throw new OsvRecordError('limit-exceeded', `${where} has more than ${limit} items`)
  return value
}

function texts(value: unknown, where: string, limit: number, characters: number): string[] {
  return list(value, where, limit).map((item, at) => requiredText(item, `${where}[${at}]`, characters))
}

function requiredText(value: unknown, where: string, characters: number): string {
  const text = optionalText(value, where, characters)
  if (text === null || text === '') throw new OsvRecordError('missing-field', `${where} is missing`)
  return text
}

function optionalText(value: unknown, where: string, characters: number): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new OsvRecordError('wrong-type', `${where} is not a text`)
  if (value.length > characters) {
    throw new OsvRecordError('limit-exceeded', `${where} is longer than ${characters} characters`)
  }
  return value
}

function prose(value: unknown, where: string, characters: number): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string') throw new OsvRecordError('wrong-type', `${where} is not a text`)
  if (value.length <= characters) return value
  // Through JSON, because a slice would keep the whole text in memory.
  return JSON.parse(JSON.stringify(`${value.slice(0, characters - 1)}…`)) as string
}

function member(value: unknown, key: string): unknown {
  return isFields(value) ? value[key] : undefined
}

/** In the order in which a severity is made of versions. (matching-and-feeds §1.6) */
const BARE_SCORES = ['cvss_v3_score', 'cvss_v4_score', 'cvss_v2_score'] as const

/** A number that a score can be; anything else says nothing. */
function scoreNumber(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= 10 ? value : null
}

function word(value: unknown, key: string): string | null {
  const found = isFields(value) ? value[key] : null
  return typeof found === 'string' && /^[A-Za-z][A-Za-z -]{0,39}$/.test(found) ? found : null
}

/** A member of at most two thousand characters; one that is no text is passed over, as it decides nothing alone. */
function sentence(value: unknown, key: string): string | null {
  const found = member(value, key)
  return typeof found === 'string' && found.length <= 2_048 ? found : null
}

function webUrl(value: unknown): string | null {
  return typeof value === 'string' && value.length <= URL_CHARACTERS && /^https?:\/\/[^\s"'<>\\]+$/i.test(value)
    ? value
    : null
}
