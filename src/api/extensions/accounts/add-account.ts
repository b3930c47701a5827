import { z } from 'zod'
import { formatInstant } from '../../../base/clock.ts'
import { err, ok } from '../../../base/result.ts'
import { newAccessKey } from '../../../accounts/new-access-key.ts'
import { parseAccountId } from '../../../domain/ids.ts'
import { apiError } from '../../protocol/errors.ts'
import { parseBody, type Extension } from '../extension.ts'

const input = z.strictObject({
  accountId: z.string().transform((text, context) => {
    const accountId = parseAccountId(text)
    if (accountId !== null) return accountId
    context.addIssue({ code: 'custom', message: 'must be twelve digits' })
    return z.NEVER
  }),
})

/**
 * POST /openinspector/accounts: another account, with its scan types on in this Region and its first key, whose secret only
 * this answer has. For keys of the account that the installation was made with; they see nothing of the new one without it.
 */
export const addAccount: Extension = {
  name: 'AddAccount',
  method: 'POST',
  path: '/openinspector/accounts',
  status: 201,
  async run({ body }, { caller, ports, clock, randomBytes, isOperator }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    if (!isOperator) return err(apiError('operator-only', {}))
    const { accountId } = parsed.value
    if (await ports.accounts.accountExists(accountId)) {
      const members = { resourceId: accountId, resourceType: 'account' }
      return err(apiError('account-exists', { resourceId: accountId }, { members }))
    }
    const now = clock.now()
    const scope = { accountId, region: caller.region }
    await ports.accounts.addAccount(accountId, now)
    await ports.accounts.changeStatuses(scope, () => ({ EC2: 'ENABLING', ECR: 'ENABLING' }), now)
    const of = { accountId, description: `made by account ${caller.accountId}`, role: 'administrator' } as const
    const key = newAccessKey(of, now, randomBytes)
    await ports.accessKeys.add(key)
    await ports.work.applyEnablement(scope)
    return ok({ accountId, accessKeyId: key.id, secretAccessKey: key.secret, createdAt: formatInstant(key.createdAt) })
  },
}
