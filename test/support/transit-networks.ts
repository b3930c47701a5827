import type { NetworkSnapshot } from '../../src/domain/network/network-snapshot.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import {
  aGroup,
  anAcl,
  anAttachment,
  aNetwork,
  anInstance,
  anInterface,
  aSubnet,
  aTable,
  aTransitTable,
  aVpc,
  owned,
} from './network-builder.ts'

export const NEAR = aSubnet('subnet-near', 'vpc-a', '10.1.0.0/24')
export const NEAR_DOOR = aSubnet('subnet-near-door', 'vpc-a', '10.1.255.0/28')
export const FAR = aSubnet('subnet-far', 'vpc-b', '10.2.0.0/24')
const FAR_DOOR = aSubnet('subnet-far-door', 'vpc-b', '10.2.255.0/28')
const OTHER_ZONE = aSubnet('subnet-other-zone', 'vpc-b', '10.2.1.0/24', 'euw1-az2')
export const DOOR_ACL = anAcl('acl-b-door', 'vpc-b', ['subnet-far-door'])
export const DOOR_TABLE = aTable('rtb-b-door', 'vpc-b', ['subnet-far-door'], [])
export const GATEWAY = { ...owned('tgw-1'), state: 'available', supportsSecurityGroupReferences: false }

/** Two VPCs on one transit gateway, routes both ways, all of it open. */
export function twoVpcs(parts: Partial<NetworkSnapshot> = {}): NetworkSnapshot {
  return aNetwork({
    vpcs: [aVpc('vpc-a', '10.1.0.0/16'), aVpc('vpc-b', '10.2.0.0/16')],
    subnets: [NEAR, NEAR_DOOR, FAR, FAR_DOOR, OTHER_ZONE],
    instances: [anInstance('i-1')],
    interfaces: [
      anInterface('eni-1', NEAR, ['10.1.0.10'], ['sg-1'], { instanceId: 'i-1' }),
      anInterface('eni-far', FAR, ['10.2.0.20'], ['sg-far']),
    ],
    securityGroups: [aGroup('sg-1', ['tcp/22 0.0.0.0/0']), aGroup('sg-far', [])],
    networkAcls: [
      anAcl('acl-a', 'vpc-a', ['subnet-near', 'subnet-near-door']),
      anAcl('acl-b', 'vpc-b', ['subnet-far', 'subnet-other-zone']),
      DOOR_ACL,
    ],
    routeTables: [
      aTable('rtb-a', 'vpc-a', ['subnet-near', 'subnet-near-door'], ['10.0.0.0/8 tgw-1']),
      aTable('rtb-b', 'vpc-b', ['subnet-far', 'subnet-other-zone'], ['10.0.0.0/8 tgw-1']),
      DOOR_TABLE,
    ],
    transitGateways: [GATEWAY],
    transitGatewayAttachments: [
      anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door']),
      anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door']),
    ],
    transitGatewayTables: [
      aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-a propagated', '10.2.0.0/16 tgw-attach-b propagated']),
    ],
    ...parts,
  })
}

/** `port sources confidence` of every path over a transit gateway. */
export function open(snapshot: NetworkSnapshot): readonly string[] {
  return [...analyzeNetwork(snapshot).paths]
    .filter(({ edge }) => edge.kind === 'transit-gateway')
    .map(({ edge, ports, sources, confidence, via }) =>
      [edge.id, ports.begin, sources.join('+'), confidence, ...via].join(' '),
    )
}
