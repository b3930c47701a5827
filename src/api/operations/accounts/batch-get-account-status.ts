import type { BatchGetAccountStatusCommandInput } from '@aws-sdk/client-inspector2'
import { ok } from '../../../base/result.ts'
import type { Operation } from '../operation.ts'
import { accountStateShape } from './account-shape.ts'
import { splitAccounts } from './own-account.ts'

/** POST /status/batch/get: an account that never enabled anything is answered, with DISABLED everywhere. */
export const batchGetAccountStatus: Operation<BatchGetAccountStatusCommandInput> = {
  name: 'BatchGetAccountStatus',
  async run(input, { caller, ports }) {
    const { isOwnNamed, foreign } = splitAccounts(input.accountIds, caller)
    if (!isOwnNamed) return ok({ accounts: [], failedAccounts: foreign })

    const statuses = await ports.accounts.statusesOf({ accountId: caller.accountId, region: caller.region })

    return ok({ accounts: [accountStateShape(caller.accountId, statuses)], failedAccounts: foreign })
  },
}
