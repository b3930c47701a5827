import { formatInstant, type Instant } from '../base/clock.ts'
import { err, ok, type Result } from '../base/result.ts'
import { vulnerabilityId } from '../domain/ids.ts'
import { explainSeverity } from '../findings/explain-severity.ts'
import type { AdvisoryCatalogue, CatalogueFound, CatalogueRecord } from '../matching/advisory-catalogue.ts'
import { describeRange } from '../matching/describe-range.ts'
import type { AdvisoryChanges } from '../scanning/advisory-database.ts'
import { spelledId, type OpenCatalogue } from './explain.ts'

/** Records of one id that are shown; a well-known CVE has a few dozen. */
const RECORDS_SHOWN = 500
/** What they say about packages; an advisory of a kernel speaks about hundreds of names. */
const ENTRIES_SHOWN = 2_000

/** What `advisories search` found, and in which version. */
export function foundShape(
  text: string,
  catalogue: AdvisoryCatalogue,
  limit: number,
): CatalogueFound & { readonly advisoryVersion: string } {
  return { advisoryVersion: catalogue.version, ...catalogue.search(text, limit) }
}

/** All of one advisory or vulnerability. Plain data; times are RFC 3339. */
export type Shown = ReturnType<typeof shownShape>

/** Everything that the database holds about an advisory id or a vulnerability id; an alias leads to its vulnerability. */
export function shownShape(asked: string, { catalogue }: OpenCatalogue) {
  const id = spelledId(asked)
  const vulnerabilities = catalogue.vulnerabilitiesNamed(id)
  const named = catalogue.recordsNamed(id)
  const [only] = vulnerabilities
  const isAlias = named.length === 0 && vulnerabilities.length === 1 && only !== undefined
  const about = vulnerabilityId(isAlias ? only : id)
  const found = catalogue.recordsAbout(about, RECORDS_SHOWN)
  // Records of its own name come first; a vulnerability also has those that are about it.
  const known = new Set(named.map(keyOf))
  const others = found.items.filter(record => !known.has(keyOf(record)))
  const entries = catalogue.entriesOf(about, ENTRIES_SHOWN)
  const described = catalogue.index.vulnerability(about)
  return {
    schemaVersion: 1,
    advisoryVersion: catalogue.version,
    id,
    vulnerabilityIds: vulnerabilities,
    records: {
      total: found.total + named.filter(record => !found.items.some(other => keyOf(other) === keyOf(record))).length,
      items: [...named, ...others].map(recordShape),
    },
    affected: {
      total: entries.total,
      items: entries.items.map(({ record, entry, silencedBy }) => ({
        advisoryId: entry.advisoryId,
        feed: entry.feed,
        part: record.part,
        namespace: entry.affected.namespace,
        name: entry.affected.name,
        ranges: entry.affected.ranges.map(range =>
          'unreadable' in range
            ? `"${range.unreadable.text}" (unreadable: ${range.unreadable.reason})`
            : describeRange(range),
        ),
        versions: entry.affected.versions,
        state: entry.affected.state ?? null,
        channel: entry.affected.channel ?? null,
        unreviewed: entry.affected.isUnreviewed === true,
        otherSystems: entry.affected.operatingSystems ?? null,
        silencedBy,
      })),
    },
    vulnerability:
      described === null
        ? null
        : {
            severity: explainSeverity(described),
            epss: described.epss === null ? null : { ...described.epss, date: time(described.epss.date) },
            knownExploitedSince: time(described.kev?.dateAdded ?? null),
            exploitAvailable: described.exploit?.isAvailable ?? null,
            disputed: described.isDisputed,
            relatedVulnerabilities: described.relatedVulnerabilities,
          },
  }
}

function recordShape({ advisory, part, contentVersion, about, standing }: CatalogueRecord) {
  return {
    ...advisory,
    published: time(advisory.published),
    modified: time(advisory.modified),
    withdrawn: time(advisory.withdrawn),
    part,
    contentVersion,
    vulnerabilityIds: standing,
    rejectedVulnerabilityIds: about.filter(id => !standing.includes(id)),
  }
}

function keyOf({ advisory, part }: CatalogueRecord): string {
  return `${advisory.feed}\n${part}\n${advisory.id}`
}

function time(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at)
}

/** What changed since `from`, else since the version before the current one; the error says what can be asked for. */
export function diffOf(
  from: string | null,
  { catalogue, database }: OpenCatalogue,
): Result<AdvisoryChanges & { readonly from: string }, string> {
  const { earlierVersions } = catalogue
  const start = from ?? earlierVersions[0]
  const known =
    earlierVersions.length === 0
      ? 'the database remembers no earlier version'
      : `it remembers ${earlierVersions.slice(0, 10).join(', ')}`
  if (start === undefined) return err(`There is nothing to compare with: ${known}. The next sync makes one.`)
  if (start !== catalogue.version && !earlierVersions.includes(start)) {
    return err(
      `Version ${start.slice(0, 100)} is not one that this database (${catalogue.version}) was made from: ${known}.`,
    )
  }
  const changes = database.changesSince(start)
  if (changes === 'everything') return err(`Too much changed since ${start} to be listed: everything may be otherwise.`)
  return ok({ from: start, ...changes })
}
