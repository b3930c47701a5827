import type { EnablementStatus, ScanTypeStatuses } from '../../../accounts/account.ts'
import { accountStatus } from '../../../accounts/enablement.ts'
import type { EnablementFailure } from '../../../accounts/enablement.ts'
import type { AccountId } from '../../../domain/ids.ts'

/**
 * All five members, always: Terraform, aws-nuke and Prowler read each of them without asking. (api-and-accounts §4.6)
 */
function perScanType<T>(statuses: ScanTypeStatuses, shape: (status: EnablementStatus) => T) {
  return {
    ec2: shape(statuses.EC2),
    ecr: shape(statuses.ECR),
    lambda: shape(statuses.LAMBDA),
    lambdaCode: shape(statuses.LAMBDA_CODE),
    codeRepository: shape(statuses.CODE_REPOSITORY),
  }
}

/** `Account` of Enable and Disable. */
export function accountShape(accountId: AccountId, statuses: ScanTypeStatuses) {
  return { accountId, status: accountStatus(statuses), resourceStatus: perScanType(statuses, status => status) }
}

/** `AccountState` of BatchGetAccountStatus; a healthy state has neither an error code nor a message. */
export function accountStateShape(accountId: AccountId, statuses: ScanTypeStatuses) {
  return {
    accountId,
    state: { status: accountStatus(statuses) },
    resourceState: perScanType(statuses, status => ({ status })),
  }
}

/** `FailedAccount`; the statuses are told for the caller's own account only. */
export function failedAccountShape(accountId: string, failure: EnablementFailure, statuses: ScanTypeStatuses | null) {
  return {
    accountId,
    ...(statuses ? { status: accountStatus(statuses), resourceStatus: perScanType(statuses, status => status) } : {}),
    errorCode: failure.errorCode,
    errorMessage: failure.errorMessage,
  }
}
