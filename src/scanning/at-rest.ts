import type { Clock, Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import type { ScanStatusReason } from '../domain/coverage.ts'
import type { CloseReason, Finding } from '../domain/finding.ts'
import type { Resource } from '../domain/resource.ts'
import { reconcile } from '../findings/reconcile.ts'
import type { ScanOutcome } from './scan-store.ts'

export interface AtRest {
  readonly reason: ScanStatusReason
  /** One sentence for coverage. */
  readonly detail: string
  readonly absence: CloseReason
  readonly lastScannedAt: Instant | null
  /** Whether the resource leaves coverage for good; else it stays listed, with the reason. */
  readonly retire: boolean
}

/** A resource that nobody scans any more: its findings close, and what is stored about it stays. Idempotent. */
export function outcomeAtRest(
  parts: { readonly clock: Clock; readonly sha256: Sha256Hex },
  resource: Resource,
  findings: readonly Finding[],
  { reason, detail, absence, lastScannedAt, retire }: AtRest,
): ScanOutcome {
  const nothing = { resource, detections: [], absence, provesGone: () => true }
  return {
    coverage: { resource, scanType: 'PACKAGE', reason, detail, problems: [], lastScannedAt },
    inventory: 'keep',
    matchedWith: 'keep',
    changes: reconcile(findings, nothing, parts.clock.now(), parts.sha256),
    retire,
  }
}
