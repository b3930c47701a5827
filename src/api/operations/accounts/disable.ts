import type { DisableCommandInput } from '@aws-sdk/client-inspector2'
import { decideDisable } from '../../../accounts/enablement.ts'
import { ok } from '../../../base/result.ts'
import type { Operation } from '../operation.ts'
import { changeEnablement } from './change-enablement.ts'
import { splitAccounts } from './own-account.ts'

/** POST /disable: turns scan types off, all of them when none is named. Workers settle what is DISABLING. */
export const disable: Operation<DisableCommandInput> = {
  name: 'Disable',
  async run(input, context) {
    const requested = input.resourceTypes ?? []

    const { isOwnNamed, foreign } = splitAccounts(input.accountIds, context.caller)
    if (!isOwnNamed) return ok({ accounts: [], failedAccounts: foreign })

    const changed = await changeEnablement(context, current => decideDisable(current, requested))

    return ok({ accounts: changed.accounts, failedAccounts: [...changed.failedAccounts, ...foreign] })
  },
}
