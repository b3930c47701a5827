import { bitsOf, isIn } from './bits.ts'
import type { Packet } from './filters.ts'
import type { RawFirewallPolicy, RawFirewallTuple, RawStatelessRule } from './wire.ts'
import type { World } from './world.ts'

const NUMBERS: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, ICMP: 1 }

/**
 * Whether AWS Network Firewall lets the packet through. Replies pass the stateful part, whose flow the packet there has opened.
 * (reachability §2.13)
 */
export function firewallPasses(world: World, policyArn: string, packet: Packet, isReply: boolean): boolean {
  const policy = world.firewallPolicies.get(policyArn)
  if (policy === undefined) return true
  const action = statelessAction(world, policy, packet)
  if (action === 'aws:pass') return true
  if (action === 'aws:drop') return false
  return isReply || statefulPasses(world, policy, packet)
}

function statelessAction(world: World, policy: RawFirewallPolicy, packet: Packet): string {
  const groups = [...(policy.StatelessRuleGroupReferences ?? [])].sort((a, b) => a.Priority - b.Priority)
  for (const { ResourceArn } of groups) {
    const source = world.ruleGroups.get(ResourceArn)?.RulesSource?.StatelessRulesAndCustomActions
    for (const rule of [...(source?.StatelessRules ?? [])].sort((a, b) => a.Priority - b.Priority)) {
      const action = rule.RuleDefinition.Actions.find(name => name.startsWith('aws:'))
      if (action !== undefined && statelessCovers(rule, packet)) return action
    }
  }
  return policy.StatelessDefaultActions?.find(name => name.startsWith('aws:')) ?? 'aws:forward_to_sfe'
}

function statelessCovers(rule: RawStatelessRule, packet: Packet): boolean {
  const { Protocols, Sources, Destinations, SourcePorts, DestinationPorts } = rule.RuleDefinition.MatchAttributes
  const named = <T>(list: readonly T[] | undefined, test: (item: T) => boolean) =>
    list === undefined || list.length === 0 || list.some(test)
  const hasPorts = packet.protocol === 6 || packet.protocol === 17
  return (
    named(Protocols, protocol => protocol === packet.protocol) &&
    named(Sources, ({ AddressDefinition }) => isIn(packet.source, bitsOf(AddressDefinition))) &&
    named(Destinations, ({ AddressDefinition }) => isIn(packet.destination, bitsOf(AddressDefinition))) &&
    (!hasPorts ||
      (named(SourcePorts, range => range.FromPort <= packet.sourcePort && packet.sourcePort <= range.ToPort) &&
        named(
          DestinationPorts,
          range => range.FromPort <= packet.destinationPort && packet.destinationPort <= range.ToPort,
        )))
  )
}

/** Default order: passes, then drops, then what is left passes. Strict order: the first that matches, then the default action. */
function statefulPasses(world: World, policy: RawFirewallPolicy, packet: Packet): boolean {
  const isStrict = policy.StatefulEngineOptions?.RuleOrder === 'STRICT_ORDER'
  const references = [...(policy.StatefulRuleGroupReferences ?? [])]
  if (isStrict) references.sort((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))
  const rules = references.flatMap(
    ({ ResourceArn }) => world.ruleGroups.get(ResourceArn)?.RulesSource?.StatefulRules ?? [],
  )
  const matching = rules.filter(({ Header }) => statefulCovers(Header, packet)).map(({ Action }) => Action)
  if (!isStrict) {
    return matching.includes('PASS') || !matching.some(action => action === 'DROP' || action === 'REJECT')
  }
  const decisive = matching.find(action => action !== 'ALERT')
  if (decisive !== undefined) return decisive === 'PASS'
  return !(policy.StatefulDefaultActions ?? []).some(
    action => action === 'aws:drop_strict' || action === 'aws:drop_established',
  )
}

function statefulCovers(header: RawFirewallTuple, packet: Packet): boolean {
  const isProtocol =
    header.Protocol === undefined || header.Protocol === 'IP' || NUMBERS[header.Protocol] === packet.protocol
  const oneWay = (from: Packet) =>
    isAddress(header.Source, from.source) &&
    isAddress(header.Destination, from.destination) &&
    isPort(header.SourcePort, from.sourcePort) &&
    isPort(header.DestinationPort, from.destinationPort)
  const swapped = {
    ...packet,
    source: packet.destination,
    destination: packet.source,
    sourcePort: packet.destinationPort,
    destinationPort: packet.sourcePort,
  }
  return isProtocol && (oneWay(packet) || (header.Direction === 'ANY' && oneWay(swapped)))
}

function isAddress(text: string | undefined, address: string): boolean {
  return text === undefined || text === 'ANY' || isIn(address, bitsOf(text))
}

function isPort(text: string | undefined, port: number): boolean {
  if (text === undefined || text === 'ANY') return true
  const [from = '', to = from] = text.split(':')
  return Number(from) <= port && port <= Number(to)
}
