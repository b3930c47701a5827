import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { call, recordedNetwork, TARGET_GROUP_ARN } from '../../../test/support/recorded-network.ts'
import { instant } from '../../base/clock.ts'
import { NETWORK_CALLS } from './network-calls.ts'
import { parseRecordedNetwork } from './read-recorded.ts'
import type { RecordedCall } from './recorded-calls.ts'

describe('a recorded network', () => {
  const { snapshot, warnings } = parseRecordedNetwork(recordedNetwork())

  it('is whole when every call was answered', () => {
    expect([snapshot.missing, warnings]).toEqual([[], []])
  })

  it('has VPCs with the prefixes that are associated, and what blocks their internet gateways', () => {
    expect(snapshot.vpcs).toMatchObject([
      {
        id: 'vpc-1',
        accountId: '111111111111',
        region: 'eu-west-1',
        cidrs: [{ text: '10.0.0.0/16' }, { text: '2001:db8::/56' }],
        internetBlock: 'off',
      },
    ])
    expect(snapshot.subnets).toMatchObject([{ id: 'subnet-1', vpcId: 'vpc-1', zone: 'euw1-az1', internetBlock: null }])
    expect(snapshot.blockPublicAccess).toMatchObject([
      { mode: 'block-ingress', exclusions: [{ resourceId: 'subnet-1', allows: 'egress' }] },
    ])
    expect(snapshot.peerings).toMatchObject([{ status: 'active', accepter: { vpcId: 'vpc-2' } }])
    expect(snapshot.natGateways).toMatchObject([{ id: 'nat-1', kind: 'private' }])
  })

  it('has route tables with what each route leads to', () => {
    const [table] = snapshot.routeTables

    expect(table).toMatchObject({ isMain: true, subnetIds: ['subnet-1'], gatewayIds: ['igw-1'] })
    expect(table?.routes.map(({ target, isBlackhole, isPropagated }) => [target, isBlackhole, isPropagated])).toEqual([
      [{ is: 'local' }, false, false],
      [{ is: 'internet-gateway', id: 'igw-1' }, false, false],
      [{ is: 'egress-only-gateway', id: 'eigw-1' }, false, false],
      [{ is: 'endpoint', id: 'vpce-1' }, false, false],
      [{ is: 'vpn-gateway', id: 'vgw-1' }, false, true],
      [{ is: 'transit-gateway', id: 'tgw-1' }, true, false],
    ])
  })

  it('has network ACLs in the order of their numbers, without the final deny', () => {
    expect(snapshot.networkAcls).toMatchObject([
      {
        ingress: [
          { number: 90, action: 'deny', protocol: 6, ports: { begin: 22, end: 23 } },
          { number: 100, action: 'allow', protocol: 'all', ports: { begin: 0, end: 65535 } },
        ],
        egress: [{ number: 110, protocol: 58, icmp: { type: 128, code: null } }],
      },
    ])
  })

  it('has one rule of a security group for each peer, and none that no packet fits', () => {
    const [group] = snapshot.securityGroups

    expect(group?.ingress.map(({ id }) => id)).toEqual([
      'sgr-1',
      'sg-1 ingress 6 22-22 ::/0',
      'sg-1 ingress 6 22-22 pl-1',
      'sg-1 ingress 6 22-22 sg-2',
      'sg-1 ingress 6 22-22 sg-3',
      'sg-1 ingress 1 8/any 10.0.0.0/8',
    ])
    expect(group?.ingress.flatMap(({ peer }) => (peer.is === 'group' ? [peer.isStale] : []))).toEqual([false, true])
    expect(snapshot.prefixLists).toMatchObject([
      { id: 'pl-1', isAwsManaged: false, entries: [{ text: '192.0.2.0/24' }] },
      { id: 'pl-2', isAwsManaged: true, entries: [{ text: '198.51.100.0/24' }] },
    ])
  })

  it('has interfaces with each address and the public one that stands for it', () => {
    expect(snapshot.interfaces).toMatchObject([
      {
        attachment: { instanceId: 'i-1', deviceIndex: 0 },
        addresses: [
          { text: '10.0.0.5', publicAddress: '198.51.100.7' },
          { text: '10.0.0.6', publicAddress: '203.0.113.9' },
          { text: '2001:db8::5', publicAddress: null },
        ],
        prefixes: [{ text: '10.0.0.16/28' }],
      },
    ])
    expect(snapshot.instances).toMatchObject([
      {
        arn: 'arn:aws:ec2:eu-west-1:111111111111:instance/i-1',
        state: 'running',
        launchedAt: Date.parse('2024-01-01T00:00:00Z'),
        tags: { Name: 'web' },
      },
    ])
  })

  it('has what leads to other networks', () => {
    expect(snapshot.vpnConnections).toMatchObject([{ routes: [{ text: '172.20.0.0/16' }], tunnelsUp: 1 }])
    expect(snapshot.virtualInterfaces).toMatchObject([{ kind: 'private', vpnGatewayId: 'vgw-1' }])
    expect(snapshot.directConnectAssociations).toMatchObject([
      { gatewayId: 'vgw-1', allowedPrefixes: [{ text: '10.0.0.0/16' }] },
    ])
    expect(snapshot.transitGatewayAttachments).toMatchObject([
      { kind: 'vpc', subnetIds: ['subnet-1'], supportsSecurityGroupReferences: true, associatedTableId: 'tgw-rtb-1' },
      { kind: 'peering', resourceId: 'tgw-2', associatedTableId: 'tgw-rtb-1' },
    ])
    expect(snapshot.transitGatewayTables).toMatchObject([
      { propagatingAttachmentIds: ['tgw-attach-1'], routes: [{ isPropagated: true }, { isBlackhole: true }] },
    ])
    expect(snapshot.endpoints.map(({ id, kind }) => [id, kind])).toEqual([
      ['eice-1', 'InstanceConnect'],
      ['vpce-1', 'Gateway'],
    ])
    expect(snapshot.endpointServices).toMatchObject([{ allowedPrincipals: ['*'] }])
  })

  it('has load balancers with the rules and targets that lead to instances', () => {
    expect(snapshot.loadBalancers).toMatchObject([
      {
        kind: 'application',
        isCrossZone: true,
        listeners: [
          {
            port: 443,
            rules: [
              {
                sources: [[{ text: '203.0.113.0/24' }]],
                hasOtherConditions: true,
                targetGroupArns: [TARGET_GROUP_ARN],
                isAuthenticated: true,
              },
              { isDefault: true, targetGroupArns: [] },
            ],
          },
        ],
      },
    ])
    expect(snapshot.targetGroups).toMatchObject([
      { crossZone: 'load-balancer', preservesClientAddress: true, targets: [{ id: 'i-1', port: 8081 }] },
    ])
    expect(snapshot.classicLoadBalancers).toMatchObject([
      { id: 'old', isInternetFacing: false, isCrossZone: true, listeners: [{ port: 80, instancePort: 8080 }] },
    ])
    expect(snapshot.accelerators).toMatchObject([
      { listeners: [{ endpointGroups: [{ overrides: [{ endpointPort: 8443 }], endpoints: [{ id: 'i-1' }] }] }] },
    ])
  })

  it('has firewalls with the rules that are five-tuples, and says that there are others', () => {
    expect(snapshot.firewalls).toMatchObject([{ endpoints: [{ endpointId: 'vpce-7', subnetId: 'subnet-1' }] }])
    expect(snapshot.firewallPolicies).toMatchObject([
      { statelessDefault: 'forward', statefulOrder: 'strict', dropsByDefault: true },
    ])
    expect(snapshot.firewallRuleGroups).toMatchObject([
      {
        stateful: [
          {
            action: 'pass',
            sources: null,
            destinations: [{ text: '10.0.0.0/16' }],
            destinationPorts: [
              { begin: 80, end: 80 },
              { begin: 8000, end: 8010 },
            ],
          },
        ],
        hasUnreadRules: true,
      },
      { stateless: [{ action: 'drop', protocols: [6] }], hasUnreadRules: false },
    ])
  })
})

describe('the same network', () => {
  const { snapshot } = parseRecordedNetwork(recordedNetwork())
  const withAnswers = (change: (value: unknown) => unknown): readonly RecordedCall[] =>
    recordedNetwork().map(recorded => answering(recorded, change(recorded.answer)))

  it('comes of names that begin with a small letter', () => {
    expect(parseRecordedNetwork(withAnswers(value => withNames(value, smallFirst))).snapshot).toEqual(snapshot)
  })

  it('comes of numbers and truths that are written as text', () => {
    const asText = (value: unknown): unknown =>
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value

    expect(parseRecordedNetwork(withAnswers(value => withValues(value, asText))).snapshot).toEqual(snapshot)
  })

  it('comes of answers with fields that nobody knows, and with null where there is nothing', () => {
    const more = (value: unknown): unknown =>
      isRecord(value) && !isMap(value) ? { ...value, Colour: 'blue', Ipv6Native: null, Groups2: [null] } : value

    expect(parseRecordedNetwork(withAnswers(value => withValues(value, more))).snapshot).toEqual(snapshot)
  })

  it('comes of answers in any order, each any number of times', () => {
    const calls = recordedNetwork()
    const orders = fc.shuffledSubarray([...calls, ...calls.slice(0, 20)], { minLength: calls.length + 20 })

    fc.assert(
      fc.property(orders, order => {
        expect(parseRecordedNetwork(order).snapshot).toEqual(snapshot)
      }),
      { numRuns: 20 },
    )
  })

  it('comes of pages of one item', () => {
    const pages = recordedNetwork().flatMap(recorded => pagesOf(recorded))

    expect(pages.length).toBeGreaterThan(recordedNetwork().length)
    expect(parseRecordedNetwork(pages).snapshot).toEqual(snapshot)
  })
})

describe('what was not told', () => {
  const needed = NETWORK_CALLS.filter(({ weight }) => weight === 'needed').map(({ call: name }) => name)

  it.each(needed)('is named when nobody asked for it: %s', name => {
    const { snapshot } = parseRecordedNetwork(recordedNetwork().filter(recorded => recorded.call !== name))

    expect(snapshot.missing.map(missing => [missing.call, missing.why])).toContainEqual([name, 'not-recorded'])
  })

  it.each(needed)('is named when AWS refused it: %s', name => {
    const calls = recordedNetwork().map(recorded =>
      recorded.call === name ? answering(recorded, { deniedWith: 'UnauthorizedOperation: no' }) : recorded,
    )
    const { snapshot } = parseRecordedNetwork(calls)

    expect(snapshot.missing).toContainEqual(
      expect.objectContaining({ call: name, why: 'access-denied', detail: 'UnauthorizedOperation: no' }),
    )
  })

  it('is named when a further page is not there', () => {
    const { snapshot } = parseRecordedNetwork([call('DescribeVpcs', { Vpcs: [{ VpcId: 'vpc-1' }], NextToken: 'more' })])

    expect(snapshot.vpcs).toHaveLength(1)
    expect(snapshot.missing).toContainEqual(expect.objectContaining({ call: 'DescribeVpcs', why: 'truncated' }))
  })

  it('is named for the table whose routes AWS did not list to the end', () => {
    const calls = recordedNetwork().map(recorded =>
      recorded.call === 'SearchTransitGatewayRoutes'
        ? answering(recorded, { Routes: [], AdditionalRoutesAvailable: true })
        : recorded,
    )
    const { snapshot } = parseRecordedNetwork(calls)

    expect(snapshot.transitGatewayTables[0]?.routes).toBeNull()
    expect(snapshot.missing).toMatchObject([{ resourceId: 'tgw-rtb-1', why: 'truncated' }])
  })

  it.each([
    ['an answer that is a text', 'DescribeVpcs', 'no', null],
    ['a list that is an object', 'DescribeVpcs', { Vpcs: {} }, null],
    ['an item that is a number', 'DescribeVpcs', { Vpcs: [1] }, null],
    ['a resource without an id', 'DescribeSubnets', { Subnets: [{ VpcId: 'vpc-1' }] }, null],
    ['an id with a line break', 'DescribeSubnets', { Subnets: [{ SubnetId: 'subnet\n1' }] }, null],
    ['a prefix that is none', 'DescribeVpcs', { Vpcs: [{ VpcId: 'vpc-1', CidrBlock: '10.0.0.0/40' }] }, 'vpc-1'],
    ['a route without a destination', 'DescribeRouteTables', tables([{ GatewayId: 'igw-1' }]), 'rtb-1'],
    ['an entry without a number', 'DescribeNetworkAcls', acls([{ RuleAction: 'deny' }]), 'acl-1'],
    ['an entry that neither allows nor denies', 'DescribeNetworkAcls', acls([{ ...ENTRY, RuleAction: 'x' }]), 'acl-1'],
    ['an entry without a prefix', 'DescribeNetworkAcls', acls([{ ...ENTRY, CidrBlock: null }]), 'acl-1'],
    ['a protocol that is none', 'DescribeNetworkAcls', acls([{ ...ENTRY, Protocol: 'carrier pigeon' }]), 'acl-1'],
    ['ports in the wrong order', 'DescribeSecurityGroups', groups({ FromPort: 9, ToPort: 8 }), 'sg-1'],
    ['ports that are too high', 'DescribeSecurityGroups', groups({ FromPort: 1, ToPort: 65_536 }), 'sg-1'],
    ['a port that is no number', 'DescribeSecurityGroups', groups({ FromPort: 'ssh' }), 'sg-1'],
    ['a range without a prefix', 'DescribeSecurityGroups', groups({ IpRanges: [{}] }), 'sg-1'],
    ['an address that is none', 'DescribeNetworkInterfaces', interfaces({ PrivateIpAddress: '10.0.0.256' }), 'eni-1'],
    ['a flag that is neither', 'DescribeNetworkInterfaces', interfaces({ SourceDestCheck: 'perhaps' }), 'eni-1'],
  ])('is named with its place: %s', (_what, name, answer, resourceId) => {
    const { snapshot } = parseRecordedNetwork([{ ...call(name, answer), place: 'file.json' }])
    const missing = snapshot.missing.find(({ why }) => why === 'unreadable')

    expect(missing).toMatchObject({ call: name, resourceId })
    expect(missing?.detail).toContain('file.json')
  })

  it('is not a prefix whose host bits are set: that is masked, with a warning', () => {
    const { snapshot, warnings } = parseRecordedNetwork([
      call('DescribeVpcs', { Vpcs: [{ VpcId: 'vpc-1', CidrBlock: '10.0.0.9/16' }] }),
    ])

    expect(snapshot.vpcs).toMatchObject([{ cidrs: [{ text: '10.0.0.0/16' }] }])
    expect(warnings).toEqual(['DescribeVpcs.Vpcs[0].CidrBlock has host bits: read as 10.0.0.0/16'])
  })

  it('is nothing when load balancers, lists and firewalls are none', () => {
    const empty = NETWORK_CALLS.filter(({ about }) => about === null).map(({ call: name, member }) =>
      call(name, { [member]: name.endsWith('Options') ? {} : [] }),
    )

    expect(parseRecordedNetwork(empty).snapshot.missing).toEqual([])
  })

  it('is who else is asked about: a file of one firewall says nothing of another', () => {
    const calls = recordedNetwork().flatMap(({ parameters, ...recorded }) => {
      const isOther = recorded.call === 'DescribeRuleGroup' && String(parameters?.['RuleGroupArn']).includes('hosts')
      return isOther
        ? []
        : [recorded.call === 'DescribeRuleGroup' ? recorded : { ...recorded, ...(parameters && { parameters }) }]
    })
    const { missing } = parseRecordedNetwork(calls).snapshot

    expect(missing.map(({ call: name, resourceId }) => [name, resourceId?.split('/').at(-1)])).toEqual([
      ['DescribeRuleGroup', 'hosts'],
    ])
  })
})

describe('of two copies of one resource', () => {
  const vpc = (cidr: string, accountId: string, recordedAt: number): RecordedCall => ({
    ...call('DescribeVpcs', { Vpcs: [{ VpcId: 'vpc-1', OwnerId: '111111111111', CidrBlock: cidr }] }),
    accountId,
    recordedAt: instant(recordedAt),
  })
  const cidrOf = (calls: readonly RecordedCall[]): string | undefined =>
    parseRecordedNetwork(calls).snapshot.vpcs[0]?.cidrs[0]?.text

  it("the owner's wins, also when it is older", () => {
    const calls = [vpc('10.1.0.0/16', '111111111111', 1), vpc('10.2.0.0/16', '222222222222', 2)]

    expect([cidrOf(calls), cidrOf(calls.toReversed())]).toEqual(['10.1.0.0/16', '10.1.0.0/16'])
  })

  it('the newer wins', () => {
    const calls = [vpc('10.1.0.0/16', '111111111111', 1), vpc('10.2.0.0/16', '111111111111', 2)]

    expect([cidrOf(calls), cidrOf(calls.toReversed())]).toEqual(['10.2.0.0/16', '10.2.0.0/16'])
  })
})

describe('parts that two calls tell', () => {
  it('are interfaces: those of instances do where their own call is not recorded', () => {
    const instance = {
      InstanceId: 'i-1',
      NetworkInterfaces: [
        { NetworkInterfaceId: 'eni-1', VpcId: 'vpc-1', SubnetId: 'subnet-1', PrivateIpAddress: '10.0.0.5' },
      ],
    }
    const { snapshot } = parseRecordedNetwork([
      call('DescribeInstances', { Reservations: [{ Instances: [instance] }] }),
    ])

    expect(snapshot.interfaces).toMatchObject([
      { id: 'eni-1', attachment: { instanceId: 'i-1', status: 'attached' }, addresses: [{ text: '10.0.0.5' }] },
    ])
  })

  it('are rules: they make groups where those are not recorded', () => {
    const { snapshot } = parseRecordedNetwork(
      recordedNetwork().filter(recorded => recorded.call !== 'DescribeSecurityGroups'),
    )

    expect(snapshot.securityGroups).toMatchObject([
      { id: 'sg-1', ingress: [{ id: 'sgr-1', protocol: 6, ports: { begin: 22, end: 22 } }] },
    ])
  })

  it('are Regions: zones tell them where the recording does not', () => {
    const calls = recordedNetwork().map(unplaced)
    const { snapshot } = parseRecordedNetwork(calls)

    expect(snapshot.instances[0]?.arn).toBe('arn:aws:ec2:eu-west-1:111111111111:instance/i-1')
    expect(snapshot.subnets[0]?.region).toBe('eu-west-1')
  })
})

const ENTRY = { RuleNumber: 100, Egress: false, Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0' }

function tables(routes: readonly unknown[]): unknown {
  return { RouteTables: [{ RouteTableId: 'rtb-1', VpcId: 'vpc-1', Routes: routes }] }
}

function acls(entries: readonly unknown[]): unknown {
  return { NetworkAcls: [{ NetworkAclId: 'acl-1', VpcId: 'vpc-1', Entries: entries }] }
}

function groups(permission: object): unknown {
  const whole = { IpProtocol: 'tcp', FromPort: 1, ToPort: 2, IpRanges: [{ CidrIp: '0.0.0.0/0' }], ...permission }
  return { SecurityGroups: [{ GroupId: 'sg-1', IpPermissions: [whole] }] }
}

function interfaces(fields: object): unknown {
  return { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', VpcId: 'vpc-1', SubnetId: 'subnet-1', ...fields }] }
}

function answering(recorded: RecordedCall, answer: unknown): RecordedCall {
  return { ...recorded, answer }
}

function unplaced(recorded: RecordedCall): RecordedCall {
  return { ...recorded, region: null, accountId: null }
}

/** Whose members are names of somebody's own. */
function isMap(value: Readonly<Record<string, unknown>>): boolean {
  return 'home' in value || 'eu-west-1a' in value
}

function smallFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function withNames(value: unknown, rename: (name: string) => string): unknown {
  return withValues(value, inner =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).map(([name, own]) => [rename(name), own])) : inner,
  )
}

/** Every value within the value, from the inside out. */
function withValues(value: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return change(value.map(item => withValues(item, change)))
  if (!isRecord(value)) return change(value)
  return change(Object.fromEntries(Object.entries(value).map(([name, own]) => [name, withValues(own, change)])))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One page for each item of the answer's only list. */
function pagesOf(recorded: RecordedCall): readonly RecordedCall[] {
  const { answer } = recorded
  const lists = isRecord(answer) ? Object.entries(answer).filter(([, value]) => Array.isArray(value)) : []
  const [[name, items] = ['', []]] = lists
  if (!isRecord(answer) || lists.length !== 1 || !Array.isArray(items) || items.length < 2) return [recorded]
  return items.map((item: unknown, index) => {
    const token = index === items.length - 1 ? {} : { NextToken: `page ${index}` }
    return answering(recorded, Object.assign({}, answer, { [name]: [item] }, token))
  })
}
