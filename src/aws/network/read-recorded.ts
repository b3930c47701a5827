import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import { Answers } from './answers.ts'
import { DEFAULT_NETWORK_LIMITS, type NetworkLimits } from './limits.ts'
import { readAccelerators } from './read-accelerators.ts'
import { readEndpoints, readEndpointServices } from './read-endpoints.ts'
import { readFirewallPolicies, readFirewallRuleGroups, readFirewalls } from './read-firewalls.ts'
import {
  readDirectConnectAssociations,
  readVirtualInterfaces,
  readVpnConnections,
  readVpnGateways,
} from './read-hybrid-links.ts'
import { readClassicLoadBalancers, readLoadBalancers, readTargetGroups } from './read-load-balancers.ts'
import {
  readTransitGatewayAttachments,
  readTransitGateways,
  readTransitGatewayTables,
} from './read-transit-gateways.ts'
import { readInstances, readInterfaces } from './read-interfaces.ts'
import { readNetworkAcls, readPrefixLists, readSecurityGroups } from './read-packet-filters.ts'
import type { RecordedCalls } from './recorded-calls.ts'
import { reportGaps } from './report-gaps.ts'
import { readRouteTables } from './read-routes.ts'
import {
  readBlockPublicAccess,
  readEgressOnlyGateways,
  readInternetGateways,
  readNatGateways,
  readPeerings,
  readSubnets,
  readVpcs,
} from './read-vpcs.ts'

export interface ParsedNetwork {
  readonly snapshot: NetworkSnapshot
  /** What was understood though it is not as AWS writes it, one sentence each. */
  readonly warnings: readonly string[]
}

/** The network that recorded calls describe. What they could not tell is named in `missing`; nothing of it throws. */
export function parseRecordedNetwork(
  recorded: RecordedCalls,
  limits: NetworkLimits = DEFAULT_NETWORK_LIMITS,
): ParsedNetwork {
  const answers = new Answers(recorded, limits)
  const parts: Omit<NetworkSnapshot, 'missing' | 'takenAt'> = {
    vpcs: readVpcs(answers),
    subnets: readSubnets(answers),
    interfaces: readInterfaces(answers),
    instances: readInstances(answers),
    securityGroups: readSecurityGroups(answers),
    networkAcls: readNetworkAcls(answers),
    prefixLists: readPrefixLists(answers),
    routeTables: readRouteTables(answers),
    internetGateways: readInternetGateways(answers),
    egressOnlyGateways: readEgressOnlyGateways(answers),
    natGateways: readNatGateways(answers),
    peerings: readPeerings(answers),
    blockPublicAccess: readBlockPublicAccess(answers),
    vpnGateways: readVpnGateways(answers),
    vpnConnections: readVpnConnections(answers),
    virtualInterfaces: readVirtualInterfaces(answers),
    directConnectAssociations: readDirectConnectAssociations(answers),
    transitGateways: readTransitGateways(answers),
    transitGatewayAttachments: readTransitGatewayAttachments(answers),
    transitGatewayTables: readTransitGatewayTables(answers),
    endpoints: readEndpoints(answers),
    endpointServices: readEndpointServices(answers),
    loadBalancers: readLoadBalancers(answers),
    targetGroups: readTargetGroups(answers),
    classicLoadBalancers: readClassicLoadBalancers(answers),
    firewalls: readFirewalls(answers),
    firewallPolicies: readFirewallPolicies(answers),
    firewallRuleGroups: readFirewallRuleGroups(answers),
    accelerators: readAccelerators(answers),
  }
  reportGaps(answers)
  const times = recorded.flatMap(({ recordedAt }) => recordedAt ?? [])
  const takenAt = times.reduce<(typeof times)[number] | null>(
    (last, time) => (last === null || time > last ? time : last),
    null,
  )
  return { snapshot: { takenAt, ...parts, missing: answers.missing() }, warnings: answers.warnings() }
}
