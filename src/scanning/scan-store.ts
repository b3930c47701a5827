import type { Instant } from '../base/clock.ts'
import type { Coverage } from '../domain/coverage.ts'
import type { Finding, FindingChange } from '../domain/finding.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { ExposureLevel } from '../domain/network/open-path.ts'
import type { Resource, ResourceType } from '../domain/resource.ts'
import type { BuriedGenerations } from '../findings/reconcile.ts'

/** What the store knows about one resource. */
export interface KnownResource {
  readonly resource: Resource
  readonly coverage: Coverage
  /** How far its network opens it; absent where that was never evaluated. */
  readonly exposure?: ExposureLevel | undefined
  /** Of the stored inventory, where an agent sent it. (host-store.ts) */
  readonly reportSequence?: number | undefined
}

/** What is to be stored about one resource, all or nothing. */
export interface ScanOutcome {
  readonly coverage: Coverage
  /** `keep` leaves the stored inventory as it is. */
  readonly inventory: Inventory | 'keep'
  /** What the findings rest on now; `keep` when nothing was matched. */
  readonly matchedWith: { readonly advisoryVersion: string } | 'keep'
  readonly changes: readonly FindingChange[]
  /** Of the inventory, where an agent sent it; what is stored stays when left out. */
  readonly reportSequence?: number | undefined
  /** Whether the resource leaves coverage with this outcome (gone or disabled). Its findings stay until retention ends. */
  readonly retire: boolean
}

/** Resources, their inventories and their findings, for writing. */
export interface ScanStore {
  /**
   * Locks the resource (making its row first when it is new), hands `decide` the newest generation of each of its
   * findings and what is left of deleted ones, and stores the outcome in one transaction: coverage, inventory, findings, history and one outbox event
   * per change. Two calls for one resource run one after the other. `decide` may run again after a serialization failure.
   */
  commit(
    resource: Resource,
    decide: (known: readonly Finding[], resource: KnownResource | null, buried: BuriedGenerations) => ScanOutcome,
  ): Promise<void>
  find(scope: Scope, id: ResourceId): Promise<KnownResource | null>
  inventoryOf(scope: Scope, id: ResourceId): Promise<Inventory | null>
  /** Resources that are not retired, in id order, in pages of `limit` after `after`. */
  list(
    scope: Scope,
    options: {
      readonly type?: ResourceType
      readonly registry?: string
      readonly repository?: string
      readonly after?: ResourceId
      readonly limit: number
    },
  ): Promise<readonly KnownResource[]>
  /** When images were last pulled. Touches neither coverage nor findings; what is not there is passed over. */
  notePulls(scope: Scope, pulls: readonly { readonly id: ResourceId; readonly pulledAt: Instant }[]): Promise<void>
  /** Repositories of a registry (`host[:port]`) that hold at least one image that is not retired. */
  repositories(scope: Scope, registry: string): Promise<readonly string[]>
  /**
   * Deletes findings closed for longer than their reason keeps them; returns how many. Their generations are kept, with
   * `now` as the time, and those that were left before `buried` forgotten.
   */
  deleteClosedBefore(limits: {
    readonly remediated: Instant
    readonly gone: Instant
    readonly buried: Instant
    readonly now: Instant
  }): Promise<number>
}
