import type { EnableCommandInput } from '@aws-sdk/client-inspector2'
import { SCAN_TYPE_TITLES, SERVED_SCAN_TYPES, decideEnable } from '../../../accounts/enablement.ts'
import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Operation } from '../operation.ts'
import { changeEnablement } from './change-enablement.ts'
import { splitAccounts } from './own-account.ts'

/** POST /enable: turns scan types on. Workers settle what is ENABLING. */
export const enable: Operation<EnableCommandInput> = {
  name: 'Enable',
  async run(input, context) {
    const requested = input.resourceTypes ?? []

    const { isOwnNamed, foreign } = splitAccounts(input.accountIds, context.caller)
    const unserved = requested.find(type => !SERVED_SCAN_TYPES.includes(type))
    if (unserved !== undefined) {
      const filling = { scanType: SCAN_TYPE_TITLES[unserved], region: context.caller.region }
      return err(apiError('scan-type-not-supported', filling))
    }
    if (!isOwnNamed) return ok({ accounts: [], failedAccounts: foreign })

    const changed = await changeEnablement(context, current => decideEnable(current, requested))

    return ok({ accounts: changed.accounts, failedAccounts: [...changed.failedAccounts, ...foreign] })
  },
}
