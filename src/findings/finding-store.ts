import type { Result } from '../base/result.ts'
import type { Finding } from '../domain/finding.ts'
import type { FindingQuery } from './finding-query.ts'

export interface FindingPage {
  readonly findings: readonly Finding[]
  /** `null` on the last page. */
  readonly next: string | null
}

/** The findings, for reading. Writing goes through `scanning/scan-store.ts`. */
export interface FindingStore {
  /**
   * One page in a total order (ties broken by ARN). Fails when `after` is not a token of the same sort.
   * A finding that changes between two pages may move; none is returned twice by one walk that nothing changes.
   */
  search(query: FindingQuery): Promise<Result<FindingPage, 'unreadable-token'>>
}
