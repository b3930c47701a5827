import { formatInstant, type Instant } from '../../base/clock.ts'
import type { ScanStatusReason } from '../../domain/coverage.ts'
import type { Scope } from '../../domain/ids.ts'
import type { MissingInput } from '../../domain/network/network-snapshot.ts'
import type {
  ExposureLevel,
  NetworkNotice,
  NetworkPlace,
  NetworkVerdict,
  OpenPath,
} from '../../domain/network/open-path.ts'
import { isWithin } from './joined-networks.ts'

/** What may be open although a verdict does not say so. */
export interface BlindSpots {
  /** Whether a path like this one may still be open. */
  hides(path: OpenPath): boolean
  /** How far the instance is open; `unknown` where what was not described may open it further than the verdict says. */
  exposureOf(instanceId: string, told: ExposureLevel): ExposureLevel
  /** What the verdict could not decide about the instance, and what it only noted. */
  noticesOf(instanceId: string): readonly NetworkNotice[]
  /** What was not described and may hide paths, or changes how certain they are. */
  readonly missing: readonly MissingInput[]
  /** Networks that the verdict knows as they were, and could not be described since: the instances' own and joined ones. */
  readonly outdated: readonly OutdatedNetwork[]
  /** The networks on the path's way that nobody describes any more. */
  readonly undescribedOn: (path: OpenPath) => readonly NetworkPlace[]
}

/** A network that is known as it was described before, because it cannot be described now. */
export interface OutdatedNetwork {
  readonly scope: Scope
  readonly describedAt: Instant
  readonly reason: Extract<ScanStatusReason, 'ACCESS_DENIED' | 'INTERNAL_ERROR'>
  /** One sentence for a person of that account: what failed. */
  readonly detail: string
}

/** What is known of networks beside the instances' own. */
export interface OtherNetworks {
  readonly outdated: readonly OutdatedNetwork[]
  /** Whether what is told of the other may matter to the one. */
  readonly isJoined: (one: Scope, other: NetworkPlace) => boolean
  /** Whether somebody describes it. */
  readonly isDescribed: (place: NetworkPlace) => boolean
}

const NO_OTHERS: OtherNetworks = { outdated: [], isJoined: () => true, isDescribed: () => true }

/** Which paths a call's answer may add. */
type Hidden = 'none' | 'all' | ((path: Pick<OpenPath, 'edge' | 'via'>) => boolean)

const TRANSIT: Hidden = ({ edge, via }) => edge.kind === 'transit-gateway' || via.length > 0
const HYBRID: Hidden = ({ edge }) => edge.kind === 'vpn-gateway' || edge.kind === 'transit-gateway'
const RELAYED: Hidden = ({ via }) => via.length > 0
const INTERNET: Hidden = ({ edge }) => edge.kind === 'internet-gateway'

/**
 * What each call can hide while it is not answered. A call that is not named here hides everything: to take it for harmless
 * must be a decision. Calls that only ever take paths away (a missing ACL counts as open) hide none; entries of prefix lists
 * are told by notices, which name the instances. (network-reachability §6)
 */
const HIDDEN_BY: ReadonlyMap<string, Hidden> = new Map<string, Hidden>([
  ...hide('none', [
    'DescribeNetworkAcls',
    'DescribeNatGateways',
    'DescribeEgressOnlyInternetGateways',
    'DescribeAddresses',
    'DescribeSecurityGroupRules',
    'DescribePrefixLists',
    'DescribeVpcBlockPublicAccessOptions',
    'DescribeVpcEndpointServicePermissions',
    'GetManagedPrefixListEntries',
    'GetTransitGatewayRouteTableAssociations',
    'ListFirewalls',
    'DescribeFirewall',
    'ListFirewallPolicies',
    'DescribeFirewallPolicy',
    'ListRuleGroups',
    'DescribeRuleGroup',
  ]),
  ...hide(INTERNET, ['DescribeInternetGateways', 'DescribeVpcBlockPublicAccessExclusions']),
  ...hide(({ edge }) => edge.kind === 'peering', ['DescribeVpcPeeringConnections']),
  ...hide(HYBRID, [
    'DescribeVpnGateways',
    'DescribeVpnConnections',
    'DescribeVirtualInterfaces',
    'DescribeDirectConnectGateways',
    'DescribeDirectConnectGatewayAssociations',
  ]),
  ...hide(TRANSIT, [
    'DescribeTransitGateways',
    'DescribeTransitGatewayAttachments',
    'DescribeTransitGatewayVpcAttachments',
    'DescribeTransitGatewayPeeringAttachments',
    'DescribeTransitGatewayRouteTables',
    'SearchTransitGatewayRoutes',
    'GetTransitGatewayRouteTablePropagations',
  ]),
  ...hide(RELAYED, [
    'DescribeVpcEndpoints',
    'DescribeLoadBalancers',
    'DescribeLoadBalancerAttributes',
    'DescribeListeners',
    'DescribeRules',
    'DescribeTargetGroups',
    'DescribeTargetGroupAttributes',
    'DescribeTargetHealth',
    'DescribeLoadBalancers (classic)',
    'DescribeLoadBalancerAttributes (classic)',
  ]),
  ...hide(
    ({ edge }) => edge.kind === 'global-accelerator',
    ['ListAccelerators', 'ListListeners', 'ListEndpointGroups'],
  ),
  // Ways through these are not followed: no path rests on them.
  ...hide(() => false, ['DescribeVpcEndpointServiceConfigurations', 'DescribeInstanceConnectEndpoints']),
])

/**
 * Calls that describe the instances' own account and Region: another's answers are not needed to know what lies in front of
 * ours. Of the rest, which join networks, those of every account count.
 */
function isOwnAffair(hidden: Hidden): boolean {
  return hidden === 'all' || hidden === INTERNET
}

/** What another network can hide of which nothing was described: whatever does not come straight from the internet. */
const BEYOND: Hidden = ({ edge, via }) => edge.kind !== 'internet-gateway' || via.length > 0

/** What the verdict on a snapshot cannot see, of the instances of one account and Region. */
export function blindSpotsOf(
  { notices, missing }: Pick<NetworkVerdict, 'notices' | 'missing'>,
  scope: Scope,
  others: OtherNetworks = NO_OTHERS,
): BlindSpots {
  const hidden = missing
    .map(input => ({ input, hidden: hiddenBy(input, scope) }))
    .filter(each => each.hidden !== 'none' && (!isOwnAffair(each.hidden) || isOf(each.input, scope)))
    .filter(each => isOf(each.input, scope) || matters(each.input, scope, others))
  const outdated = others.outdated.filter(each => others.isJoined(scope, each.scope))
  const isOwnOutdated = outdated.some(each => isWithin(each.scope, scope))
  const undescribedOn = ({ otherNetworks = [] }: OpenPath): readonly NetworkPlace[] =>
    otherNetworks.filter(place => !others.isDescribed(place))
  const isOutdated = (place: NetworkPlace): boolean => outdated.some(each => isWithin(place, each.scope))
  const byInstance = new Map<string, NetworkNotice[]>()
  for (const notice of notices) {
    for (const id of notice.instanceIds) {
      const own = byInstance.get(id)
      if (own === undefined) byInstance.set(id, [notice])
      else own.push(notice)
    }
  }
  const isUndecided = (id: string): boolean => (byInstance.get(id) ?? []).some(({ weight }) => weight === 'unknown')
  const mayHide = (path: Pick<OpenPath, 'edge' | 'via'>): boolean =>
    hidden.some(each => each.hidden === 'all' || (each.hidden !== 'none' && each.hidden(path)))
  // From the internet directly, or by way of a load balancer.
  const hidesInternet = [[], ['a load balancer']].some(via =>
    mayHide({ edge: { kind: 'internet-gateway', id: '' }, via }),
  )
  return {
    hides: path =>
      isOwnOutdated ||
      isUndecided(path.instanceId) ||
      mayHide(path) ||
      undescribedOn(path).length > 0 ||
      (path.otherNetworks ?? []).some(isOutdated),
    exposureOf(instanceId, told) {
      if (told === 'internet' || told === 'unknown') return told
      const isHidden = outdated.length > 0 || (told === 'none' ? hidden.length > 0 : hidesInternet)
      return isHidden || isUndecided(instanceId) ? 'unknown' : told
    },
    noticesOf: id => byInstance.get(id) ?? [],
    missing: eachOnce(hidden.map(({ input }) => (isOf(input, scope) ? input : asOthersSee(input)))),
    outdated,
    undescribedOn,
  }
}

/** One sentence on how far back the knowledge of a network goes, the same until it is described again. */
export function ageInWords({ scope, describedAt }: OutdatedNetwork): string {
  return `The network of ${scope.accountId} in ${scope.region} could not be described since ${formatInstant(describedAt)}, and is taken as it was then.`
}

function hiddenBy(input: MissingInput, scope: Scope): Hidden {
  return input.call === '*' && !isOf(input, scope) ? BEYOND : (HIDDEN_BY.get(input.call) ?? 'all')
}

function matters({ accountId, region }: MissingInput, scope: Scope, { isJoined }: OtherNetworks): boolean {
  return accountId === null || isJoined(scope, { accountId, region })
}

/** Another account's resources, and what AWS said to it, are not shown: that the call is missing is. (decisions/0038) */
function asOthersSee(input: MissingInput): MissingInput {
  const whose = `of account ${input.accountId ?? 'unknown'}${input.region === null ? '' : ` in ${input.region}`}`
  const what =
    input.call === '*' ? `The network ${whose} was never described` : `${input.call} ${whose} was not answered in full`
  return { ...input, resourceId: null, detail: `${what}.` }
}

function eachOnce(missing: readonly MissingInput[]): readonly MissingInput[] {
  const key = ({ call, accountId, region, resourceId, why, detail }: MissingInput): string =>
    JSON.stringify([call, accountId, region, resourceId, why, detail])
  return [...new Map(missing.map(input => [key(input), input])).values()]
}

function hide(hidden: Hidden, calls: readonly string[]): readonly (readonly [string, Hidden])[] {
  return calls.map(call => [call, hidden])
}

function isOf({ accountId, region }: MissingInput, scope: Scope): boolean {
  return (accountId === null || accountId === scope.accountId) && (region === null || region === scope.region)
}
