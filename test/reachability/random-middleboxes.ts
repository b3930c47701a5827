import type { RawInterface } from '../support/packet-simulator/wire.ts'
import type { Draw } from './draw.ts'
import { IPV4_POOL, type DrawnVpc } from './drawn-vpc.ts'
import { ACCOUNT, REGION, type NetworkParts } from './recorded-parts.ts'

export interface Middlebox {
  readonly id: string
  readonly subnetId: string
}

/** What routes of a VPC can send packets through. */
export interface Middleboxes {
  readonly parts: NetworkParts
  readonly inVpc: (vpcId: string) => readonly Middlebox[]
}

/** Endpoints of Gateway Load Balancers and of one firewall; interfaces that forward are boxes too, and some that do not. */
export function drawMiddleboxes(
  draw: Draw,
  vpcs: readonly DrawnVpc[],
  interfaces: readonly RawInterface[],
): Middleboxes {
  const known = new Map<string, Middlebox[]>()
  const endpoints: Record<string, unknown>[] = []
  const firewalls: Record<string, unknown>[] = []
  for (const { vpc, letter, subnets } of vpcs) {
    const boxes = interfaces
      .filter(({ VpcId, SourceDestCheck }) => VpcId === vpc.VpcId && (SourceDestCheck === false || draw.chance(16)))
      .map(({ NetworkInterfaceId, SubnetId }) => ({ id: NetworkInterfaceId, subnetId: SubnetId }))
    if (draw.chance(8)) {
      const id = `vpce-${letter}0`
      const { SubnetId } = draw.pick(subnets)
      boxes.push({ id, subnetId: SubnetId })
      endpoints.push(endpoint(id, vpc.VpcId, SubnetId, draw.chance(12) ? 'pending' : 'available'))
    }
    if (draw.chance(8)) {
      const id = `vpce-${letter}9`
      const { SubnetId, AvailabilityZone } = draw.pick(subnets)
      boxes.push({ id, subnetId: SubnetId })
      endpoints.push(endpoint(id, vpc.VpcId, SubnetId, 'available'))
      firewalls.push({
        Firewall: {
          FirewallArn: arnOf(`firewall/${letter}`),
          VpcId: vpc.VpcId,
          FirewallPolicyArn: arnOf('firewall-policy/1'),
        },
        FirewallStatus: {
          SyncStates: { [AvailabilityZone]: { Attachment: { EndpointId: id, SubnetId, Status: 'READY' } } },
        },
      })
    }
    known.set(vpc.VpcId, boxes)
  }
  const policy = firewalls.length === 0 ? {} : drawPolicy(draw)
  return { parts: { endpoints, firewalls, ...policy }, inVpc: vpcId => known.get(vpcId) ?? [] }
}

function endpoint(VpcEndpointId: string, VpcId: string, subnetId: string, State: string) {
  return { VpcEndpointId, VpcId, VpcEndpointType: 'GatewayLoadBalancer', State, SubnetIds: [subnetId] }
}

function drawPolicy(draw: Draw): NetworkParts {
  const [statelessArn, statefulArn] = [arnOf('stateless-rulegroup/1'), arnOf('stateful-rulegroup/1')]
  const isStrict = draw.chance(2)
  const ports = () => ({ FromPort: 22, ToPort: draw.pick([22, 80, 1023]) })
  const StatelessRules = Array.from({ length: draw.below(3) }, (_, at) => ({
    Priority: 10 * (at + 1),
    RuleDefinition: {
      Actions: [draw.pick(['aws:drop', 'aws:pass', 'aws:forward_to_sfe'])],
      MatchAttributes: {
        Protocols: draw.chance(2) ? [] : [6],
        Sources: draw.chance(2) ? [{ AddressDefinition: draw.pick(IPV4_POOL) }] : [],
        DestinationPorts: draw.chance(2) ? [] : [ports()],
      },
    },
  }))
  const StatefulRules = Array.from({ length: draw.below(3) }, () => ({
    Action: draw.pick(['PASS', 'DROP', 'ALERT', 'REJECT']),
    Header: {
      Protocol: draw.pick(['TCP', 'UDP', 'IP']),
      Source: draw.chance(2) ? draw.pick(IPV4_POOL) : 'ANY',
      SourcePort: 'ANY',
      Direction: draw.chance(3) ? 'ANY' : 'FORWARD',
      Destination: 'ANY',
      DestinationPort: draw.pick(['ANY', '22', '80:443']),
    },
    RuleOptions: [{ Keyword: 'sid', Settings: ['1'] }],
  }))
  return {
    firewallPolicies: [
      {
        arn: arnOf('firewall-policy/1'),
        policy: {
          StatelessRuleGroupReferences: [{ ResourceArn: statelessArn, Priority: 1 }],
          StatefulRuleGroupReferences: [{ ResourceArn: statefulArn, ...(isStrict ? { Priority: 1 } : {}) }],
          StatelessDefaultActions: [draw.pick(['aws:forward_to_sfe', 'aws:pass', 'aws:drop'])],
          StatelessFragmentDefaultActions: ['aws:forward_to_sfe'],
          ...(isStrict
            ? {
                StatefulEngineOptions: { RuleOrder: 'STRICT_ORDER' },
                StatefulDefaultActions: draw.chance(2) ? ['aws:drop_strict'] : [],
              }
            : {}),
        },
      },
    ],
    ruleGroups: [
      { arn: statelessArn, group: { RulesSource: { StatelessRulesAndCustomActions: { StatelessRules } } } },
      { arn: statefulArn, group: { RulesSource: { StatefulRules } } },
    ],
  }
}

function arnOf(resource: string): string {
  return `arn:aws:network-firewall:${REGION}:${ACCOUNT}:${resource}`
}
