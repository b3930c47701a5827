import type { ExposureLevel, NetworkNotice, NetworkVerdict, OpenPath } from '../../domain/network/open-path.ts'
import type { MissingInput } from '../../domain/network/network-snapshot.ts'
import type { Scope } from '../../domain/ids.ts'

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
}

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

/** What the verdict on a snapshot cannot see, of the instances of one account and Region. */
export function blindSpotsOf(
  { notices, missing }: Pick<NetworkVerdict, 'notices' | 'missing'>,
  scope: Scope,
): BlindSpots {
  const hidden = missing
    .map(input => ({ input, hidden: HIDDEN_BY.get(input.call) ?? 'all' }))
    .filter(each => each.hidden !== 'none' && (!isOwnAffair(each.hidden) || isOf(each.input, scope)))
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
    hides: path => isUndecided(path.instanceId) || mayHide(path),
    exposureOf(instanceId, told) {
      if (told === 'internet' || told === 'unknown') return told
      const isHidden = told === 'none' ? hidden.length > 0 : hidesInternet
      return isHidden || isUndecided(instanceId) ? 'unknown' : told
    },
    noticesOf: id => byInstance.get(id) ?? [],
    missing: hidden.map(({ input }) => input),
  }
}

function hide(hidden: Hidden, calls: readonly string[]): readonly (readonly [string, Hidden])[] {
  return calls.map(call => [call, hidden])
}

function isOf({ accountId, region }: MissingInput, scope: Scope): boolean {
  return (accountId === null || accountId === scope.accountId) && (region === null || region === scope.region)
}
