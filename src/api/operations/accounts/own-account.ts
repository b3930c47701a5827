import { FOREIGN_ACCOUNT } from '../../../accounts/enablement.ts'
import type { Caller } from '../../protocol/sigv4.ts'
import { failedAccountShape } from './account-shape.ts'

/**
 * Splits `accountIds` into the caller's own account and the rest: a standalone account may not speak for others, which
 * fail one by one in an answer of status 200. None named means the own one. (api-and-accounts §4.4, §4.6)
 */
export function splitAccounts(accountIds: readonly string[] | undefined, caller: Caller) {
  const named = new Set(accountIds?.length ? accountIds : [caller.accountId])
  const isOwnNamed = named.delete(caller.accountId)
  return { isOwnNamed, foreign: [...named].map(id => failedAccountShape(id, FOREIGN_ACCOUNT, null)) }
}
