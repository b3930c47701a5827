import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holdsAddress, parseIpAddress, type IpAddress } from '../../base/ip-range.ts'
import type { FirewallPolicy, FirewallRuleGroup, FirewallTuple } from '../../domain/network/firewall.ts'
import { AddressSpace } from '../sets/address-space.ts'
import { has } from '../sets/interval-set.ts'
import { sourcesTo } from '../sets/traffic.ts'
import { clientPortBreaks, firewallRules, firewallTraffic } from './firewall-filter.ts'
import { cidr, owned } from '../../../test/support/network-builder.ts'

const TARGET = parseIpAddress('10.0.1.5')!
const ANY: FirewallTuple = {
  protocols: [],
  sources: null,
  destinations: null,
  sourcePorts: null,
  destinationPorts: null,
}

function aPolicy(parts: Partial<FirewallPolicy> = {}): FirewallPolicy {
  return {
    ...owned('policy-1'),
    statelessGroups: [{ priority: 1, groupArn: 'stateless' }],
    statelessDefault: 'forward',
    statefulGroupArns: ['stateful'],
    statefulOrder: 'default',
    dropsByDefault: false,
    ...parts,
  }
}

function groups(parts: Partial<FirewallRuleGroup>) {
  const group = { stateless: [], stateful: [], hasUnreadRules: false, ...parts }
  return (arn: string): FirewallRuleGroup => ({
    ...owned(arn),
    ...group,
    ...(arn === 'stateless' ? { stateful: [] } : { stateless: [] }),
  })
}

/** Whether a TCP connection of this client to this port of the target passes. */
function passes(
  policy: FirewallPolicy | undefined,
  rules: Partial<FirewallRuleGroup>,
  client: string,
  port: number,
  clientPort = 40_000,
) {
  const space = new AddressSpace()
  const read = firewallRules('policy-1', policy, groups(rules))
  const traffic = firewallTraffic(read, { family: 'ipv4', protocol: 6, target: TARGET, clientPort }, space)
  return has(sourcesTo(traffic, port), space.locate(parseIpAddress(client)!))
}

const ssh = { ...ANY, protocols: [6], destinationPorts: [{ begin: 22, end: 22 }] }

describe('what a firewall lets through', () => {
  it('drops what the first matching stateless rule drops', () => {
    const stateless = [
      { ...ssh, priority: 10, action: 'drop' as const, hasTcpFlags: false },
      { ...ANY, priority: 20, action: 'pass' as const, hasTcpFlags: false },
    ]

    expect(passes(aPolicy(), { stateless }, '192.0.2.1', 22)).toBe(false)
    expect(passes(aPolicy(), { stateless }, '192.0.2.1', 23)).toBe(true)
    expect(passes(aPolicy(), { stateless: stateless.toReversed() }, '192.0.2.1', 22)).toBe(false)
  })

  it('asks stateless rules about the reply too', () => {
    const toClient = {
      ...ANY,
      destinations: [cidr('192.0.2.0/24')],
      priority: 1,
      action: 'drop' as const,
      hasTcpFlags: false,
    }

    expect(passes(aPolicy(), { stateless: [toClient] }, '192.0.2.1', 22)).toBe(false)
    expect(passes(aPolicy(), { stateless: [toClient] }, '192.0.3.1', 22)).toBe(true)
  })

  it('passes before it drops in the default order, whatever the order of the rules', () => {
    const stateful = [
      { ...ANY, action: 'drop' as const, isBothWays: false },
      { ...ssh, action: 'pass' as const, isBothWays: false },
    ]

    expect(passes(aPolicy(), { stateful }, '192.0.2.1', 22)).toBe(true)
    expect(passes(aPolicy(), { stateful }, '192.0.2.1', 23)).toBe(false)
    expect(passes(aPolicy({ statefulOrder: 'strict' }), { stateful }, '192.0.2.1', 22)).toBe(false)
  })

  it('drops what no rule knows in the strict order only, and only when it says so', () => {
    const stateful = [{ ...ssh, action: 'alert' as const, isBothWays: false }]
    const strict = aPolicy({ statefulOrder: 'strict', dropsByDefault: true })

    expect(passes(strict, { stateful }, '192.0.2.1', 22)).toBe(false)
    expect(passes({ ...strict, dropsByDefault: false }, { stateful }, '192.0.2.1', 22)).toBe(true)
    expect(passes({ ...strict, statefulOrder: 'default' }, { stateful }, '192.0.2.1', 22)).toBe(true)
  })

  it('reads a rule for both ways from either side', () => {
    const fromTarget = { ...ANY, sources: [cidr('10.0.1.0/24')], destinations: [cidr('192.0.2.0/24')] }
    const strict = aPolicy({ statefulOrder: 'strict', dropsByDefault: true })

    expect(passes(strict, { stateful: [{ ...fromTarget, action: 'pass', isBothWays: true }] }, '192.0.2.1', 22)).toBe(
      true,
    )
    expect(passes(strict, { stateful: [{ ...fromTarget, action: 'pass', isBothWays: false }] }, '192.0.2.1', 22)).toBe(
      false,
    )
  })

  it.each([
    ['a policy that is not described', undefined, {}, 'not described'],
    ['rules that it cannot read', aPolicy(), { hasUnreadRules: true }, 'beyond addresses and ports'],
    [
      'rules on TCP flags',
      aPolicy(),
      { stateless: [{ ...ANY, priority: 1, action: 'drop' as const, hasTcpFlags: true }] },
      'TCP flags',
    ],
  ])('passes %s, and calls that an assumption', (_, policy, rules, reason) => {
    expect(passes(policy, rules, '192.0.2.1', 22)).toBe(true)
    expect(firewallRules('policy-1', policy, groups(rules)).assumptions.join()).toContain(reason)
  })

  it('says of a rule group that is not described what it takes it for', () => {
    const { assumptions } = firewallRules('policy-1', aPolicy(), () => undefined)

    expect(assumptions).toHaveLength(2)
  })
})

describe('a firewall asked packet by packet', () => {
  const prefix = fc.constantFrom('0.0.0.0/0', '192.0.2.0/24', '192.0.2.128/25', '10.0.1.0/24', '10.0.1.5/32', '::/0')
  const ports = fc.constantFrom([{ begin: 22, end: 22 }], [{ begin: 0, end: 1023 }], [{ begin: 1024, end: 50_000 }])
  const tuple = fc.record({
    protocols: fc.constantFrom([], [6], [17]),
    sources: fc.option(fc.array(prefix.map(cidr), { minLength: 1, maxLength: 2 })),
    destinations: fc.option(fc.array(prefix.map(cidr), { minLength: 1, maxLength: 2 })),
    sourcePorts: fc.option(ports),
    destinationPorts: fc.option(ports),
  })
  const stateless = tuple.chain(rule =>
    fc
      .record({ priority: fc.nat(5), action: fc.constantFrom('pass' as const, 'drop' as const, 'forward' as const) })
      .map(rest => Object.assign({ hasTcpFlags: false }, rule, rest)),
  )
  const stateful = tuple.chain(rule =>
    fc
      .record({
        action: fc.constantFrom('pass' as const, 'drop' as const, 'reject' as const, 'alert' as const),
        isBothWays: fc.boolean(),
      })
      .map(rest => Object.assign({}, rule, rest)),
  )
  const policy = fc.record({
    statelessDefault: fc.constantFrom('pass' as const, 'drop' as const, 'forward' as const),
    statefulOrder: fc.constantFrom('default' as const, 'strict' as const),
    dropsByDefault: fc.boolean(),
  })

  interface Packet {
    readonly from: IpAddress
    readonly fromPort: number
    readonly to: IpAddress
    readonly toPort: number
  }

  function matches(rule: FirewallTuple, { from, fromPort, to, toPort }: Packet): boolean {
    return (
      (rule.protocols.length === 0 || rule.protocols.includes(6)) &&
      (rule.sources === null || rule.sources.some(one => holdsAddress(one, from))) &&
      (rule.destinations === null || rule.destinations.some(one => holdsAddress(one, to))) &&
      (rule.sourcePorts === null || rule.sourcePorts.some(({ begin, end }) => begin <= fromPort && fromPort <= end)) &&
      (rule.destinationPorts === null ||
        rule.destinationPorts.some(({ begin, end }) => begin <= toPort && toPort <= end))
    )
  }

  it('answers as the sets do', () => {
    fc.assert(
      fc.property(
        policy,
        fc.array(stateless, { maxLength: 5 }),
        fc.array(stateful, { maxLength: 5 }),
        fc.constantFrom('192.0.2.1', '192.0.2.200', '198.51.100.1'),
        fc.constantFrom(21, 22, 23, 1023, 1024),
        fc.constantFrom(1024, 50_000, 50_001),
        (parts, packetRules, flowRules, client, port, clientPort) => {
          const there = { from: parseIpAddress(client)!, fromPort: clientPort, to: TARGET, toPort: port }
          const back = { from: TARGET, fromPort: port, to: there.from, toPort: clientPort }
          const ordered = packetRules.toSorted((a, b) => a.priority - b.priority)
          const verdict = (packet: Packet) =>
            ordered.find(rule => matches(rule, packet))?.action ?? parts.statelessDefault
          const flow = flowRules.filter(
            rule => rule.action !== 'alert' && (matches(rule, there) || (rule.isBothWays && matches(rule, back))),
          )
          const inspected =
            parts.statefulOrder === 'strict'
              ? (flow[0]?.action ?? (parts.dropsByDefault ? 'drop' : 'pass')) === 'pass'
              : flow.some(({ action }) => action === 'pass') || flow.length === 0
          const expected =
            verdict(back) !== 'drop' && (verdict(there) === 'pass' || (verdict(there) === 'forward' && inspected))

          expect(
            passes(aPolicy(parts), { stateless: packetRules, stateful: flowRules }, client, port, clientPort),
          ).toBe(expected)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('treats client ports between two breaks alike', () => {
    const {
      stateless: [rule],
    } = firewallRules(
      'policy-1',
      aPolicy(),
      groups({ stateless: [{ ...ssh, priority: 1, action: 'drop', hasTcpFlags: false }] }),
    )

    expect(clientPortBreaks(firewallRules('p', aPolicy(), groups({ stateless: [rule!] })))).toEqual([22, 23])
  })
})
