import { holdsAddress, type IpAddress, type IpFamily } from '../../base/ip-range.ts'
import type {
  FirewallPolicy,
  FirewallRuleGroup,
  FirewallTuple,
  StatefulFirewallRule,
  StatelessAction,
  StatelessFirewallRule,
} from '../../domain/network/firewall.ts'
import type { PortRange } from '../../domain/network/packet-filters.ts'
import type { AddressSpace } from '../sets/address-space.ts'
import { unionAll, type IntervalSet } from '../sets/interval-set.ts'
import {
  ALL_PORTS,
  intersectTraffic,
  NO_TRAFFIC,
  portSet,
  subtractTraffic,
  trafficOf,
  unionTraffic,
  type Traffic,
} from '../sets/traffic.ts'

/** A policy with its rules in the order in which the firewall asks them. (reachability §2.13) */
export interface FirewallRules {
  readonly policyId: string
  readonly stateless: readonly StatelessFirewallRule[]
  readonly statelessDefault: StatelessAction
  readonly stateful: readonly StatefulFirewallRule[]
  readonly statefulOrder: FirewallPolicy['statefulOrder']
  readonly dropsByDefault: boolean
  /** Why what it passes may be stopped after all; empty when every rule was read. */
  readonly assumptions: readonly string[]
}

/** Connections of one protocol from one client port to one address. */
export interface FirewallQuestion {
  readonly family: IpFamily
  /** IANA number. */
  readonly protocol: number
  readonly target: IpAddress
  readonly clientPort: number
}

/** `policy` is `undefined` where it was not described: then everything passes, and that is an assumption. */
export function firewallRules(
  policyId: string,
  policy: FirewallPolicy | undefined,
  ruleGroup: (arn: string) => FirewallRuleGroup | undefined,
): FirewallRules {
  if (policy === undefined) {
    return {
      policyId,
      stateless: [],
      statelessDefault: 'pass',
      stateful: [],
      statefulOrder: 'default',
      dropsByDefault: false,
      assumptions: [`The firewall policy ${policyId} was not described: it is taken to pass everything.`],
    }
  }
  const assumptions: string[] = []
  const groupOf = (arn: string) => {
    const group = ruleGroup(arn)
    if (group === undefined)
      assumptions.push(`The firewall rule group ${arn} was not described: it is taken to match nothing.`)
    else if (group.hasUnreadRules) {
      assumptions.push(
        `The firewall rule group ${arn} has rules beyond addresses and ports: they are taken to stop nothing.`,
      )
    }
    return group
  }
  const statelessGroups = policy.statelessGroups.toSorted((a, b) => a.priority - b.priority)
  const stateless = statelessGroups.flatMap(
    ({ groupArn }) => groupOf(groupArn)?.stateless.toSorted((a, b) => a.priority - b.priority) ?? [],
  )
  if (stateless.some(({ hasTcpFlags }) => hasTcpFlags)) {
    assumptions.push(`The firewall policy ${policyId} has rules on TCP flags: they are taken to match nothing.`)
  }
  return {
    policyId,
    stateless: stateless.filter(({ hasTcpFlags }) => !hasTcpFlags),
    statelessDefault: policy.statelessDefault,
    stateful: policy.statefulGroupArns.flatMap(arn => groupOf(arn)?.stateful ?? []),
    statefulOrder: policy.statefulOrder,
    dropsByDefault: policy.dropsByDefault,
    assumptions: assumptions.toSorted(),
  }
}

/** Client ports at which some rule begins or stops to match: between two of them all are alike. */
export function clientPortBreaks({ stateless, stateful }: FirewallRules): readonly number[] {
  const ranges = [...stateless, ...stateful].flatMap(({ sourcePorts, destinationPorts }) =>
    [sourcePorts ?? [], destinationPorts ?? []].flat(),
  )
  return [...new Set(ranges.flatMap(({ begin, end }) => [begin, end + 1]))].toSorted((a, b) => a - b)
}

/**
 * Connections that the firewall lets through, there and back: from which clients to which ports. The stateless rules see
 * each packet, the reply too; the stateful ones decide on the first and then know the connection.
 */
export function firewallTraffic(rules: FirewallRules, question: FirewallQuestion, space: AddressSpace): Traffic {
  const whole = trafficOf(ALL_PORTS, space.whole(question.family))
  const there = statelessTraffic(rules, rule => forwardMatch(rule, question, space), whole)
  const back = statelessTraffic(rules, rule => returnMatch(rule, question, space), whole)
  const inspected = intersectTraffic(there.forward, statefulTraffic(rules, question, space, whole))
  return intersectTraffic(unionTraffic(there.pass, inspected), unionTraffic(back.pass, back.forward))
}

/** The first matching rule decides what it matches. */
function statelessTraffic(
  { stateless, statelessDefault }: FirewallRules,
  matchOf: (rule: FirewallTuple) => Traffic,
  whole: Traffic,
): Readonly<Record<StatelessAction, Traffic>> {
  const decided: Record<StatelessAction, Traffic> = { pass: NO_TRAFFIC, drop: NO_TRAFFIC, forward: NO_TRAFFIC }
  let open = whole
  for (const rule of stateless) {
    const match = intersectTraffic(open, matchOf(rule))
    decided[rule.action] = unionTraffic(decided[rule.action], match)
    open = subtractTraffic(open, match)
  }
  decided[statelessDefault] = unionTraffic(decided[statelessDefault], open)
  return decided
}

/** Default order: what any rule passes, then what none drops. Strict order: the first rule that passes or drops. */
function statefulTraffic(
  rules: FirewallRules,
  question: FirewallQuestion,
  space: AddressSpace,
  whole: Traffic,
): Traffic {
  const matchOf = (rule: StatefulFirewallRule) => {
    const match = forwardMatch(rule, question, space)
    return rule.isBothWays ? unionTraffic(match, returnMatch(rule, question, space)) : match
  }
  let passed = NO_TRAFFIC
  let open = whole
  for (const rule of inOrder(rules)) {
    const match = intersectTraffic(open, matchOf(rule))
    if (rule.action === 'pass') passed = unionTraffic(passed, match)
    open = subtractTraffic(open, match)
  }
  return dropsUnmatched(rules) ? passed : unionTraffic(passed, open)
}

/** What a stateful engine asks, alerts left out: they stop nothing. */
function inOrder({ stateful, statefulOrder }: FirewallRules): readonly StatefulFirewallRule[] {
  const deciding = stateful.filter(({ action }) => action !== 'alert')
  if (statefulOrder === 'strict') return deciding
  return [...deciding.filter(({ action }) => action === 'pass'), ...deciding.filter(({ action }) => action !== 'pass')]
}

function dropsUnmatched({ statefulOrder, dropsByDefault }: FirewallRules): boolean {
  return statefulOrder === 'strict' && dropsByDefault
}

function forwardMatch(rule: FirewallTuple, question: FirewallQuestion, space: AddressSpace): Traffic {
  const { sources, destinations, sourcePorts, destinationPorts } = rule
  const { family, target, clientPort } = question
  if (!matchesProtocol(rule, question) || !holdsPort(sourcePorts, clientPort)) return NO_TRAFFIC
  if (destinations !== null && !destinations.some(cidr => holdsAddress(cidr, target))) return NO_TRAFFIC
  return trafficOf(portsOf(destinationPorts), sources === null ? space.whole(family) : space.setOf(sources, family))
}

/** The rule as it sees the reply: source and destination change places, the set is still one of clients and target ports. */
function returnMatch(rule: FirewallTuple, question: FirewallQuestion, space: AddressSpace): Traffic {
  const { sources, destinations, sourcePorts, destinationPorts } = rule
  const turned = {
    protocols: rule.protocols,
    sources: destinations,
    destinations: sources,
    sourcePorts: destinationPorts,
    destinationPorts: sourcePorts,
  }
  return forwardMatch(turned, question, space)
}

function matchesProtocol({ protocols }: FirewallTuple, { protocol }: FirewallQuestion): boolean {
  return protocols.length === 0 || protocols.includes(protocol)
}

function holdsPort(ranges: readonly PortRange[] | null, port: number): boolean {
  return ranges === null || ranges.some(({ begin, end }) => begin <= port && port <= end)
}

function portsOf(ranges: readonly PortRange[] | null): IntervalSet {
  return ranges === null ? ALL_PORTS : unionAll(ranges.map(portSet))
}
