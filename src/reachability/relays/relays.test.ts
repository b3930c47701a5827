import { describe, expect, it } from 'vitest'
import type { Listener, ListenerRule, LoadBalancer, TargetGroup } from '../../domain/network/load-balancers.ts'
import { nodeDescription, primaryInterface, relayNodes } from './relay-places.ts'
import { relayOf, relayOfClassic, type Relay } from './relays.ts'
import {
  aLoadBalancer,
  aSubnet,
  aTargetGroup,
  anInterface,
  cidr,
  owned,
} from '../../../test/support/network-builder.ts'

const SUBNET = aSubnet('subnet-a', 'vpc-1', '10.0.0.0/24')

function aBalancer(parts: Partial<LoadBalancer> = {}): LoadBalancer {
  return aLoadBalancer({
    zones: [{ zone: 'eu-west-1a', subnetId: 'subnet-a' }],
    ...parts,
  })
}

function aRule(parts: Partial<ListenerRule> = {}): ListenerRule {
  return {
    id: 'rule-1',
    isDefault: true,
    sources: [],
    hasOtherConditions: false,
    targetGroupArns: ['tg-1'],
    isAuthenticated: false,
    ...parts,
  }
}

function aListener(protocol: Listener['protocol'], port = 443): Listener {
  return { id: 'listener-1', protocol, port, rules: [aRule()] }
}

function relay(balancer: Partial<LoadBalancer>, group: Partial<TargetGroup> = {}): Relay {
  return relayOf(aBalancer(balancer), arn => (arn === 'tg-1' ? aTargetGroup(group) : undefined))!
}

function onlyPool({ listeners }: Relay) {
  return listeners[0]?.rules?.[0]?.pools[0]
}

describe('a load balancer as two legs', () => {
  it.each([
    ['is not active', { state: 'provisioning' }],
    ['is a gateway load balancer', { kind: 'gateway' as const }],
    ['is in no VPC', { vpcId: null }],
  ])('takes no connections when it %s', (_, parts) => {
    expect(relayOf(aBalancer(parts), () => undefined)).toBeNull()
  })

  it.each([
    ['TCP_UDP', ['TCP', 'UDP']],
    ['TLS', ['TCP']],
    ['UDP', ['UDP']],
    ['GENEVE', []],
  ] as const)('listens on the transports of %s', (protocol, transports) => {
    const { listeners } = relay({ kind: 'network', listeners: [aListener(protocol)] })

    expect(listeners.map(listener => listener.protocol)).toEqual(transports)
  })

  it.each([
    ['application', 'HTTP', 'instance', null, false],
    ['network', 'TCP', 'instance', null, true],
    ['network', 'TCP', 'instance', false, false],
    ['network', 'TLS', 'ip', null, false],
    ['network', 'TCP', 'ip', true, true],
    ['network', 'TCP_UDP', 'ip', false, true],
    ['network', 'TCP', 'alb', null, true],
  ] as const)(
    '%s to %s targets by %s with the attribute %s: preserves %s',
    (kind, protocol, targetKind, attribute, preserved) => {
      const listener = aListener(kind === 'application' ? 'HTTPS' : 'TCP')

      const made = relay({ kind, listeners: [listener] }, { protocol, targetKind, preservesClientAddress: attribute })

      expect(onlyPool(made)?.preservesClientAddress).toBe(preserved)
    },
  )

  it.each([
    ['application', null, 'load-balancer', true],
    ['application', true, false, false],
    ['network', null, 'load-balancer', false],
    ['network', true, 'load-balancer', true],
    ['network', false, true, true],
    ['application', false, 'load-balancer', true],
  ] as const)(
    '%s with %s of its own and %s of the group: crosses zones %s',
    (kind, isCrossZone, crossZone, crosses) => {
      const protocol = kind === 'application' ? 'HTTP' : 'TCP'

      const made = relay({ kind, isCrossZone, listeners: [aListener(protocol)] }, { protocol, crossZone })

      expect(onlyPool(made)?.isCrossZone).toBe(crosses)
    },
  )

  it('takes the port of the target before that of its group', () => {
    const targets = [
      { id: 'i-1', port: 9000, zone: null, health: 'healthy' },
      { id: 'i-2', port: null, zone: 'all', health: 'unhealthy' },
    ]

    expect(onlyPool(relay({ listeners: [aListener('HTTP')] }, { targets }))?.targets).toEqual([
      { id: 'i-1', port: 9000, zone: null },
      { id: 'i-2', port: 8080, zone: 'all' },
    ])
  })

  it('says of a target group that is not described that its targets are unknown', () => {
    const listener = { ...aListener('HTTP'), rules: [aRule({ targetGroupArns: ['tg-9'] })] }

    expect(onlyPool(relay({ listeners: [listener] }))).toMatchObject({ targetGroupId: 'tg-9', targets: null })
  })

  it('has no pool for functions, nor for a group of another transport', () => {
    expect(onlyPool(relay({ listeners: [aListener('HTTP')] }, { targetKind: 'lambda' }))).toBeUndefined()
    expect(onlyPool(relay({ kind: 'network', listeners: [aListener('UDP')] }, { protocol: 'TCP' }))).toBeUndefined()
  })

  it('leaves to later rules only what other conditions than the source leave', () => {
    const rules = [
      aRule({ sources: [[cidr('203.0.113.0/24')]] }),
      aRule({ hasOtherConditions: true, targetGroupArns: [] }),
      aRule({ isDefault: true }),
    ]

    const { listeners } = relay({ listeners: [{ ...aListener('HTTP'), rules }] })

    expect(listeners[0]?.rules?.map(({ isFinal }) => isFinal)).toEqual([true, false, true])
  })

  it('filters nothing as a network load balancer without groups', () => {
    expect(relay({ kind: 'network' }).securityGroupIds).toBeNull()
    expect(relay({ kind: 'application' }).securityGroupIds).toEqual([])
  })

  it('sends from the instance ports of a classic one', () => {
    const classic = relayOfClassic({
      ...owned('old'),
      isInternetFacing: true,
      vpcId: 'vpc-1',
      subnetIds: ['subnet-b', 'subnet-a'],
      securityGroupIds: ['sg-lb'],
      isCrossZone: null,
      listeners: [{ protocol: 'HTTP', port: 80, instancePort: 8080 }],
      instanceIds: ['i-1'],
    })!

    expect(classic.subnetIds).toEqual(['subnet-a', 'subnet-b'])
    expect(classic.listeners[0]?.port).toBe(80)
    expect(onlyPool(classic)?.targets).toEqual([{ id: 'i-1', port: 8080, zone: null }])
  })
})

describe('the nodes of a load balancer', () => {
  it('are the interfaces that AWS describes as its own', () => {
    const node = anInterface('eni-1', SUBNET, ['10.0.0.9=198.51.100.9'], ['sg-lb'], {
      description: 'ELB app/shop/50dc6c495c0c9188',
    })
    const elsewhere = { ...node, id: 'eni-2', vpcId: 'vpc-2' }

    const nodes = relayNodes(relay({}), description => [node, elsewhere].filter(one => one.description === description))

    expect(nodes).toEqual([{ subnetId: 'subnet-a', interface: node }])
  })

  it('exist in each of its subnets, described or not', () => {
    expect(relayNodes(relay({}), () => [])).toEqual([{ subnetId: 'subnet-a', interface: null }])
  })

  it('are named without an id for a classic one', () => {
    expect(nodeDescription({ id: 'old', kind: 'classic' })).toBe('ELB old')
    expect(nodeDescription({ id: 'not an arn', kind: 'network' })).toBeNull()
  })
})

describe('the interface of an instance that is a target', () => {
  const first = anInterface('eni-9', SUBNET, ['10.0.0.1'], [], { instanceId: 'i-1' })
  const second = { ...first, id: 'eni-1', attachment: { instanceId: 'i-1', status: 'attached', deviceIndex: 1 } }
  const unnumbered = { ...first, id: 'eni-2', attachment: { instanceId: 'i-1', status: 'attached', deviceIndex: null } }

  it('is its primary one', () => {
    expect(primaryInterface([second, first])).toEqual({ interface: first, isAssumed: false })
  })

  it('is the lowest id of several where nobody says which is primary, and that is an assumption', () => {
    expect(primaryInterface([second, unnumbered])).toEqual({ interface: unnumbered, isAssumed: true })
    expect(primaryInterface([unnumbered])?.isAssumed).toBe(false)
    expect(primaryInterface([second])).toBeNull()
  })
})
