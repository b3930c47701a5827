import { z } from 'zod'
import { formatInstant } from '../../../base/clock.ts'
import { err, ok } from '../../../base/result.ts'
import type { CoverageFilter } from '../../../coverage/coverage-query.ts'
import { STATUS_CODE_OF_REASON } from '../../../domain/coverage.ts'
import type { Coverage } from '../../../domain/coverage.ts'
import { invalidNextToken } from '../../protocol/page-token.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'

const input = z.strictObject({
  resourceId: z.string().min(1).max(1_024).optional(),
  statusCode: z.enum(['ACTIVE', 'INACTIVE']).optional(),
  maxResults: z.int().min(1).max(200).default(100),
  nextToken: z.string().optional(),
})

/**
 * POST /openinspector/coverage/list: what ListCoverage cannot say, because Amazon's shape has no room for it: in words
 * why a resource is not scanned, and which of its files could not be read.
 */
export const listCoverageDetails: Extension = {
  name: 'ListCoverageDetails',
  method: 'POST',
  path: '/openinspector/coverage/list',
  status: 200,
  async run({ body }, { caller, ports, pageTokens }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    const { resourceId, statusCode, maxResults, nextToken } = parsed.value
    const filter: CoverageFilter = {
      strings: {
        ...(resourceId === undefined ? {} : { resourceId: [{ comparison: 'EQUALS', value: resourceId }] }),
        ...(statusCode === undefined ? {} : { scanStatusCode: [{ comparison: 'EQUALS', value: statusCode }] }),
      },
      dates: {},
      ec2InstanceTags: [],
      ecrImageInUseCount: [],
    }
    const walk = { operation: 'ListCoverageDetails', caller, parameters: filter }
    const after = pageTokens.read(nextToken, walk)
    if (!after.ok) return after

    const { accountId, region } = caller
    const query = { region, accountIds: [accountId], filter, limit: maxResults, after: after.value }
    const page = await ports.coverage.search(query)
    if (!page.ok) return err(invalidNextToken('ListCoverageDetails'))

    return ok({ resources: page.value.coverage.map(detailShape), nextToken: pageTokens.write(page.value.next, walk) })
  },
}

function detailShape({ resource, scanType, reason, detail, problems, lastScannedAt }: Coverage) {
  return {
    resourceType: resource.details.type,
    resourceId: resource.id,
    scanType,
    statusCode: STATUS_CODE_OF_REASON[reason],
    reason,
    detail,
    problems: problems.map(problem => ({ path: problem.path, reason: problem.reason, detail: problem.detail })),
    lastScannedAt: lastScannedAt === null ? null : formatInstant(lastScannedAt),
  }
}
