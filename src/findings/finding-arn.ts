import type { Sha256Hex } from '../base/hash.ts'
import { stableJson } from '../base/stable-json.ts'
import type { FindingArn, FindingKey, FindingType } from '../domain/finding.ts'
import { partitionOf, type ResourceId, type Scope } from '../domain/ids.ts'

/** What makes a finding unique. (inspector-behaviour §1.5, inferred from published examples) */
export interface FindingIdentity {
  readonly scope: Scope
  readonly resourceId: ResourceId
  readonly type: FindingType
  readonly key: FindingKey
  /** Raised when the cause comes back after the reopen window. */
  readonly generation: number
}

/** The same identity gives the same ARN, so that a repeated scan names the same finding and never makes a second one. */
export function findingArn(identity: FindingIdentity, sha256: Sha256Hex): FindingArn {
  const { scope, resourceId, type, key, generation } = identity
  const { accountId, region } = scope
  // Package findings came first, and are named without their type: a list of another length never gives the same text.
  const named =
    type === 'PACKAGE_VULNERABILITY'
      ? [region, accountId, resourceId, key, generation]
      : [region, accountId, resourceId, type, key, generation]
  const name = sha256(stableJson(named)).slice(0, 32)
  return `arn:${partitionOf(region)}:inspector2:${region}:${accountId}:finding/${name}` as FindingArn
}
