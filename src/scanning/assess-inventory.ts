import type { Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import type { Coverage, ScanStatusReason } from '../domain/coverage.ts'
import {
  isPackageFinding,
  type Finding,
  type FindingChange,
  type PackageDetection,
  type PackageFinding,
  type VulnerablePackage,
} from '../domain/finding.ts'
import { pathsHiddenBy } from '../domain/hidden-paths.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { MatchReport } from '../domain/match.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { ExposureLevel } from '../domain/network/open-path.ts'
import type { Resource } from '../domain/resource.ts'
import type { ReleaseStanding } from '../domain/release-end.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import { platformNamespaceOf } from '../ecosystems/platform-namespace.ts'
import { releaseStanding } from '../ecosystems/release-ends.ts'
import { detectionsOf } from '../findings/detections.ts'
import { inContext } from '../findings/inspector-score/score-in-context.ts'
import { PLATFORM_END_OF_LIFE, platformEndOfLife } from '../findings/platform-end-of-life.ts'
import { reconcile, type BuriedGenerations } from '../findings/reconcile.ts'
import type { AdvisoryIndex, Covering } from '../matching/advisory-index.ts'
import type { JudgementMemory } from '../matching/judgement-memory.ts'
import { matchInventory } from '../matching/match-inventory.ts'
import { restsOn } from './rests-on.ts'

/** What an inventory means today, before the resource's past is considered. Used alike by the server and by `scan`. */
export interface Assessment {
  readonly detections: readonly PackageDetection[]
  readonly report: MatchReport
  /** Namespaces of its packages that the advisory database does not cover fully. */
  readonly gaps: ReadonlyMap<Namespace, Exclude<Covering, 'fully'>>
  /** Where the release of the operating system stands; `unknown` also where there is none. */
  readonly standing: ReleaseStanding
  /** The advisories and the passing of time that the rest follows from, by name. (scanning/rests-on.ts) */
  readonly restsOn: string
  readonly reason: ScanStatusReason
  /** One sentence when something is missing from the answer, else `null`. */
  readonly detail: string | null
}

export function assessInventory(
  inventory: Inventory,
  index: AdvisoryIndex,
  resourceKind: 'image' | 'host',
  now: Instant,
  memory?: JudgementMemory,
): Assessment {
  const report = matchInventory(inventory, index, { resourceKind, memory })
  const gaps = new Map<Namespace, Exclude<Covering, 'fully'>>()
  for (const { namespace } of inventory.packages) {
    const covering = namespace === null ? 'fully' : index.covers(namespace)
    if (namespace !== null && covering !== 'fully') gaps.set(namespace, covering)
  }
  const detections = detectionsOf(report.matches, (id, matchedIds) => index.vulnerability(id, matchedIds))
  const platform = platformNamespaceOf(inventory)
  const standing = standingOf(platform, index, now)
  return {
    detections: standing.is === 'ended' ? withPlatformEnd(detections, inventory, platform, standing) : detections,
    report,
    gaps,
    standing,
    restsOn: restsOn(index, now),
    ...statusOf(inventory, gaps, report),
  }
}

/** The changes that make the resource's findings agree with the assessment, scored by how far its network opens it. */
export function changesFrom(
  assessment: Assessment,
  inventory: Inventory,
  resource: Resource,
  known: readonly Finding[],
  now: Instant,
  sha256: Sha256Hex,
  buried: BuriedGenerations,
  exposure?: ExposureLevel,
): readonly FindingChange[] {
  const cannotTell = blindSpots(assessment, inventory)
  return reconcile(
    known,
    {
      resource,
      detections: assessment.detections.map(detection => inContext(detection, exposure)),
      absence: 'remediated',
      provesGone: finding => {
        if (!isPackageFinding(finding)) return false
        return finding.detection.vulnerabilityId === PLATFORM_END_OF_LIFE
          ? provesPlatformAlive(assessment, inventory, resource, finding)
          : !finding.detection.vulnerablePackages.some(cannotTell)
      },
    },
    now,
    sha256,
    buried,
  )
}

function standingOf(platform: Namespace | null, index: AdvisoryIndex, now: Instant): ReleaseStanding {
  if (platform === null) return { is: 'unknown' }
  return releaseStanding(platform, index.releaseEnds?.().get(platform) ?? null, now)
}

/** In order of vulnerability id, as all detections are; the id belongs to the platform alone, whatever a feed may carry. */
function withPlatformEnd(
  detections: readonly PackageDetection[],
  { distro }: Inventory,
  platform: Namespace | null,
  ended: Extract<ReleaseStanding, { is: 'ended' }>,
): readonly PackageDetection[] {
  const end = platformEndOfLife(distro?.prettyName ?? platform ?? '', ended)
  const others = detections.filter(({ vulnerabilityId }) => vulnerabilityId !== PLATFORM_END_OF_LIFE)
  return [...others, end].sort((a, b) => (a.vulnerabilityId < b.vulnerabilityId ? -1 : 1))
}

/**
 * The end of a platform is undone by another platform, or by a source that says that it is supported. That no source
 * speaks about it any more (a feed that was lost) proves nothing, and neither does an os-release that was not read.
 */
function provesPlatformAlive(
  { standing }: Assessment,
  inventory: Inventory,
  resource: Resource,
  finding: PackageFinding,
): boolean {
  if (platformNamespaceOf(inventory) === null || hidesPlatform(inventory)) return false
  return standing.is === 'supported' || finding.resource.details.platform !== resource.details.platform
}

function hidesPlatform({ problems }: Inventory): boolean {
  const isHidden = pathsHiddenBy(problems)
  return isHidden('etc/os-release') || isHidden('usr/lib/os-release')
}

export function coverageFrom(assessment: Assessment, inventory: Inventory, resource: Resource, now: Instant): Coverage {
  return {
    resource,
    scanType: 'PACKAGE',
    reason: assessment.reason,
    detail: assessment.detail,
    problems: inventory.problems,
    lastScannedAt: now,
  }
}

/** Packages whose absence from the matches proves nothing: unread files and layers, undetermined versions, missing feeds. */
function blindSpots(assessment: Assessment, inventory: Inventory): (pkg: VulnerablePackage) => boolean {
  const isHidden = pathsHiddenBy(inventory.problems)
  const undetermined = new Set(assessment.report.undetermined.map(entry => entry.package.name))
  const uncoveredNames = new Set(
    inventory.packages.filter(pkg => pkg.namespace === null || assessment.gaps.has(pkg.namespace)).map(pkg => pkg.name),
  )
  return pkg => isHidden(pkg.foundIn) || undetermined.has(pkg.name) || uncoveredNames.has(pkg.name)
}

/** What an agent says of a deep inspection that it had to cut short. (inspector-behaviour §6.2, §7.1) */
const DEEP_INSPECTION_REASONS: ReadonlyMap<string, ScanStatusReason> = new Map([
  ['deep-inspection-package-limit', 'DEEP_INSPECTION_PACKAGE_COLLECTION_LIMIT_EXCEEDED'],
  ['deep-inspection-time-limit', 'DEEP_INSPECTION_COLLECTION_TIME_LIMIT_EXCEEDED'],
])

function statusOf(
  inventory: Inventory,
  gaps: Assessment['gaps'],
  report: MatchReport,
): { readonly reason: ScanStatusReason; readonly detail: string | null } {
  if (inventory.packages.length === 0) {
    return inventory.problems.length > 0
      ? { reason: 'INTERNAL_ERROR', detail: `Nothing could be read: ${problemsInWords(inventory)}.` }
      : { reason: 'UNSUPPORTED_OS', detail: 'No operating system and no package that this version reads was found.' }
  }
  const system = inventory.packages.filter(pkg => ecosystemOf(pkg.type).isOperatingSystem)
  const unknownSystem = system.find(pkg => pkg.namespace === null || gaps.get(pkg.namespace) === 'not-at-all')
  if (unknownSystem !== undefined) {
    const name = unknownSystem.namespace ?? inventory.distro?.prettyName ?? inventory.distro?.id ?? 'an unknown system'
    return {
      reason: 'UNSUPPORTED_OS',
      detail: `The advisory database knows nothing about ${name}: its ${system.length} packages are not matched.`,
    }
  }
  const words: string[] = []
  for (const [namespace, covering] of gaps) {
    words.push(`${covering === 'by-starter-only' ? 'only starter advisories' : 'no advisories'} for ${namespace}`)
  }
  if (inventory.problems.length > 0) words.push(problemsInWords(inventory))
  // One package may be in doubt by many advisories.
  const inDoubt = new Set(report.undetermined.map(entry => entry.package))
  if (inDoubt.size > 0) words.push(`${counted(inDoubt.size, 'package')} undetermined`)
  const detail = words.length === 0 ? null : `Scanned, with gaps: ${words.join('; ')}.`
  const cut = inventory.problems.find(({ reason }) => DEEP_INSPECTION_REASONS.has(reason))
  return { reason: DEEP_INSPECTION_REASONS.get(cut?.reason ?? '') ?? 'SUCCESSFUL', detail }
}

function problemsInWords(inventory: Inventory): string {
  const [first] = inventory.problems
  const example = first === undefined ? '' : ` (first: ${first.path}, ${first.reason})`
  return `${counted(inventory.problems.length, 'file')} not read${example}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
