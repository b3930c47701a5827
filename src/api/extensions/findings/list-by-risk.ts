import { z } from 'zod'
import { err, ok } from '../../../base/result.ts'
import type { Finding } from '../../../domain/finding.ts'
import type { FindingFilter, StringCondition } from '../../../findings/finding-query.ts'
import { riskFactorsOf, riskParts } from '../../../findings/risk/risk-order.ts'
import { findingShape } from '../../operations/findings/finding-shape.ts'
import { invalidNextToken } from '../../protocol/page-token.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'

const input = z.strictObject({
  sort: z.enum(['risk', 'severity', 'score', 'epss']).default('risk'),
  findingStatus: z.enum(['ACTIVE', 'SUPPRESSED', 'CLOSED']).default('ACTIVE'),
  findingType: z.enum(['PACKAGE_VULNERABILITY', 'NETWORK_REACHABILITY']).optional(),
  resourceId: z.string().min(1).max(1_024).optional(),
  severity: z.enum(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'UNTRIAGED']).optional(),
  maxResults: z.int().min(1).max(100).default(50),
  nextToken: z.string().optional(),
})

const FIELDS = { risk: 'RISK', severity: 'SEVERITY', score: 'INSPECTOR_SCORE', epss: 'EPSS_SCORE' } as const

/**
 * POST /openinspector/findings/list: findings in the order of their risk, which Amazon's SortField has no word for, each with
 * the parts that make it up. The members of Amazon's Finding are as in ListFindings; times are RFC 3339.
 */
export const listFindingsByRisk: Extension = {
  name: 'ListFindingsByRisk',
  method: 'POST',
  path: '/openinspector/findings/list',
  status: 200,
  async run({ body }, { caller, ports, pageTokens }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    const { sort, maxResults, nextToken, ...wanted } = parsed.value
    const filter: FindingFilter = {
      strings: conditionsOf(wanted),
      dates: {},
      numbers: {},
      resourceTags: [],
      portRange: [],
      vulnerablePackages: [],
    }
    const walk = { operation: 'ListFindingsByRisk', caller, parameters: { filter, sort } }
    const after = pageTokens.read(nextToken, walk)
    if (!after.ok) return after
    const page = await ports.findings.search({
      region: caller.region,
      accountIds: [caller.accountId],
      filter,
      sort: { field: FIELDS[sort], order: 'DESC' },
      limit: maxResults,
      after: after.value,
    })
    if (!page.ok) return err(invalidNextToken('ListFindingsByRisk'))
    return ok({ findings: page.value.findings.map(withRisk), nextToken: pageTokens.write(page.value.next, walk) })
  },
}

function conditionsOf(wanted: Readonly<Record<string, string | undefined>>): FindingFilter['strings'] {
  const given = Object.entries(wanted).flatMap(([field, value]): [string, StringCondition[]][] =>
    value === undefined ? [] : [[field, [{ comparison: 'EQUALS', value }]]],
  )
  return Object.fromEntries(given)
}

function withRisk(finding: Finding) {
  const parts = riskParts(riskFactorsOf(finding.detection))
  const points = parts.reduce((sum, part) => sum + part.points, 0)
  return { finding: findingShape(finding), risk: { points, parts } }
}
