import { parseCidr, parseIpAddress, cidrsOfRange, type Cidr } from '../../base/ip-range.ts'
import type {
  Firewall,
  FirewallPolicy,
  FirewallRuleGroup,
  FirewallTuple,
  StatefulFirewallRule,
  StatelessAction,
  StatelessFirewallRule,
} from '../../domain/network/firewall.ts'
import type { PortRange } from '../../domain/network/packet-filters.ts'
import { eachOnce, ownedByArn, type Answers } from './answers.ts'
import { EVERY_PORT, portRangeOf } from './traffic-filter.ts'
import type { WireRecord } from './wire-record.ts'

/** IANA numbers of what a stateful rule's `Protocol` names and that is a protocol of packets. (Network Firewall API, Header) */
const PACKET_PROTOCOLS: Readonly<Record<string, readonly number[]>> = { IP: [], TCP: [6], UDP: [17], ICMP: [1] }

export function readFirewalls(answers: Answers): readonly Firewall[] {
  return eachOnce(answers.of('DescribeFirewall'), answer => {
    const record = answer.record('Firewall')
    const id = record?.id('FirewallArn') ?? null
    const vpcId = record?.neededId('VpcId') ?? null
    const policyArn = record?.neededId('FirewallPolicyArn') ?? null
    if (record === null || id === null || vpcId === null || policyArn === null) return null
    return {
      ...ownedByArn(record, id),
      name: record.text('FirewallName') ?? '',
      vpcId,
      policyArn,
      endpoints: endpointsOf(answer),
    }
  })
}

/** `SyncStates` is a map from zone to the endpoint there. */
function endpointsOf(answer: WireRecord): Firewall['endpoints'] {
  const states = answer.record('FirewallStatus')?.record('SyncStates') ?? null
  return (states?.names() ?? [])
    .flatMap(zone => {
      const attachment = states?.record(zone)?.record('Attachment') ?? null
      const [endpointId, subnetId] = [attachment?.optionalId('EndpointId'), attachment?.optionalId('SubnetId')]
      return endpointId && subnetId ? [{ endpointId, subnetId }] : []
    })
    .sort((a, b) => (a.endpointId < b.endpointId ? -1 : 1))
}

export function readFirewallPolicies(answers: Answers): readonly FirewallPolicy[] {
  return eachOnce(answers.of('DescribeFirewallPolicy'), answer => {
    const id = answer.record('FirewallPolicyResponse')?.id('FirewallPolicyArn') ?? null
    const policy = answer.record('FirewallPolicy')
    if (id === null || policy === null) return null
    const stateful = policy.texts('StatefulDefaultActions')
    return {
      ...ownedByArn(answer, id),
      statelessGroups: policy
        .records('StatelessRuleGroupReferences')
        .flatMap(reference => {
          const groupArn = reference.neededId('ResourceArn')
          const priority = reference.number('Priority')
          return groupArn === null ? [] : [{ priority: priority ?? 0, groupArn }]
        })
        .sort((a, b) => a.priority - b.priority || (a.groupArn < b.groupArn ? -1 : 1)),
      statelessDefault: statelessActionOf(policy.texts('StatelessDefaultActions')) ?? 'forward',
      statefulGroupArns: inPriority(policy.records('StatefulRuleGroupReferences')),
      statefulOrder:
        policy.record('StatefulEngineOptions')?.word('RuleOrder') === 'strict_order' ? 'strict' : 'default',
      dropsByDefault: stateful.some(action => action.startsWith('aws:drop')),
    }
  })
}

function inPriority(references: readonly WireRecord[]): readonly string[] {
  return references
    .flatMap(reference => {
      const arn = reference.neededId('ResourceArn')
      return arn === null ? [] : [{ arn, priority: reference.number('Priority') ?? 0 }]
    })
    .sort((a, b) => a.priority - b.priority || (a.arn < b.arn ? -1 : 1))
    .map(({ arn }) => arn)
}

export function readFirewallRuleGroups(answers: Answers): readonly FirewallRuleGroup[] {
  return eachOnce(answers.of('DescribeRuleGroup'), answer => {
    const id = answer.record('RuleGroupResponse')?.id('RuleGroupArn') ?? null
    const group = answer.record('RuleGroup')
    const source = group?.record('RulesSource') ?? null
    if (id === null || group === null || source === null) return null
    const stateless = source.record('StatelessRulesAndCustomActions')?.records('StatelessRules') ?? []
    const stateful = source.records('StatefulRules')
    if (!answers.mayHold(stateless.length + stateful.length, answer, 'RuleGroup')) return null
    const variables = variablesOf(group)
    const readStateful = stateful.map(rule => statefulRuleOf(rule, variables))
    return {
      ...ownedByArn(answer, id),
      stateless: stateless.flatMap(statelessRuleOf).sort((a, b) => a.priority - b.priority),
      stateful: readStateful.flatMap(rule => rule ?? []),
      hasUnreadRules: readStateful.includes(null) || source.has('RulesString') || source.has('RulesSourceList'),
    }
  })
}

function statelessRuleOf(record: WireRecord): readonly StatelessFirewallRule[] {
  const priority = record.number('Priority')
  const definition = record.record('RuleDefinition')
  const match = definition?.record('MatchAttributes') ?? null
  const action = definition === null ? null : statelessActionOf(definition.texts('Actions'))
  if (priority === null || match === null || action === null) {
    record.unreadable('RuleDefinition', 'has no priority, match or action that is known')
    return []
  }
  return [
    {
      priority,
      action,
      protocols: match.texts('Protocols').flatMap(text => (/^[0-9]{1,3}$/.test(text) ? [Number(text)] : [])),
      sources: addressesOf(match, 'Sources'),
      destinations: addressesOf(match, 'Destinations'),
      sourcePorts: portRangesOf(match, 'SourcePorts'),
      destinationPorts: portRangesOf(match, 'DestinationPorts'),
      hasTcpFlags: match.records('TCPFlags').length > 0,
    },
  ]
}

function addressesOf(record: WireRecord, name: string): readonly Cidr[] | null {
  const addresses = record.records(name)
  return addresses.length === 0 ? null : addresses.flatMap(address => address.cidr('AddressDefinition') ?? [])
}

function portRangesOf(record: WireRecord, name: string): readonly PortRange[] | null {
  const ranges = record.records(name)
  if (ranges.length === 0) return null
  return ranges.flatMap(range => portRangeOf(range) ?? [])
}

/** Custom actions only report, beside one of these. */
function statelessActionOf(actions: readonly string[]): StatelessAction | null {
  if (actions.includes('aws:drop')) return 'drop'
  if (actions.includes('aws:pass')) return 'pass'
  return actions.includes('aws:forward_to_sfe') ? 'forward' : null
}

/** What `$NAME` stands for in the addresses and ports of stateful rules. */
interface Variables {
  readonly addresses: ReadonlyMap<string, readonly string[]>
  readonly ports: ReadonlyMap<string, readonly string[]>
}

function variablesOf(group: WireRecord): Variables {
  const variables = group.record('RuleVariables')
  const read = (name: string): ReadonlyMap<string, readonly string[]> => {
    const sets = variables?.record(name) ?? null
    return new Map((sets?.names() ?? []).map(key => [key, sets?.record(key)?.texts('Definition') ?? []]))
  }
  return { addresses: read('IPSets'), ports: read('PortSets') }
}

/** `null` for a rule that is more than a five-tuple. */
function statefulRuleOf(record: WireRecord, variables: Variables): StatefulFirewallRule | null {
  const action = record.word('Action')
  const header = record.record('Header')
  const protocol = header?.text('Protocol')?.toUpperCase() ?? ''
  // `sid`, `msg`, `rev` and the like name a rule; any other option narrows it.
  const hasOptions = record.records('RuleOptions').some(option => !NAMING_OPTIONS.has(option.word('Keyword') ?? ''))
  const isKnown = action === 'pass' || action === 'drop' || action === 'reject' || action === 'alert'
  if (header === null || !isKnown || hasOptions || !Object.hasOwn(PACKET_PROTOCOLS, protocol)) return null
  const tuple = tupleOf(header, protocol, variables)
  return tuple === null ? null : { ...tuple, action, isBothWays: header.word('Direction') === 'any' }
}

const NAMING_OPTIONS: ReadonlySet<string> = new Set([
  'sid',
  'msg',
  'rev',
  'gid',
  'classtype',
  'priority',
  'reference',
  'metadata',
])

function tupleOf(header: WireRecord, protocol: string, { addresses, ports }: Variables): FirewallTuple | null {
  const sources = suricataAddresses(header.text('Source'), addresses)
  const destinations = suricataAddresses(header.text('Destination'), addresses)
  const sourcePorts = suricataPorts(header.text('SourcePort'), ports)
  const destinationPorts = suricataPorts(header.text('DestinationPort'), ports)
  if (sources === undefined || destinations === undefined) return null
  if (sourcePorts === undefined || destinationPorts === undefined) return null
  return { protocols: PACKET_PROTOCOLS[protocol] ?? [], sources, destinations, sourcePorts, destinationPorts }
}

/** `null` for any, `undefined` for what is not read: negations, and variables that the group does not define. */
function suricataAddresses(
  text: string | null,
  variables: ReadonlyMap<string, readonly string[]>,
): readonly Cidr[] | null | undefined {
  const parts = partsOf(text, variables)
  if (parts === null || parts === undefined) return parts
  const cidrs: Cidr[] = []
  for (const part of parts) {
    const [first, last, ...rest] = part.split('-').map(parseIpAddress)
    const cidr = parseCidr(part)
    if (cidr !== null) cidrs.push(cidr)
    else if (first && last && rest.length === 0 && first.family === last.family && first.value <= last.value) {
      cidrs.push(...cidrsOfRange({ family: first.family, first: first.value, last: last.value }))
    } else return undefined
  }
  return cidrs
}

function suricataPorts(
  text: string | null,
  variables: ReadonlyMap<string, readonly string[]>,
): readonly PortRange[] | null | undefined {
  const parts = partsOf(text, variables)
  if (parts === null || parts === undefined) return parts
  const ranges: PortRange[] = []
  for (const part of parts) {
    const match = /^([0-9]{1,5})?(:)?([0-9]{1,5})?$/.exec(part)
    if (match === null || part === ':' || part === '') return undefined
    const begin = Number(match[1] ?? EVERY_PORT.begin)
    const end = match[2] === undefined ? begin : Number(match[3] ?? EVERY_PORT.end)
    if (begin > end || end > EVERY_PORT.end) return undefined
    ranges.push({ begin, end })
  }
  return ranges
}

function partsOf(
  text: string | null,
  variables: ReadonlyMap<string, readonly string[]>,
): readonly string[] | null | undefined {
  const trimmed = text?.trim() ?? ''
  if (trimmed.toLowerCase() === 'any') return null
  if (trimmed === '' || trimmed.includes('!')) return undefined
  if (trimmed.startsWith('$')) {
    const values = variables.get(trimmed.slice(1))
    return values === undefined || values.some(value => /[!$@[]/.test(value)) ? undefined : values
  }
  const inner = trimmed.startsWith('[') && trimmed.endsWith(']') ? trimmed.slice(1, -1) : trimmed
  return /[[\]$@]/.test(inner) ? undefined : inner.split(',').map(part => part.trim())
}
