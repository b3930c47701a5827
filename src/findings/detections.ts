import type { FixAvailable, PackageDetection, VulnerablePackage } from '../domain/finding.ts'
import type { VulnerabilityId } from '../domain/ids.ts'
import type { Match } from '../domain/match.ts'
import type { Vulnerability } from '../domain/vulnerability.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import { chooseScore } from './choose-score.ts'
import { inContext } from './inspector-score/score-in-context.ts'
import { PLATFORM_END_OF_LIFE } from './platform-end-of-life.ts'

/** `title` and `description` of the API hold at most this many characters. (inspector-behaviour §1.2) */
export const TEXT_LIMIT = 1024

/** One detection per vulnerability, grouping every package it reaches. In order of vulnerability id. */
export function detectionsOf(
  matches: readonly Match[],
  vulnerabilityOf: (id: VulnerabilityId, matchedIds: readonly string[]) => Vulnerability | null,
): readonly PackageDetection[] {
  const byVulnerability = new Map<VulnerabilityId, Match[]>()
  for (const match of matches) {
    const group = byVulnerability.get(match.vulnerabilityId)
    if (group === undefined) byVulnerability.set(match.vulnerabilityId, [match])
    else group.push(match)
  }
  return [...byVulnerability]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, group]) => detection(id, group, vulnerabilityOf(id, advisoriesOf(group))))
}

/** Sorted, each once: equal matches ask an equal question. */
function advisoriesOf(group: readonly Pick<Match, 'evidence'>[]): readonly string[] {
  return [...new Set(group.flatMap(match => match.evidence.map(({ advisoryId }) => advisoryId)))].sort()
}

/** The same packages with what is known of the vulnerability now. */
export function redescribe(
  detected: PackageDetection,
  vulnerabilityOf: (id: VulnerabilityId, matchedIds: readonly string[]) => Vulnerability | null,
): PackageDetection {
  const id = detected.vulnerabilityId
  if (id === PLATFORM_END_OF_LIFE) return detected
  const now = described(id, vulnerabilityOf(id, advisoriesOf(detected.vulnerablePackages)))
  return inContext({ ...detected, ...now }, detected.exposure)
}

function detection(id: VulnerabilityId, matches: readonly Match[], known: Vulnerability | null): PackageDetection {
  const packages = matches.map(vulnerablePackage).sort(inListOrder)
  return {
    type: 'PACKAGE_VULNERABILITY',
    vulnerabilityId: id,
    title: titleOf(id, packages),
    fixAvailable: fixAvailableOf(packages),
    vulnerablePackages: packages,
    ...recommendationOf(matches),
    ...described(id, known),
  }
}

/** The fix is installed and does not run: to install it again would change nothing. (matching-and-feeds §2.6) */
function recommendationOf(matches: readonly Match[]): Pick<PackageDetection, 'recommendation'> {
  const waiting = new Set(matches.flatMap(({ rebootInto }) => rebootInto ?? []))
  if (waiting.size === 0) return {}
  const releases = [...waiting].sort().join(', ')
  return {
    recommendation: `The kernel ${releases} has the fix and is installed, but does not run: restart the machine.`,
  }
}

/** What a detection says of its vulnerability, whatever the packages. */
function described(
  id: VulnerabilityId,
  known: Vulnerability | null,
): Omit<PackageDetection, 'type' | 'vulnerabilityId' | 'title' | 'fixAvailable' | 'vulnerablePackages'> {
  const { score, severity } = chooseScore(known ?? { cvss: [], vendorSeverity: null })
  return {
    description: cut(known?.description || `${id}: the advisory gives no description.`),
    severity,
    score:
      score === null
        ? null
        : { score: score.baseScore, vector: score.vector, version: score.version, source: score.source },
    source: known?.source ?? 'UNKNOWN',
    sourceUrl: known?.sourceUrl ?? null,
    vendorSeverity: known?.vendorSeverity ?? null,
    vendorCreatedAt: known?.vendorCreatedAt ?? null,
    vendorUpdatedAt: known?.vendorUpdatedAt ?? null,
    cvss: known?.cvss ?? [],
    relatedVulnerabilities: known?.relatedVulnerabilities ?? [],
    referenceUrls: known?.referenceUrls ?? [],
    epssScore: known?.epss?.score ?? null,
    exploit: known?.exploit ?? null,
    kev: known?.kev ?? null,
    isDisputed: known?.isDisputed ?? false,
  }
}

function vulnerablePackage(match: Match): VulnerablePackage {
  const pkg = match.package
  const ecosystem = ecosystemOf(pkg.type)
  const parts = ecosystem.versionParts(pkg.version)
  const fixed = match.fixedVersion === null ? null : ecosystem.scheme.parse(match.fixedVersion)
  const fixedInVersion =
    fixed === null ? null : fixed.ok ? ecosystem.formatFixedVersion(fixed.value) : match.fixedVersion
  return {
    name: pkg.name,
    version: parts.version,
    release: parts.release,
    epoch: parts.epoch,
    arch: pkg.arch === null ? null : pkg.arch.toUpperCase(),
    manager: pkg.manager,
    filePath: ecosystem.isOperatingSystem || pkg.filePath === '' ? null : pkg.filePath,
    foundIn: pkg.filePath,
    fixedInVersion,
    remediation: fixedInVersion === null ? subscriberRemediation(match) : ecosystem.remediation(pkg),
    sourceLayerHash: pkg.layer?.digest ?? null,
    evidence: match.evidence,
  }
}

/** What to do where the only fix is for subscribers: no fix is available, but one can be had. */
function subscriberRemediation({ package: pkg, vulnerabilityId, evidence }: Match): string | null {
  const isForSubscribers = evidence.some(({ state }) => state === 'fixed-for-subscribers')
  return isForSubscribers ? (ecosystemOf(pkg.type).subscriberRemediation?.(pkg, vulnerabilityId) ?? null) : null
}

/** YES when every affected package has a fix, NO when none has. (inspector-behaviour §1.6, documented) */
function fixAvailableOf(packages: readonly VulnerablePackage[]): FixAvailable {
  const fixed = packages.filter(pkg => pkg.fixedInVersion !== null).length
  if (fixed === 0) return 'NO'
  return fixed === packages.length ? 'YES' : 'PARTIAL'
}

/** `<vulnerability> - <package>, <package>…` with each name once; a list too long ends in a count. (§1.4; the cut is ours) */
function titleOf(id: VulnerabilityId, packages: readonly VulnerablePackage[]): string {
  const names = [...new Set(packages.map(pkg => pkg.name))]
  const whole = `${id} - ${names.join(', ')}`
  if (whole.length <= TEXT_LIMIT) return whole

  let title = `${id} - `
  let shown = 0
  for (const name of names) {
    const rest = ` and ${names.length - shown} more`
    const next = shown === 0 ? name : `, ${name}`
    if (title.length + next.length + rest.length > TEXT_LIMIT) return cut(title + rest)
    title += next
    shown += 1
  }
  return cut(title)
}

/** Never splits a surrogate pair. */
function cut(text: string): string {
  if (text.length <= TEXT_LIMIT) return text
  const last = text.charCodeAt(TEXT_LIMIT - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? TEXT_LIMIT - 1 : TEXT_LIMIT)
}

function inListOrder(a: VulnerablePackage, b: VulnerablePackage): number {
  return (
    compareText(a.name, b.name) ||
    compareText(a.version, b.version) ||
    compareText(a.release ?? '', b.release ?? '') ||
    compareText(a.arch ?? '', b.arch ?? '') ||
    compareText(a.foundIn, b.foundIn)
  )
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
