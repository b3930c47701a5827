import type { Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { stableJson } from '../base/stable-json.ts'
import { isExcluded } from '../coverage/agentless-eligibility.ts'
import { hasLeftCoverage, type Coverage, type ScanStatusReason } from '../domain/coverage.ts'
import type { Scope } from '../domain/ids.ts'
import type { Instance, NetworkInterface } from '../domain/network/interfaces.ts'
import type { ExposureLevel, OpenPath } from '../domain/network/open-path.ts'
import type { Resource } from '../domain/resource.ts'
import type { AccountView } from '../findings/network/as-seen-by.ts'
import { ageInWords, type BlindSpots } from '../findings/network/blind-spots.ts'
import { isWithin } from '../findings/network/joined-networks.ts'
import { inContext, scoresAlike } from '../findings/inspector-score/score-in-context.ts'
import { networkDetectionsOf } from '../findings/network/network-detection.ts'
import { reconcile, updateIfChanged } from '../findings/reconcile.ts'
import { describedByAws } from './instance-resource.ts'
import type { HeldInstance, NetworkOutcome } from './network-store.ts'

/** One instance with what the analysis says of it. */
export interface EvaluatedInstance {
  readonly instance: Instance
  /** Those that are attached to it. */
  readonly interfaces: readonly NetworkInterface[]
  readonly paths: readonly OpenPath[]
  readonly exposure: ExposureLevel
}

interface Context {
  readonly scope: Scope
  readonly now: Instant
  readonly sha256: Sha256Hex
  readonly view: AccountView
}

/** What an evaluation means for one instance, given its past. Pure; idempotent but for the time of the look. */
export function decideInstance(
  held: HeldInstance,
  evaluated: EvaluatedInstance,
  blind: BlindSpots,
  context: Context,
): NetworkOutcome {
  const { scope, now, sha256, view } = context
  const { instance, interfaces } = evaluated
  const known = held.known?.resource ?? null
  const resource = describedByAws(instance, interfaces, scope, known)
  const excluded = isExcluded(Object.keys(instance.tags))
  const exposure = blind.exposureOf(instance.id, evaluated.exposure)
  const changes = reconcile(
    held.findings,
    {
      resource,
      detections: excluded
        ? []
        : networkDetectionsOf(
            evaluated.paths.map(path => view.path(path)),
            sha256,
          ),
      absence: excluded ? 'not-eligible' : 'remediated',
      provesGone: ({ detection }) =>
        excluded || (detection.type === 'NETWORK_REACHABILITY' && !blind.hides(detection.path)),
    },
    now,
    sha256,
    held.buried,
  )
  return {
    resource,
    packageCoverage: packageCoverage(held, instance, resource, excluded),
    network: {
      coverage: excluded ? excludedCoverage(resource, now) : networkCoverage(held, resource, blind, context),
      exposure,
    },
    changes,
    packageFindings:
      isSame(known, resource) && scoresAlike(held.network?.exposure, exposure)
        ? 'keep'
        : finding => updateIfChanged(finding, inContext(finding.detection, exposure), resource, now),
  }
}

/** Reasons that an evaluation gives and may take back; whoever reads packages gives the others. */
const OWN_REASONS: ReadonlySet<ScanStatusReason> = new Set([
  'UNMANAGED_EC2_INSTANCE',
  'EC2_INSTANCE_STOPPED',
  'EXCLUDED_BY_TAG',
])

/** Whether the instance is known from its network alone. */
export function isReadByNobody({ reason }: Pick<Coverage, 'reason'>): boolean {
  return OWN_REASONS.has(reason)
}

/** Without an agent nobody reads the instance's packages, and its coverage says so. */
function packageCoverage(
  { known, isRetired }: HeldInstance,
  instance: Instance,
  resource: Resource,
  excluded: boolean,
): Coverage {
  const isCovered = known !== null && !isRetired && !hasLeftCoverage(known.coverage)
  if (isCovered && !isReadByNobody(known.coverage)) return { ...known.coverage, resource }
  const nobody = { resource, scanType: 'PACKAGE', problems: [], lastScannedAt: null } as const
  if (excluded) return { ...nobody, reason: 'EXCLUDED_BY_TAG', detail: EXCLUDED }
  if (instance.state === 'running' || instance.state === 'pending') {
    const detail = 'No agent reports the packages of this instance.'
    return { ...nobody, reason: 'UNMANAGED_EC2_INSTANCE', detail }
  }
  return { ...nobody, reason: 'EC2_INSTANCE_STOPPED', detail: `The instance is ${instance.state}.` }
}

const EXCLUDED = 'The instance has the tag InspectorEc2Exclusion.'

function excludedCoverage(resource: Resource, now: Instant): Coverage {
  const rest = { problems: [], lastScannedAt: now } as const
  return { resource, scanType: 'NETWORK', reason: 'EXCLUDED_BY_TAG', detail: EXCLUDED, ...rest }
}

/** Problems that one instance's coverage lists; a snapshot may have thousands. */
const PROBLEMS_KEPT = 50

function networkCoverage(held: HeldInstance, resource: Resource, blind: BlindSpots, context: Context): Coverage {
  const gaps = gapsOf(held, blind, context)
  const [first] = gaps
  const own = blind.outdated.find(({ scope }) => isWithin(scope, context.scope))
  const problems = gaps.slice(0, PROBLEMS_KEPT)
  if (own !== undefined) {
    const { reason, describedAt } = own
    const detail = `${own.detail} ${ageInWords(own)}`
    return { resource, scanType: 'NETWORK', reason, detail, problems, lastScannedAt: describedAt }
  }
  return {
    resource,
    scanType: 'NETWORK',
    reason: 'SUCCESSFUL',
    detail:
      first === undefined
        ? null
        : `Evaluated, with gaps: ${gaps.length === 1 ? '' : `${gaps.length} things are not known, first `}${first.path} (${first.reason}). Open paths may be missing, and none was closed because of it.`,
    problems,
    lastScannedAt: context.now,
  }
}

/** What is not known, or known as it was before. */
function gapsOf(held: HeldInstance, blind: BlindSpots, { scope, view }: Context): Coverage['problems'] {
  const undecided = blind.noticesOf(held.id).filter(({ weight }) => weight === 'unknown')
  const left = held.findings.flatMap(({ status, detection }) =>
    status !== 'CLOSED' && detection.type === 'NETWORK_REACHABILITY' ? blind.undescribedOn(detection.path) : [],
  )
  const places = new Set(left.map(({ accountId, region }) => `${accountId}${region === null ? '' : ` in ${region}`}`))
  return [
    ...undecided
      .map(notice => view.notice(notice))
      .map(({ componentId, reason, detail }) => ({ path: componentId, reason, detail })),
    ...blind.outdated
      .filter(each => !isWithin(each.scope, scope))
      .map(each => ({ path: each.scope.accountId, reason: 'outdated', detail: ageInWords(each) })),
    ...[...places].sort().map(place => ({
      path: place,
      reason: 'not-described',
      detail: `The network of ${place} is not watched any more: findings that lead through it stay as they are.`,
    })),
    ...blind.missing.map(({ call, resourceId, why, detail }) => ({
      path: resourceId === null ? call : `${call} ${resourceId}`,
      reason: why,
      detail,
    })),
  ]
}

function isSame(known: Resource | null, resource: Resource): boolean {
  return known !== null && stableJson(known) === stableJson(resource)
}
