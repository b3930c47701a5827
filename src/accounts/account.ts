/** Scan types that an account turns on, by their wire names. (api-and-accounts §1 A) */
export const SCAN_TYPES = ['EC2', 'ECR', 'LAMBDA', 'LAMBDA_CODE', 'CODE_REPOSITORY'] as const

export type ScanType = (typeof SCAN_TYPES)[number]

/** `Status` of the API. (api-and-accounts §1.1) */
export type EnablementStatus = 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED' | 'SUSPENDING' | 'SUSPENDED'

export type ScanTypeStatuses = Readonly<Record<ScanType, EnablementStatus>>
