import type { EnablementStatus, ScanType, ScanTypeStatuses } from './account.ts'
import { SCAN_TYPES } from './account.ts'

/** Scan types that this version can serve; the others are answered as Amazon answers in a Region that lacks them. */
export const SERVED_SCAN_TYPES: readonly ScanType[] = ['EC2', 'ECR']

/** Words of the refusal for a scan type that is not served. ("Lambda code scanning is not supported in ..." is observed.) */
export const SCAN_TYPE_TITLES: Readonly<Record<ScanType, string>> = {
  EC2: 'EC2',
  ECR: 'ECR',
  LAMBDA: 'Lambda standard',
  LAMBDA_CODE: 'Lambda code',
  CODE_REPOSITORY: 'Code repository',
}

/** Why one account of a request was left as it was. (`failedAccounts[]`, api-and-accounts §4.6) */
export interface EnablementFailure {
  readonly errorCode:
    | 'ACCESS_DENIED'
    | 'ENABLE_IN_PROGRESS'
    | 'DISABLE_IN_PROGRESS'
    | 'SUSPEND_IN_PROGRESS'
    | 'RESOURCE_SCAN_NOT_DISABLED'
  readonly errorMessage: string
}

export interface EnablementDecision {
  /** Empty when nothing changes or when there is a failure: one account is changed whole or not at all. */
  readonly changes: Readonly<Partial<Record<ScanType, EnablementStatus>>>
  readonly failure: EnablementFailure | null
}

/** Answer for an account that is not the caller's own. */
export const FOREIGN_ACCOUNT: EnablementFailure = {
  errorCode: 'ACCESS_DENIED',
  errorMessage: 'Invoking account does not have access to this account',
}

/**
 * Turns scan types on. What is on already stays on and counts as success, so that repeating the call is safe; that is
 * also why `clientToken` needs no memory. LAMBDA_CODE needs LAMBDA and brings it along. (§4.3 inferred, §4.6)
 */
export function decideEnable(current: ScanTypeStatuses, requested: readonly ScanType[]): EnablementDecision {
  const wanted = new Set(requested)
  if (wanted.has('LAMBDA_CODE')) wanted.add('LAMBDA')
  const changes: Partial<Record<ScanType, EnablementStatus>> = {}
  for (const type of wanted) {
    switch (current[type]) {
      case 'ENABLED':
      case 'ENABLING':
        break
      case 'DISABLED':
      case 'SUSPENDED':
        changes[type] = 'ENABLING'
        break
      case 'DISABLING':
        return failed('DISABLE_IN_PROGRESS', type, 'is being disabled')
      case 'SUSPENDING':
        return failed('SUSPEND_IN_PROGRESS', type, 'is being suspended')
    }
  }
  return { changes, failure: null }
}

/**
 * Turns scan types off; none named means all. What is off already counts as success: Terraform's destroy names every
 * type at once. (§4.6)
 */
export function decideDisable(current: ScanTypeStatuses, requested: readonly ScanType[]): EnablementDecision {
  const unwanted = new Set(requested.length > 0 ? requested : SCAN_TYPES)
  const keepsLambdaCode = isOn(current.LAMBDA_CODE) && !unwanted.has('LAMBDA_CODE')
  if (unwanted.has('LAMBDA') && isOn(current.LAMBDA) && keepsLambdaCode) {
    return failed('RESOURCE_SCAN_NOT_DISABLED', 'LAMBDA', 'cannot be disabled while LAMBDA_CODE is enabled')
  }
  const changes: Partial<Record<ScanType, EnablementStatus>> = {}
  for (const type of unwanted) {
    switch (current[type]) {
      case 'DISABLED':
      case 'DISABLING':
        break
      case 'ENABLED':
      case 'SUSPENDED':
        changes[type] = 'DISABLING'
        break
      case 'ENABLING':
        return failed('ENABLE_IN_PROGRESS', type, 'is being enabled')
      case 'SUSPENDING':
        return failed('SUSPEND_IN_PROGRESS', type, 'is being suspended')
    }
  }
  return { changes, failure: null }
}

/** The status of the account as a whole: off only when everything is off, settled only when every type is. (§4.6) */
export function accountStatus(statuses: ScanTypeStatuses): EnablementStatus {
  const given = new Set(Object.values(statuses))
  const order: readonly EnablementStatus[] = ['SUSPENDING', 'SUSPENDED', 'ENABLING', 'ENABLED', 'DISABLING']
  return order.find(status => given.has(status)) ?? 'DISABLED'
}

/** Whether workers still have something to bring in line. */
export function isSettling(statuses: ScanTypeStatuses): boolean {
  return Object.values(statuses).some(status => status === 'ENABLING' || status === 'DISABLING')
}

function isOn(status: EnablementStatus): boolean {
  return status !== 'DISABLED' && status !== 'DISABLING'
}

function failed(errorCode: EnablementFailure['errorCode'], type: ScanType, what: string): EnablementDecision {
  return { changes: {}, failure: { errorCode, errorMessage: `Scan type ${type} ${what}` } }
}
