import type { ListCoverageCommandInput } from '@aws-sdk/client-inspector2'
import { err, ok } from '../../../base/result.ts'
import { invalidNextToken } from '../../protocol/page-token.ts'
import type { Operation } from '../operation.ts'
import { coverageFilter } from './coverage-filter.ts'
import { coverageShape } from './coverage-shape.ts'

/** Page size when the caller names none: the largest of the model. (default inferred) */
const DEFAULT_MAX_RESULTS = 200

/** POST /coverage/list: which resources are watched, and why the others are not. */
export const listCoverage: Operation<ListCoverageCommandInput> = {
  name: 'ListCoverage',
  async run(input, { caller, ports, pageTokens }) {
    const filter = coverageFilter(input.filterCriteria)
    const walk = { operation: 'ListCoverage', caller, parameters: filter }
    const after = pageTokens.read(input.nextToken, walk)
    if (!after.ok) return after
    if (filter === 'matches-nothing') return ok({ coveredResources: [] })

    const accountIds = [caller.accountId]

    const page = await ports.coverage.search({
      region: caller.region,
      accountIds,
      filter,
      limit: input.maxResults ?? DEFAULT_MAX_RESULTS,
      after: after.value,
    })
    if (!page.ok) return err(invalidNextToken('ListCoverage'))

    const nextToken = pageTokens.write(page.value.next, walk)
    return ok({ coveredResources: page.value.coverage.map(coverageShape), nextToken })
  },
}
