import { formatInstant } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { err, ok, type Result } from '../base/result.ts'
import { vulnerabilityId, type VulnerabilityId } from '../domain/ids.ts'
import type { Package } from '../domain/inventory.ts'
import { namespace } from '../domain/namespace.ts'
import { distroOfPurl, parsePurl, type PurlError, type PurlPackage } from '../domain/purl.ts'
import { ECOSYSTEMS, ecosystemOf } from '../ecosystems/index.ts'
import { explainSeverity } from '../findings/explain-severity.ts'
import type { AdvisoryCatalogue } from '../matching/advisory-catalogue.ts'
import { explainMatch } from '../matching/explain-match.ts'
import type { AdvisoryDatabase, FeedGeneration } from '../scanning/advisory-database.ts'
import { openAdvisoryCatalogue } from '../store/advisory-database/catalogue.ts'
import { advisoryDatabaseOf, advisoryDirectory } from './local-advisories.ts'

/** The advisory database of this machine, open for questions. */
export interface OpenCatalogue {
  readonly catalogue: AdvisoryCatalogue
  readonly database: AdvisoryDatabase
  readonly generations: readonly FeedGeneration[]
}

/** Opens the advisories of this machine, starter ones where there are no others, for as long as `use` takes. */
export async function withCatalogue<Answer>(home: string, use: (open: OpenCatalogue) => Answer): Promise<Answer> {
  const database = await advisoryDatabaseOf(home, silentLog)
  const catalogue = openAdvisoryCatalogue(advisoryDirectory(home))
  if (catalogue === null) throw new Error(`the advisory database in ${advisoryDirectory(home)} has no version`)
  try {
    return use({ catalogue, database, generations: database.generations() })
  } finally {
    catalogue.close()
  }
}

/** Why a package is, or is not, affected, and why the flaw is as severe as it is. Plain data; times are RFC 3339. */
export type Explanation = ReturnType<typeof explainPackage>

/** The package that a purl names, placed in the namespace that its distribution gives it. */
export function packageOfPurl(text: string): Result<Package, string> {
  const purl = parsePurl(text)
  return purl.ok ? ok(placed(purl.value)) : err(describePurlError(purl.error))
}

function placed({ distro, ...pkg }: PurlPackage): Package {
  return { ...pkg, namespace: ecosystemOf(pkg.type).namespaceOf(distroOfPurl(distro), pkg.name) }
}

function describePurlError(error: PurlError): string {
  switch (error.is) {
    case 'malformed-purl':
      return `${error.text} is no package URL: ${error.detail}. It looks like pkg:npm/lodash@4.17.20 or pkg:deb/debian/openssl@1.1.1n-0+deb11u3?distro=debian-11.`
    case 'unsupported-purl-type':
      return `Packages of type ${error.type} are not matched; docs/reference/matching.md lists those that are.`
  }
}

/** What stored evidence compared, as a package; `null` for a namespace that no ecosystem of this version has. */
export function packageOfEvidence(compared: {
  readonly namespace: string
  readonly comparedName: string
  readonly comparedVersion: string
}): Package | null {
  const [id = '', versionId = null] = compared.namespace.split(':')
  const distro = { id, versionId, codename: null, prettyName: null }
  const ecosystem = ECOSYSTEMS.find(
    each => each.namespaceOf(each.isOperatingSystem ? distro : null) === compared.namespace,
  )
  if (ecosystem === undefined) return null
  return {
    type: ecosystem.purlType,
    namespace: namespace(compared.namespace),
    name: compared.comparedName,
    version: compared.comparedVersion,
    arch: null,
    source: null,
  }
}

/** `cve-2021-44228` and `ghsa-JFH8-…` as their registries spell them; other ids as they are. */
export function spelledId(text: string): string {
  const trimmed = text.trim()
  if (/^cve-/i.test(trimmed)) return trimmed.toUpperCase()
  return /^ghsa-/i.test(trimmed) ? `GHSA-${trimmed.slice(5).toLowerCase()}` : trimmed
}

/** The one vulnerability that an id stands for; the error names those of an advisory about several. */
export function vulnerabilityNamed(asked: string, catalogue: AdvisoryCatalogue): Result<VulnerabilityId, string> {
  const id = spelledId(asked)
  const [first, ...others] = catalogue.vulnerabilitiesNamed(id)
  // Unknown, withdrawn or rejected: the explanation says which.
  if (first === undefined) return ok(vulnerabilityId(id))
  if (others.length === 0) return ok(first)
  const named = [first, ...others].slice(0, 20).join(', ')
  return err(
    `${id} is about ${others.length + 1} vulnerabilities: name one of ${named}${others.length >= 20 ? ', …' : ''}.`,
  )
}

/** Joins the explanation of the match with the feeds that it rests on and the reason of the severity. */
export function explainPackage(pkg: Package, id: VulnerabilityId, asked: string, open: OpenCatalogue) {
  const { catalogue, generations } = open
  const match = explainMatch(pkg, id, catalogue)
  // As a finding would be described; where there is none, as by those who looked at the package.
  const affecting = match.counted.filter(({ verdict }) => verdict === 'affected')
  const matchedIds = (affecting.length > 0 ? affecting : match.counted).map(({ advisoryId }) => advisoryId)
  const known = catalogue.index.vulnerability(id, [...new Set(matchedIds)].sort())
  const used = new Set([...match.counted, ...match.rejected].map(({ feed, part }) => `${feed}\n${part}`))
  const signals = catalogue.index.signalsOf(id)
  return {
    schemaVersion: 1,
    advisoryVersion: catalogue.version,
    asked,
    ...match,
    feeds: generations.filter(({ feed, part }) => used.has(`${feed}\n${part}`)).map(generationShape),
    severity: explainSeverity(known ?? { cvss: [], vendorSeverity: null }),
    source: known === null ? null : { name: known.source, url: known.sourceUrl },
    otherNames: known?.relatedVulnerabilities ?? [],
    epss: signals.epss === null ? null : { ...signals.epss, date: day(signals.epss.date) },
    knownExploited:
      signals.kev === null
        ? null
        : {
            dateAdded: day(signals.kev.dateAdded),
            dueDate: signals.kev.dateDue === null ? null : day(signals.kev.dateDue),
            requiredAction: signals.kev.action,
            ransomware: signals.kev.isUsedByRansomware,
          },
    exploitAvailable: signals.exploit === null ? null : signals.exploit.isAvailable,
    publishedExploits: signals.publishedExploits.map(({ catalog, name, reportedAt, count }) => {
      return { catalog, name, reportedAt: reportedAt === null ? null : day(reportedAt), count }
    }),
    lastKnownExploitAt: signals.exploit?.lastKnownAt ? day(signals.exploit.lastKnownAt) : null,
    disputed: signals.isDisputed,
    unsupportedWhenAssigned: signals.isUnsupported,
  }
}

function generationShape({ feed, part, syncedAt, newestModified, lastError }: FeedGeneration) {
  return {
    feed,
    part,
    fetchedAt: syncedAt === null ? null : formatInstant(syncedAt),
    newestModified: newestModified === null ? null : formatInstant(newestModified),
    lastError,
  }
}

function day(time: Parameters<typeof formatInstant>[0]): string {
  return formatInstant(time).slice(0, 10)
}
