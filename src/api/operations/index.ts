import { batchGetAccountStatus } from './accounts/batch-get-account-status.ts'
import { disable } from './accounts/disable.ts'
import { enable } from './accounts/enable.ts'
import { listCoverage } from './coverage/list-coverage.ts'
import { listFindings } from './findings/list-findings.ts'
import type { Operation } from './operation.ts'

/** Operations that this version serves; every other one of the model is answered by `not-available.ts`. */
export const OPERATIONS: readonly Operation[] = [batchGetAccountStatus, disable, enable, listCoverage, listFindings]
