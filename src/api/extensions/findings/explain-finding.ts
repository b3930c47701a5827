import { z } from 'zod'
import { formatInstant } from '../../../base/clock.ts'
import { err, ok } from '../../../base/result.ts'
import type { Finding, NetworkDetection, PackageDetection } from '../../../domain/finding.ts'
import type { RuntimeFacts } from '../../../domain/runtime-facts.ts'
import { listeningOn } from '../../../findings/network/listening-on.ts'
import { rateRange } from '../../../findings/network/severity-table.ts'
import { apiError } from '../../protocol/errors.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'

const input = z.strictObject({ findingArn: z.string().min(1).max(100) })

/**
 * POST /openinspector/findings/explain: the evidence that a finding was stored with, which Amazon's shape has no room for:
 * what was compared, with which range of which advisory; each hop of an open path with the rule that lets it pass.
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
    const { resource, detection } = finding
    if (detection.type === 'PACKAGE_VULNERABILITY') return ok({ ...lifeShape(finding), ...packageEvidence(detection) })
    const runtime = await ports.hosts.runtimeOfResource(resource.scope, resource.id)
    return ok({ ...lifeShape(finding), ...networkEvidence(detection, runtime) })
  },
}

function lifeShape({ arn, status, resource, detection, closedAt, ...finding }: Finding) {
  return {
    findingArn: arn,
    findingType: detection.type,
    status,
    firstObservedAt: formatInstant(finding.firstObservedAt),
    lastObservedAt: formatInstant(finding.lastObservedAt),
    closedAt: closedAt === null ? null : formatInstant(closedAt),
    closeReason: finding.closeReason,
    resourceId: resource.id,
    title: detection.title,
    description: detection.description,
    recommendation: detection.recommendation ?? null,
  }
}

function packageEvidence({ vulnerabilityId, vulnerablePackages, score, exposure }: PackageDetection) {
  return {
    vulnerabilityId,
    inspectorScore:
      score === null
        ? null
        : {
            score: score.score,
            vector: score.vector,
            source: score.source,
            base: score.context?.base ?? { score: score.score, vector: score.vector },
            adjustments: score.context?.adjustments ?? [],
            exposure: exposure ?? null,
          },
    vulnerablePackages: vulnerablePackages.map(pkg => ({
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

/** The proof of an open path, and who waits behind it where an agent has said so. */
function networkEvidence({ path, severity, sourceCount }: NetworkDetection, runtime: RuntimeFacts | null) {
  const { accountId: _account, region: _region, instanceId: _instance, ...proof } = path
  return {
    networkPath: {
      ...proof,
      sourceCount,
      severity,
      services: rateRange(path.edge.kind, path.protocol, path.ports).services,
      listening: runtime === null ? null : listeningOn(path, runtime),
    },
  }
}
