import type { Result } from '../base/result.ts'
import type { Coverage } from '../domain/coverage.ts'
import type { CoverageQuery } from './coverage-query.ts'

export interface CoveragePage {
  readonly coverage: readonly Coverage[]
  readonly next: string | null
}

/** Coverage, for reading. Writing goes through `scanning/scan-store.ts`. */
export interface CoverageStore {
  search(query: CoverageQuery): Promise<Result<CoveragePage, 'unreadable-token'>>
}
