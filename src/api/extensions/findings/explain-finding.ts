import { z } from 'zod'
import { formatInstant } from '../../../base/clock.ts'
import { err, ok } from '../../../base/result.ts'
import type { Finding } from '../../../domain/finding.ts'
import { apiError } from '../../protocol/errors.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'

const input = z.strictObject({ findingArn: z.string().min(1).max(100) })

/**
 * POST /openinspector/findings/explain: the evidence that a finding was stored with, which Amazon's shape has no room for:
 * what was compared, with which range of which advisory.
 */
export const explainFinding: Extension = {
  name: 'ExplainFinding',
  method: 'POST',
  path: '/openinspector/findings/explain',
  status: 200,
  async run({ body }, { caller, ports }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    const { findingArn } = parsed.value
    const page = await ports.findings.search({
      region: caller.region,
      accountIds: [caller.accountId],
      filter: {
        strings: { findingArn: [{ comparison: 'EQUALS', value: findingArn }] },
        dates: {},
        numbers: {},
        resourceTags: [],
        portRange: [],
        vulnerablePackages: [],
      },
      sort: null,
      limit: 1,
      after: null,
    })
    const finding = page.ok ? page.value.findings.find(({ arn }) => arn === findingArn) : undefined
    if (finding === undefined) return err(apiError('resource-not-found', { what: `The finding ${findingArn}` }))
    return ok(evidenceShape(finding))
  },
}

function evidenceShape(finding: Finding) {
  const { arn, status, resource, detection, closedAt } = finding
  return {
    findingArn: arn,
    status,
    firstObservedAt: formatInstant(finding.firstObservedAt),
    lastObservedAt: formatInstant(finding.lastObservedAt),
    closedAt: closedAt === null ? null : formatInstant(closedAt),
    closeReason: finding.closeReason,
    resourceId: resource.id,
    vulnerabilityId: detection.vulnerabilityId,
    description: detection.description,
    recommendation: detection.recommendation ?? null,
    vulnerablePackages: detection.vulnerablePackages.map(pkg => ({
      name: pkg.name,
      version: pkg.version,
      release: pkg.release,
      epoch: pkg.epoch,
      arch: pkg.arch,
      foundIn: pkg.foundIn,
      fixedInVersion: pkg.fixedInVersion,
      evidence: pkg.evidence,
    })),
  }
}
