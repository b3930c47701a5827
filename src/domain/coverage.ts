import type { Instant } from '../base/clock.ts'
import type { InventoryProblem } from './inventory.ts'
import type { Resource } from './resource.ts'

/** `scanStatus.reason` of the API, those that this version gives. (inspector-behaviour §7.1) */
export type ScanStatusReason =
  | 'SUCCESSFUL'
  | 'SCAN_IN_PROGRESS'
  | 'PENDING_INITIAL_SCAN'
  | 'UNSUPPORTED_OS'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'IMAGE_SIZE_EXCEEDED'
  | 'IMAGE_ARCHIVED'
  | 'NO_INVENTORY'
  | 'STALE_INVENTORY'
  | 'DEEP_INSPECTION_PACKAGE_COLLECTION_LIMIT_EXCEEDED'
  | 'DEEP_INSPECTION_COLLECTION_TIME_LIMIT_EXCEEDED'
  | 'ACCESS_DENIED'
  | 'RESOURCE_TERMINATED'
  | 'PENDING_DISABLE'
  | 'UNMANAGED_EC2_INSTANCE'
  | 'EC2_INSTANCE_STOPPED'
  | 'EXCLUDED_BY_TAG'
  | 'INTERNAL_ERROR'

export type ScanStatusCode = 'ACTIVE' | 'INACTIVE'

/** ACTIVE means that the resource is being watched; the column is inferred from inspector-behaviour §7.1. */
export const STATUS_CODE_OF_REASON: Readonly<Record<ScanStatusReason, ScanStatusCode>> = {
  SUCCESSFUL: 'ACTIVE',
  SCAN_IN_PROGRESS: 'ACTIVE',
  PENDING_INITIAL_SCAN: 'ACTIVE',
  UNSUPPORTED_OS: 'INACTIVE',
  UNSUPPORTED_MEDIA_TYPE: 'INACTIVE',
  IMAGE_SIZE_EXCEEDED: 'INACTIVE',
  IMAGE_ARCHIVED: 'INACTIVE',
  NO_INVENTORY: 'INACTIVE',
  STALE_INVENTORY: 'INACTIVE',
  // Partial errors: the host is watched, its languages not in full.
  DEEP_INSPECTION_PACKAGE_COLLECTION_LIMIT_EXCEEDED: 'ACTIVE',
  DEEP_INSPECTION_COLLECTION_TIME_LIMIT_EXCEEDED: 'ACTIVE',
  ACCESS_DENIED: 'INACTIVE',
  RESOURCE_TERMINATED: 'INACTIVE',
  PENDING_DISABLE: 'INACTIVE',
  UNMANAGED_EC2_INSTANCE: 'INACTIVE',
  EC2_INSTANCE_STOPPED: 'INACTIVE',
  EXCLUDED_BY_TAG: 'INACTIVE',
  INTERNAL_ERROR: 'INACTIVE',
}

/** Whether this is the last word on a resource that is watched no more: gone, turned off, or its registry removed. */
export function hasLeftCoverage(coverage: Pick<Coverage, 'reason'>): boolean {
  return coverage.reason === 'RESOURCE_TERMINATED' || coverage.reason === 'PENDING_DISABLE'
}

/** Of resources whose packages nobody reads at present. */
const UNREAD_REASONS: ReadonlySet<ScanStatusReason> = new Set([
  'IMAGE_ARCHIVED',
  'UNMANAGED_EC2_INSTANCE',
  'EC2_INSTANCE_STOPPED',
  'EXCLUDED_BY_TAG',
])

/**
 * Whether scans and matches leave the resource alone for now: an archived image comes back when it is restored, an instance
 * when its agent reports.
 */
export function isAtRest(coverage: Pick<Coverage, 'reason'>): boolean {
  return hasLeftCoverage(coverage) || UNREAD_REASONS.has(coverage.reason)
}

/** What is looked at: a resource may be covered in both ways, each with a state of its own. */
export type CoverageScanType = 'PACKAGE' | 'NETWORK'

/** Is this resource scanned, how, since when, and why not. */
export interface Coverage {
  readonly resource: Resource
  readonly scanType: CoverageScanType
  readonly reason: ScanStatusReason
  /** One sentence for a person: what failed and what to do; `null` when all is well. Not part of Amazon's wire shape. */
  readonly detail: string | null
  /** What could not be read although the scan went on. Not part of Amazon's wire shape. */
  readonly problems: readonly InventoryProblem[]
  readonly lastScannedAt: Instant | null
  /** When the image was last pulled, where its registry tells (ECR). */
  readonly imagePulledAt?: Instant | undefined
}
