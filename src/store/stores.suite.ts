import type { Database } from './database.ts'
import { keepsTheScanStorePromises } from './scan-store.suite.ts'

/** Every suite that runs on both databases. */
export const STORE_SUITES: readonly (readonly [string, (database: () => Database) => void])[] = [
  ['scan store', keepsTheScanStorePromises],
]
