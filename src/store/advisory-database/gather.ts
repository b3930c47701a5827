import { parseCvss } from '../../domain/cvss.ts'
import type { VulnerabilityId } from '../../domain/ids.ts'
import type { CvssScore, Vulnerability } from '../../domain/vulnerability.ts'
import type { StoredRecord } from './encoding.ts'
import { cveOf } from './vulnerability-ids.ts'

/** A record with how many vulnerabilities it is about. */
export interface AboutRecord {
  readonly record: StoredRecord
  readonly aboutCount: number
}

const MOST_REFERENCES = 100
const MOST_RELATED = 100

/** Sources in the order in which their description and scores are preferred. (matching-and-feeds §1.6) */
const SOURCE_ORDER = ['DEBIAN_CVE', 'UBUNTU_CVE', 'NVD', 'GITHUB']
/** 3.1 is what the API's score is made of; 4.0 is shown beside it, 2.0 where there is nothing else. (§1.6) */
const CVSS_VERSION_ORDER = ['3.1', '3.0', '4.0', '2.0']

/** Everything that the records about one vulnerability say of it. Pure; the order of `records` does not matter. */
export function gatherVulnerability(id: VulnerabilityId, records: readonly AboutRecord[]): Vulnerability | null {
  const ordered = records.toSorted(compareRecords)
  const best = ordered.find(({ record }) => record.details !== null) ?? ordered[0]
  if (best === undefined) return null
  return {
    id,
    source: best.record.source,
    sourceUrl: pageOf(id, best.record),
    description: descriptionOf(id, ordered),
    cvss: scoresOf(ordered),
    vendorSeverity: vendorWordOf(ordered),
    vendorCreatedAt: best.record.published,
    vendorUpdatedAt: best.record.modified,
    relatedVulnerabilities: relatedTo(id, ordered),
    referenceUrls: [...new Set(ordered.flatMap(({ record }) => record.references))].slice(0, MOST_REFERENCES),
  }
}

/** Records that speak about this flaw alone first, then by source, then by id. */
function compareRecords(a: AboutRecord, b: AboutRecord): number {
  return (
    Math.sign(a.aboutCount - 1) - Math.sign(b.aboutCount - 1) ||
    sourceRank(a.record.source) - sourceRank(b.record.source) ||
    (a.record.id < b.record.id ? -1 : a.record.id > b.record.id ? 1 : 0)
  )
}

function sourceRank(source: string): number {
  const rank = SOURCE_ORDER.indexOf(source)
  return rank < 0 ? SOURCE_ORDER.length : rank
}

function descriptionOf(id: VulnerabilityId, ordered: readonly AboutRecord[]): string {
  for (const { record } of ordered) if (record.details !== null) return record.details
  for (const { record } of ordered) if (record.summary !== null) return record.summary
  return `No advisory of this database describes ${id}.`
}

/** A distribution's page about the CVE itself rather than about the advisory that fixed it. */
function pageOf(id: VulnerabilityId, record: StoredRecord): string | null {
  if (cveOf(id) === id && record.source === 'DEBIAN_CVE') return `https://security-tracker.debian.org/tracker/${id}`
  if (cveOf(id) === id && record.source === 'UBUNTU_CVE') return `https://ubuntu.com/security/${id}`
  return record.sourceUrl
}

/** Every score once for each source. A vector that cannot be read gives no score, never a zero. */
function scoresOf(ordered: readonly AboutRecord[]): readonly CvssScore[] {
  const scores = new Map<string, CvssScore>()
  for (const { record } of ordered) {
    for (const severity of record.severities) {
      if (severity.system === 'word') continue
      const parsed = parseCvss(severity.vector)
      if (!parsed.ok) continue
      const { version, baseScore, vector } = parsed.value
      const key = `${record.source} ${vector}`
      if (!scores.has(key)) scores.set(key, { version, baseScore, vector, source: record.source })
    }
  }
  // Sorting is stable: within a version the order of the records stays.
  return [...scores.values()].sort((a, b) => versionRank(a.version) - versionRank(b.version))
}

function versionRank(version: string): number {
  const rank = CVSS_VERSION_ORDER.indexOf(version)
  return rank < 0 ? CVSS_VERSION_ORDER.length : rank
}

function vendorWordOf(ordered: readonly AboutRecord[]): string | null {
  for (const { record } of ordered) {
    for (const severity of record.severities) if (severity.system === 'word') return severity.word
  }
  return null
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
