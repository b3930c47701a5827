import type { Coverage } from '../domain/coverage.ts'
import type { Finding, FindingChange } from '../domain/finding.ts'
import type { ResourceId, Scope, VulnerabilityId } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { ResourceType } from '../domain/resource.ts'
import type { BuriedGenerations } from '../findings/reconcile.ts'
import type { AdvisoryChanges } from './advisory-database.ts'
import type { KnownResource } from './scan-store.ts'

/** A scope whose findings agree with another version than wanted; `null` when that version cannot be named any more. */
export interface OutdatedScope {
  readonly scope: Scope
  readonly matchedWith: string | null
}

/** A resource that is to be matched again. Ordered by inventory, so that those who share one stand together. */
export interface DueResource {
  readonly id: ResourceId
  /** `null` when the resource is gone. */
  readonly type: ResourceType | null
  readonly inventoryHash: string
  /** Findings that a commit will read, of all generations. */
  readonly findingCount: number
}

/** A resource as it is now, its row locked. */
export interface HeldResource extends KnownResource {
  readonly isRetired: boolean
  readonly inventoryHash: string | null
  /** The advisories that its findings rest on; `null` when on none, or when we read them otherwise by now. */
  readonly matchedWith: string | null
  /** The newest generation of each of its findings. */
  readonly findings: readonly Finding[]
  /** What is left of findings that were deleted. */
  readonly buried: BuriedGenerations
}

export interface RematchOutcome {
  readonly coverage: Coverage
  readonly matchedWith: { readonly advisoryVersion: string }
  readonly changes: readonly FindingChange[]
}

/**
 * What is due after the advisories changed. A version moves together with what it makes due, in one transaction; what is
 * due is forgotten together with its outcome. So nothing is lost wherever a process dies, and everything may run twice.
 */
export interface RematchStore {
  /** Scopes whose findings do not agree with this version yet; their number bounds the cost, not that of resources. */
  outdated(advisoryVersion: string): Promise<readonly OutdatedScope[]>
  /**
   * Moves the version of the scope and makes due what `changes` may concern: resources that hold a changed name, and
   * vulnerabilities with open findings. Returns false, having done nothing, when another process moved it meanwhile.
   */
  plan(outdated: OutdatedScope, to: string, changes: AdvisoryChanges | 'everything'): Promise<boolean>
  /** Scopes in which something is due. */
  scopesWithWork(): Promise<readonly Scope[]>
  /** In the order of inventory and id, after `after`. */
  dueResources(scope: Scope, after: DueResource | null, limit: number): Promise<readonly DueResource[]>
  /** Those that are still stored, by hash. */
  inventories(scope: Scope, hashes: readonly string[]): Promise<ReadonlyMap<string, Inventory>>
  /**
   * Locks the resources in the order of their ids and applies all outcomes in one transaction: coverage, findings,
   * history and events. `drop`: nothing is to be done any more; `later`: it stays due; `as-it-is`: another has done it.
   * `decide` may run again.
   */
  commitAll(
    scope: Scope,
    ids: readonly ResourceId[],
    decide: (resource: HeldResource) => RematchOutcome | 'drop' | 'later' | 'as-it-is',
  ): Promise<void>
  /** Vulnerabilities with other words or scores than their open findings may show, in order after `after`. */
  dueRedescriptions(scope: Scope, after: VulnerabilityId | null, limit: number): Promise<readonly VulnerabilityId[]>
  /**
   * Applies what `decide` makes of up to `limit` open findings of a vulnerability, in one transaction, and returns where
   * to go on, `null` after the last.
   */
  redescribe(
    scope: Scope,
    id: VulnerabilityId,
    after: string | null,
    limit: number,
    decide: (finding: Finding) => FindingChange | null,
  ): Promise<string | null>
  /** Forgets that the vulnerability is due, unless the scope has moved on from the version that it was described with. */
  redescribed(scope: Scope, id: VulnerabilityId, advisoryVersion: string): Promise<void>
}
