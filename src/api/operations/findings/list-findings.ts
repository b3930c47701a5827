import type { ListFindingsCommandInput, SortCriteria } from '@aws-sdk/client-inspector2'
import { err, ok } from '../../../base/result.ts'
import type { FindingSort } from '../../../findings/finding-query.ts'
import { invalidNextToken } from '../../protocol/page-token.ts'
import type { Operation } from '../operation.ts'
import { findingFilter } from './finding-filter.ts'
import { findingShape } from './finding-shape.ts'

/** Page size when the caller names none: the largest of the model, as its answers may hold. (default inferred) */
const DEFAULT_MAX_RESULTS = 100

/** POST /findings/list: findings of every status unless the filter says otherwise. (inspector-behaviour §8.4) */
export const listFindings: Operation<ListFindingsCommandInput> = {
  name: 'ListFindings',
  async run(input, { caller, ports, pageTokens }) {
    const filter = findingFilter(input.filterCriteria)
    const sort = findingSort(input.sortCriteria)
    const walk = { operation: 'ListFindings', caller, parameters: { filter, sort } }
    const after = pageTokens.read(input.nextToken, walk)
    if (!after.ok) return after

    const accountIds = [caller.accountId]

    const page = await ports.findings.search({
      region: caller.region,
      accountIds,
      filter,
      sort,
      limit: input.maxResults ?? DEFAULT_MAX_RESULTS,
      after: after.value,
    })
    if (!page.ok) return err(invalidNextToken('ListFindings'))

    return ok({ findings: page.value.findings.map(findingShape), nextToken: pageTokens.write(page.value.next, walk) })
  },
}

function findingSort(criteria: SortCriteria | undefined): FindingSort | null {
  return criteria?.field && criteria.sortOrder ? { field: criteria.field, order: criteria.sortOrder } : null
}
