import type { Instant } from '../base/clock.ts'
import type { AccountId, Scope } from '../domain/ids.ts'
import type { EnablementStatus, ScanType, ScanTypeStatuses } from './account.ts'

export interface AccountStore {
  /** Makes the account known; does nothing when it is. */
  addAccount(accountId: AccountId, now: Instant): Promise<void>
  accountExists(accountId: AccountId): Promise<boolean>
  listAccounts(): Promise<readonly AccountId[]>
  /** Types that were never touched are DISABLED. */
  statusesOf(scope: Scope): Promise<ScanTypeStatuses>
  /** Decides on the current statuses under a lock and stores what changed, in one transaction. */
  changeStatuses(
    scope: Scope,
    decide: (current: ScanTypeStatuses) => Readonly<Partial<Record<ScanType, EnablementStatus>>>,
    now: Instant,
  ): Promise<ScanTypeStatuses>
  /** Every account and Region in which `type` has `status`. */
  scopesWith(type: ScanType, status: EnablementStatus): Promise<readonly Scope[]>
}
