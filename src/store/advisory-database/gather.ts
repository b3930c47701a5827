import { parseCvss } from '../../domain/cvss.ts'
import type { VulnerabilityId } from '../../domain/ids.ts'
import type { VulnerabilitySignals } from '../../domain/signal.ts'
import type { BareScore, CvssScore, Vulnerability } from '../../domain/vulnerability.ts'
import type { StoredRecord } from './encoding.ts'
import { cveOf } from './vulnerability-ids.ts'

/** A record with how many vulnerabilities it is about. */
export interface AboutRecord {
  readonly record: StoredRecord
  readonly aboutCount: number
}

const MOST_REFERENCES = 100
const MOST_RELATED = 100

/** Sources that speak for an operating system; their words and numbers hold for its packages. */
const DISTRIBUTIONS = [
  'DEBIAN_CVE',
  'UBUNTU_CVE',
  'ALPINE_CVE',
  'AMAZON_CVE',
  'REDHAT_CVE',
  'ALMALINUX_CVE',
  'ROCKY_CVE',
  'CHAINGUARD_CVE',
]
/** Other sources in the order in which their descriptions are preferred. */
const SOURCE_ORDER = ['NVD', 'CVE', 'GITHUB']
/** Sources that pass on the scores of others. */
const PASSING_ON: ReadonlySet<string> = new Set(['NVD', 'CVE'])

/** What advisories tell of a flaw. */
export type GatheredVulnerability = Omit<Vulnerability, keyof VulnerabilitySignals>

/**
 * Everything that the records about one vulnerability say of it. `matchedIds` are the advisories that led here: whoever
 * published them is the finding's source, and another distribution's word is none of the vendor's. Without them every
 * distribution counts as the vendor. Pure; the order of `records` does not matter.
 */
export function gatherVulnerability(
  id: VulnerabilityId,
  records: readonly AboutRecord[],
  matchedIds: readonly string[] = [],
): GatheredVulnerability | null {
  const matched = records.filter(({ record }) => matchedIds.includes(record.id))
  const isVendor = ({ record }: AboutRecord): boolean =>
    matched.length === 0 ? DISTRIBUTIONS.includes(record.source) : matched.some(other => other.record === record)
  const ordered = records.toSorted((a, b) => compareRecords(a, b, isVendor))
  const spoken = matched.length === 0 ? ordered : ordered.filter(isVendor)
  const best = spoken.find(({ record }) => record.details !== null) ?? spoken[0]
  if (best === undefined) return null
  const bareScore = bareScoreOf(ordered, isVendor)
  return {
    id,
    source: best.record.source,
    sourceUrl: pageOf(id, best.record),
    description: descriptionOf(id, ordered, isVendor),
    cvss: scoresOf(ordered, isVendor),
    ...(bareScore !== null && { bareScore }),
    vendorSeverity: vendorWordOf(ordered, isVendor),
    // A vendor's record without a day (Debian's tracker) may stand beside one that has it.
    vendorCreatedAt:
      best.record.published ?? spoken.find(({ record }) => record.published !== null)?.record.published ?? null,
    vendorUpdatedAt: best.record.modified,
    relatedVulnerabilities: relatedTo(id, ordered),
    referenceUrls: [...new Set(ordered.flatMap(({ record }) => record.references))].slice(0, MOST_REFERENCES),
  }
}

type IsVendor = (about: AboutRecord) => boolean

/** Records that speak about this flaw alone first, then the vendor's, then by source, then by id. */
function compareRecords(a: AboutRecord, b: AboutRecord, isVendor: IsVendor): number {
  return (
    Math.sign(a.aboutCount - 1) - Math.sign(b.aboutCount - 1) ||
    Number(isVendor(b)) - Number(isVendor(a)) ||
    sourceRank(a.record.source) - sourceRank(b.record.source) ||
    (a.record.id < b.record.id ? -1 : a.record.id > b.record.id ? 1 : 0)
  )
}

/** Distributions, where they are not the vendor, last: they speak about their own packages. */
function sourceRank(source: string): number {
  const rank = SOURCE_ORDER.indexOf(source)
  if (rank >= 0) return rank
  const distribution = DISTRIBUTIONS.indexOf(source)
  return SOURCE_ORDER.length + (distribution < 0 ? 0 : 1 + distribution)
}

/**
 * The description is upstream advisory text (inspector-behaviour §1.4): the vendor's own when it says something, else
 * NVD's, else whatever is there. A summary alone (DSA and DLA: `zlib - security update`) says nothing about the flaw,
 * and the details of an advisory about many flaws say little about this one: they come after NVD.
 */
function descriptionOf(id: VulnerabilityId, ordered: readonly AboutRecord[], isVendor: IsVendor): string {
  for (const about of ordered.filter(isVendor)) {
    const said = about.aboutCount === 1 ? about.record.details : sectionAbout(id, about.record.details)
    if (said !== null) return said
  }
  for (const { record } of ordered) if (record.details !== null) return record.details
  const summaries = [...ordered.filter(isVendor), ...ordered]
  for (const { record } of summaries) if (record.summary !== null) return record.summary
  return `No advisory of this database describes ${id}.`
}

/** A line that begins what an advisory about several flaws says of one: `CVE-2022-1015:` (ALAS, observed) */
const HEADING = /^[ \t]*(CVE-[0-9]{4}-[0-9]{4,12}):[ \t]*$/

/** What stands below the heading of one flaw; `null` where there is none, or nothing below it. */
function sectionAbout(id: VulnerabilityId, details: string | null): string | null {
  const lines: string[] = []
  let isInside = false
  for (const line of (details ?? '').split('\n')) {
    const heading = HEADING.exec(line)?.[1]
    if (heading === undefined) {
      if (isInside) lines.push(line.trim())
    } else isInside = heading === id
  }
  return lines.join('\n').trim() || null
}

/** A distribution's page about the CVE itself rather than about the advisory that fixed it. */
function pageOf(id: VulnerabilityId, record: StoredRecord): string | null {
  if (cveOf(id) === id && record.source === 'DEBIAN_CVE') return `https://security-tracker.debian.org/tracker/${id}`
  if (cveOf(id) === id && record.source === 'UBUNTU_CVE') return `https://ubuntu.com/security/${id}`
  if (cveOf(id) === id && record.source === 'REDHAT_CVE') return `https://access.redhat.com/security/cve/${id}`
  if (cveOf(id) === id && record.source === 'AMAZON_CVE') return `https://explore.alas.aws.amazon.com/${id}.html`
  return record.sourceUrl
}

/**
 * Every score once for each source, best first: 3.x of the vendor, of NVD, of the numbering authority, of CISA, of
 * others; then 4.0; then 2.0. (matching-and-feeds §1.6, recommended) A vector that cannot be read gives no score, never
 * a zero.
 */
function scoresOf(ordered: readonly AboutRecord[], isVendor: IsVendor): readonly CvssScore[] {
  const scores = new Map<string, { readonly score: CvssScore; readonly rank: number }>()
  for (const about of ordered) {
    for (const severity of about.record.severities) {
      if (severity.system === 'word' || severity.system === 'score') continue
      const parsed = parseCvss(severity.vector)
      if (!parsed.ok) continue
      const { version, baseScore, vector } = parsed.value
      const source = severity.source ?? about.record.source
      const key = `${source} ${vector}`
      const rank = scorerRank(about, severity.source, isVendor)
      if (!scores.has(key)) scores.set(key, { score: { version, baseScore, vector, source }, rank })
    }
  }
  // Sorting is stable: among equals the order of the records stays.
  return [...scores.values()]
    .sort(
      (a, b) =>
        generationRank(a.score.version) - generationRank(b.score.version) ||
        a.rank - b.rank ||
        VERSION_ORDER.indexOf(a.score.version) - VERSION_ORDER.indexOf(b.score.version),
    )
    .map(({ score }) => score)
}

/** 3.x is what the API's score is made of; 4.0 is shown beside it, 2.0 where there is nothing else. (§1.6) */
const VERSION_ORDER = ['3.1', '3.0', '4.0', '2.0']

function generationRank(version: string): number {
  return version.startsWith('3.') ? 0 : version === '4.0' ? 1 : 2
}

function scorerRank(about: AboutRecord, scorer: string | undefined, isVendor: IsVendor): number {
  const { source } = about.record
  if (DISTRIBUTIONS.includes(source)) return isVendor(about) ? 0 : 5
  if (!PASSING_ON.has(source)) return source === 'GITHUB' ? 4 : 5
  if (scorer === undefined) return 1
  return scorer === 'CISA-ADP' ? 3 : 2
}

/**
 * The vendor's number without a vector; where it has none, another source's, but never another distribution's. What is
 * no score is none: a number out of range says nothing, and must not become a severity.
 */
function bareScoreOf(ordered: readonly AboutRecord[], isVendor: IsVendor): BareScore | null {
  const scores = (among: readonly AboutRecord[]): BareScore[] =>
    among.flatMap(({ record }) =>
      record.severities.flatMap(found =>
        found.system === 'score' && found.score >= 0 && found.score <= 10
          ? [{ score: found.score, source: found.source ?? record.source }]
          : [],
      ),
    )
  const others = ordered.filter(({ record }) => !DISTRIBUTIONS.includes(record.source))
  return scores(ordered.filter(isVendor))[0] ?? scores(others)[0] ?? null
}

/** The vendor's word; where it has none, another database's, but never another distribution's. */
function vendorWordOf(ordered: readonly AboutRecord[], isVendor: IsVendor): string | null {
  const words = (among: readonly AboutRecord[]): string[] =>
    among.flatMap(({ record }) => record.severities.flatMap(found => (found.system === 'word' ? [found.word] : [])))
  const others = ordered.filter(({ record }) => !DISTRIBUTIONS.includes(record.source))
  return words(ordered.filter(isVendor))[0] ?? words(others)[0] ?? null
}

/** Other names of the flaw: ids of the records, unless they restate this id, and their aliases. */
function relatedTo(id: VulnerabilityId, ordered: readonly AboutRecord[]): readonly string[] {
  const related = new Set<string>()
  for (const { record, aboutCount } of ordered) {
    if (cveOf(record.id) === null) related.add(record.id)
    // Aliases of an advisory about several flaws are names of its other flaws.
    if (aboutCount === 1) for (const alias of record.aliases) related.add(cveOf(alias) ?? alias)
  }
  related.delete(id)
  return [...related].sort().slice(0, MOST_RELATED)
}
