import type { Instant } from '../base/clock.ts'
import type { Brand } from '../base/brand.ts'
import type { VulnerabilityId } from './ids.ts'
import type { PackageManager } from './inventory.ts'
import type { MatchEvidence } from './match.ts'
import type { ExposureLevel, OpenPath } from './network/open-path.ts'
import type { Resource } from './resource.ts'
import type { Severity } from './severity.ts'
import type { Exploit, KnownExploited } from './signal.ts'
import type { CvssScore } from './vulnerability.ts'

/** `arn:<partition>:inspector2:<region>:<account>:finding/<32 hex>` */
export type FindingArn = Brand<string, 'FindingArn'>

export type FindingStatus = 'ACTIVE' | 'SUPPRESSED' | 'CLOSED'

/** Why a finding was closed; decides how long it is kept. (inspector-behaviour §2.3) */
export type CloseReason = 'remediated' | 'resource-gone' | 'not-eligible'

export type FixAvailable = 'YES' | 'NO' | 'PARTIAL'

/** One entry of `packageVulnerabilityDetails.vulnerablePackages[]`. */
export interface VulnerablePackage {
  readonly name: string
  /** Upstream version without epoch and release for operating system packages, the whole version otherwise. */
  readonly version: string
  readonly release: string | null
  readonly epoch: number
  /** Upper case, e.g. `AMD64`, `ALL`; `null` where the ecosystem has none. */
  readonly arch: string | null
  readonly manager: PackageManager
  /** As the API shows it: `null` for operating system packages. */
  readonly filePath: string | null
  /** The file that says so, also for operating system packages: while it cannot be read, the finding stays. */
  readonly foundIn: string
  /** `epoch:version-release` for operating system packages; `null` when no fix is known. */
  readonly fixedInVersion: string | null
  /** A command that installs the fix; `null` when no fix is known. */
  readonly remediation: string | null
  readonly sourceLayerHash: string | null
  readonly evidence: readonly MatchEvidence[]
}

/** What a scan says about one weakness of one resource, before the past is considered. */
export type Detection = PackageDetection | NetworkDetection

/** `type` of the API, those that this version makes. (inspector-behaviour §1.1) */
export type FindingType = Detection['type']

/** One vulnerability, with every package of the resource that has it. */
export interface PackageDetection {
  readonly type: 'PACKAGE_VULNERABILITY'
  readonly vulnerabilityId: VulnerabilityId
  readonly title: string
  readonly description: string
  /** What to do, where that is more than to install the fixes of the packages; absent where they say it all. */
  readonly recommendation?: string
  readonly severity: Severity
  readonly score: InspectorScore | null
  readonly fixAvailable: FixAvailable
  readonly source: string
  readonly sourceUrl: string | null
  readonly vendorSeverity: string | null
  readonly vendorCreatedAt: Instant | null
  readonly vendorUpdatedAt: Instant | null
  readonly cvss: readonly CvssScore[]
  readonly relatedVulnerabilities: readonly string[]
  readonly referenceUrls: readonly string[]
  /** Probability of exploitation in the next thirty days, 0 to 1; `null` when no score is known. */
  readonly epssScore: number | null
  readonly exploit: Exploit | null
  readonly kev: KnownExploited | null
  readonly isDisputed: boolean
  /** How far the network opens the instance that was scored; absent where nobody evaluated that. */
  readonly exposure?: ExposureLevel
  /** Whether a running process of the machine has files of a vulnerable package loaded; absent where nobody looked. */
  readonly isInUse?: boolean
  readonly vulnerablePackages: readonly VulnerablePackage[]
}

/** Ports of an instance that can be reached from beyond an edge of its VPC. */
export interface NetworkDetection {
  readonly type: 'NETWORK_REACHABILITY'
  readonly key: FindingKey
  readonly title: string
  readonly description: string
  readonly recommendation: string
  readonly severity: Severity
  /** The whole proof; of very many sources the first. */
  readonly path: OpenPath
  /** How many sources there are. */
  readonly sourceCount: number
}

/**
 * What tells the findings of one type of one resource apart: the vulnerability id, or `network:` and 32 hexadecimal
 * digits that name edge, interface and ports. (findings/network/network-detection.ts)
 */
export type FindingKey = Brand<string, 'FindingKey'>

export function findingKeyOf(detection: Detection): FindingKey {
  return detection.type === 'NETWORK_REACHABILITY' ? detection.key : (detection.vulnerabilityId as string as FindingKey)
}

/** The score that a finding's severity rests on: a base score, or what the resource's context makes of it. */
export interface InspectorScore {
  readonly score: number
  readonly vector: string
  readonly version: string
  readonly source: string
  /** Absent where score and vector are the base ones. (findings/inspector-score/) */
  readonly context?: {
    readonly base: { readonly score: number; readonly vector: string }
    readonly adjustments: readonly ScoreAdjustment[]
  }
}

/** One entry of `adjustedCvss.adjustments`. */
export interface ScoreAdjustment {
  readonly metric: string
  readonly reason: string
}

/** The lasting record: one per (account, Region, resource, vulnerability or network path) and generation. */
export interface Finding {
  readonly arn: FindingArn
  /** 1 for the first; raised when the cause comes back after the reopen window. Part of the ARN's derivation. */
  readonly generation: number
  readonly status: FindingStatus
  readonly resource: Resource
  readonly detection: Detection
  readonly firstObservedAt: Instant
  readonly lastObservedAt: Instant
  readonly updatedAt: Instant
  readonly closedAt: Instant | null
  readonly closeReason: CloseReason | null
}

export interface PackageFinding extends Finding {
  readonly detection: PackageDetection
}

export function isPackageFinding(finding: Finding): finding is PackageFinding {
  return finding.detection.type === 'PACKAGE_VULNERABILITY'
}

/** One step in the life of a finding: what reconcile decided, what history keeps, what an event announces. */
export interface FindingChange {
  readonly is: 'opened' | 'updated' | 'closed' | 'reopened'
  readonly finding: Finding
}
