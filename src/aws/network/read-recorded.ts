import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import { Answers } from './answers.ts'
import { DEFAULT_NETWORK_LIMITS, type NetworkLimits } from './limits.ts'
import { readInstances, readInterfaces } from './read-interfaces.ts'
import { readNetworkAcls, readPrefixLists, readSecurityGroups } from './read-packet-filters.ts'
import type { RecordedCalls } from './recorded-calls.ts'
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
    vpnGateways: [],
    vpnConnections: [],
    virtualInterfaces: [],
    directConnectAssociations: [],
    transitGateways: [],
    transitGatewayAttachments: [],
    transitGatewayTables: [],
    endpoints: [],
    endpointServices: [],
    loadBalancers: [],
    targetGroups: [],
    classicLoadBalancers: [],
    firewalls: [],
    firewallPolicies: [],
    firewallRuleGroups: [],
    accelerators: [],
  }
  const times = recorded.flatMap(({ recordedAt }) => recordedAt ?? [])
  const takenAt = times.reduce<(typeof times)[number] | null>(
    (last, time) => (last === null || time > last ? time : last),
    null,
  )
  return { snapshot: { takenAt, ...parts, missing: answers.missing() }, warnings: answers.warnings() }
}
