import type { Admission, Way } from './edge.ts'
import { meets } from './interval-set.ts'
import type { Network } from './network.ts'
import { admittingRule, groupFilter, type GroupIdentity } from './security-groups.ts'
import { intersectTraffic, isNoTraffic, NO_TRAFFIC, portRangesOf, type Traffic } from './traffic.ts'

export interface PlainWay extends Omit<Way, 'serial' | 'admitted' | 'admittingGroup'> {
  /** What passes everything on the way in both directions, before the target's groups. Called again and again: remember it. */
  traffic(protocol: number): Traffic
  /** Who bears the identity of security groups on this way; `null`: nobody does. */
  readonly identity: GroupIdentity | null
}

const NOTHING: Admission = { traffic: NO_TRAFFIC, remarks: [] }

/** A way on which the target's groups see the client's own address. */
export function plainWay(network: Network, way: PlainWay): Way {
  const { family, identity } = way
  return {
    serial: network.nextSerial(),
    edge: way.edge,
    family,
    via: way.via,
    steps: way.steps,
    assumptions: way.assumptions,
    remarks: way.remarks,
    frontendPorts: way.frontendPorts,
    admitted(protocol, groups) {
      // The groups are asked first: where they let nothing pass, which is mostly so for UDP, the rest of the way is no matter.
      const filter = groupFilter(network, groups, 'ingress', family, protocol, identity)
      if (isNoTraffic(filter.traffic) && filter.undecided.length === 0) return NOTHING
      const arriving = way.traffic(protocol)
      if (isNoTraffic(arriving)) return NOTHING
      const remarks = filter.undecided.filter(({ ports }) =>
        portRangesOf(arriving).some(({ ports: { begin, end } }) => meets(ports, [begin, end + 1])),
      )
      return { traffic: intersectTraffic(arriving, filter.traffic), remarks: remarks.map(({ remark }) => remark) }
    },
    admittingGroup(protocol, groups, source, port) {
      return admittingRule(network, groups, 'ingress', { remote: source, protocol, port }, identity)?.groupId ?? null
    },
  }
}

/** The type names of CloudFormation that steps and hops bear. */
export const COMPONENT = {
  internetGateway: 'AWS::EC2::InternetGateway',
  peering: 'AWS::EC2::VPCPeeringConnection',
  vpnGateway: 'AWS::EC2::VPNGateway',
  transitGateway: 'AWS::EC2::TransitGateway',
  transitGatewayAttachment: 'AWS::EC2::TransitGatewayAttachment',
  networkAcl: 'AWS::EC2::NetworkAcl',
  securityGroup: 'AWS::EC2::SecurityGroup',
  networkInterface: 'AWS::EC2::NetworkInterface',
  instance: 'AWS::EC2::Instance',
  routeTable: 'AWS::EC2::RouteTable',
  subnet: 'AWS::EC2::Subnet',
  vpc: 'AWS::EC2::VPC',
  endpoint: 'AWS::EC2::VPCEndpoint',
  firewall: 'AWS::NetworkFirewall::Firewall',
  loadBalancer: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  listener: 'AWS::ElasticLoadBalancingV2::Listener',
  targetGroup: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  classicLoadBalancer: 'AWS::ElasticLoadBalancing::LoadBalancer',
  accelerator: 'AWS::GlobalAccelerator::Accelerator',
} as const
