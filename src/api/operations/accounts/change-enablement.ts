import type { ScanTypeStatuses } from '../../../accounts/account.ts'
import { isSettling } from '../../../accounts/enablement.ts'
import type { EnablementDecision, EnablementFailure } from '../../../accounts/enablement.ts'
import type { OperationContext } from '../operation.ts'
import { accountShape, failedAccountShape } from './account-shape.ts'

/**
 * Stores a decision about the caller's account and asks the workers to bring its resources in line. They are asked
 * whenever something is still settling, so that a repeated call mends a request that was lost after the change.
 */
export async function changeEnablement(
  { caller, ports, clock }: OperationContext,
  decide: (current: ScanTypeStatuses) => EnablementDecision,
) {
  const scope = { accountId: caller.accountId, region: caller.region }
  let failure: EnablementFailure | null = null
  const statuses = await ports.accounts.changeStatuses(
    scope,
    current => {
      const decision = decide(current)
      failure = decision.failure
      return decision.changes
    },
    clock.now(),
  )
  if (isSettling(statuses)) await ports.work.applyEnablement(scope)
  return failure
    ? { accounts: [], failedAccounts: [failedAccountShape(caller.accountId, failure, statuses)] }
    : { accounts: [accountShape(caller.accountId, statuses)], failedAccounts: [] }
}
