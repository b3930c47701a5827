import type { Sha256Hex } from '../base/hash.ts'
import { stableJson } from '../base/stable-json.ts'
import type { FindingArn } from '../domain/finding.ts'
import { partitionOf, type ResourceId, type Scope, type VulnerabilityId } from '../domain/ids.ts'

/** What makes a finding unique. (inspector-behaviour §1.5, inferred from published examples) */
export interface FindingIdentity {
  readonly scope: Scope
  readonly resourceId: ResourceId
  readonly vulnerabilityId: VulnerabilityId
  /** Raised when the cause comes back after the reopen window. */
  readonly generation: number
}

/** The same identity gives the same ARN, so that a repeated scan names the same finding and never makes a second one. */
export function findingArn(identity: FindingIdentity, sha256: Sha256Hex): FindingArn {
  const { accountId, region } = identity.scope
  const name = sha256(
    stableJson([region, accountId, identity.resourceId, identity.vulnerabilityId, identity.generation]),
  ).slice(0, 32)
  return `arn:${partitionOf(region)}:inspector2:${region}:${accountId}:finding/${name}` as FindingArn
}
