import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NETWORK_CALLS } from '../../src/aws/network/network-calls.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { NetworkSnapshot } from '../../src/domain/network/network-snapshot.ts'
import { blindSpotsOf } from '../../src/findings/network/blind-spots.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import { applyNetwork } from '../../src/scanning/apply-network.ts'
import type { Database } from '../../src/store/database.ts'
import { pgAccountStore } from '../../src/store/pg-account-store.ts'
import { pgFindingStore } from '../../src/store/pg-finding-store.ts'
import { pgNetworkStore } from '../../src/store/pg-network-store.ts'
import { pgOutbox } from '../../src/store/pg-outbox.ts'
import { pgScanStore } from '../../src/store/pg-scan-store.ts'
import { anOpenPath, aScope, SOME_TIME } from '../support/builders.ts'
import { aMemoryDatabase } from '../support/memory-database.ts'
import {
  aGroup,
  anAcl,
  aNetwork,
  anInstance,
  anInterface,
  aSubnet,
  aTable,
  aVpc,
  owned,
} from '../support/network-builder.ts'
import { sha256 } from '../support/sha256.ts'

const scope = aScope()
const WEB = 'i-00000000000000001'
const APP = 'i-00000000000000002'

/** A public and a private instance; the groups say what is open. */
function anEstate(web: readonly string[], app: readonly string[]): NetworkSnapshot {
  const front = aSubnet('subnet-1', 'vpc-1', '10.0.0.0/24')
  const back = aSubnet('subnet-2', 'vpc-1', '10.0.1.0/24')
  return aNetwork({
    vpcs: [aVpc('vpc-1', '10.0.0.0/16'), aVpc('vpc-2', '10.1.0.0/16')],
    subnets: [front, back, aSubnet('subnet-3', 'vpc-2', '10.1.0.0/24')],
    instances: [anInstance(WEB), anInstance(APP)],
    interfaces: [
      anInterface('eni-1', front, ['10.0.0.10=198.51.100.10'], ['sg-1'], { instanceId: WEB }),
      anInterface('eni-2', back, ['10.0.1.10'], ['sg-2'], { instanceId: APP }),
    ],
    securityGroups: [aGroup('sg-1', web), aGroup('sg-2', app)],
    networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-1', 'subnet-2']), anAcl('acl-2', 'vpc-2', ['subnet-3'])],
    routeTables: [
      aTable('rtb-1', 'vpc-1', ['subnet-1'], ['10.0.0.0/16 local', '0.0.0.0/0 igw-1']),
      aTable('rtb-2', 'vpc-1', ['subnet-2'], ['10.0.0.0/16 local', '10.1.0.0/16 pcx-1']),
      aTable('rtb-3', 'vpc-2', ['subnet-3'], ['10.1.0.0/16 local', '10.0.0.0/16 pcx-1']),
    ],
    internetGateways: [{ ...owned('igw-1'), vpcId: 'vpc-1' }],
    peerings: [
      {
        ...owned('pcx-1'),
        status: 'active',
        requester: { vpcId: 'vpc-1', accountId: scope.accountId, region: scope.region, cidrs: [] },
        accepter: { vpcId: 'vpc-2', accountId: scope.accountId, region: scope.region, cidrs: [] },
      },
    ],
  })
}

describe('a network, from its description to findings', () => {
  let database: Database
  beforeAll(async () => {
    database = await aMemoryDatabase()
    await pgAccountStore(database).changeStatuses(scope, () => ({ EC2: 'ENABLED' }), SOME_TIME)
  })
  afterAll(() => database.close())

  async function evaluate(snapshot: NetworkSnapshot): Promise<readonly Finding[]> {
    const parts = {
      networks: pgNetworkStore(database),
      store: pgScanStore(database),
      accounts: pgAccountStore(database),
      clock: { now: () => SOME_TIME },
      sha256,
    }
    await applyNetwork(parts, scope, snapshot, analyzeNetwork(snapshot), new AbortController().signal)
    const page = await pgFindingStore(database).search({
      region: scope.region,
      accountIds: [scope.accountId],
      filter: { strings: {}, dates: {}, numbers: {}, resourceTags: [], portRange: [], vulnerablePackages: [] },
      sort: { field: 'RISK', order: 'DESC' },
      limit: 100,
      after: null,
    })
    if (!page.ok) throw new Error(page.error)
    return page.value.findings
  }

  const inWords = ({ status, resource, detection }: Finding): string =>
    `${status} ${detection.severity} ${resource.id} ${detection.title}`

  it('names what the internet and what connected networks reach, and follows an edited group under one ARN', async () => {
    const first = await evaluate(anEstate(['tcp/22 0.0.0.0/0'], ['tcp/22 10.1.0.0/16']))
    await evaluate(anEstate(['tcp/22 0.0.0.0/0'], ['tcp/22 10.1.0.0/16']))
    const events = (await pgOutbox(database).take(100, 60)).map(({ change }) => change.is)
    const edited = await evaluate(anEstate(['tcp/22 203.0.113.0/24'], ['tcp/22 10.1.0.0/16']))
    const closed = await evaluate(anEstate([], ['tcp/22 10.1.0.0/16']))

    expect(first.map(inWords)).toEqual([
      `ACTIVE MEDIUM ${WEB} Port 22 is reachable from an Internet Gateway - TCP`,
      `ACTIVE LOW ${APP} Port 22 is reachable from a VPC Peering Connection - TCP`,
    ])
    // A second look at the same network is no news.
    expect(events).toEqual(['opened', 'opened'])
    expect(first[0]?.detection).toMatchObject({
      path: {
        steps: [
          { componentId: 'igw-1', componentType: 'AWS::EC2::InternetGateway' },
          { componentId: 'acl-1', componentType: 'AWS::EC2::NetworkAcl' },
          { componentId: 'sg-1', componentType: 'AWS::EC2::SecurityGroup' },
          { componentId: 'eni-1', componentType: 'AWS::EC2::NetworkInterface' },
          { componentId: WEB, componentType: 'AWS::EC2::Instance' },
        ],
      },
    })
    expect(edited[0]).toMatchObject({ arn: first[0]?.arn, detection: { path: { sources: ['203.0.113.0/24'] } } })
    expect(closed.map(({ status }) => status).toSorted()).toEqual(['ACTIVE', 'CLOSED'])
    expect((await pgScanStore(database).find(scope, edited[0]!.resource.id))?.exposure).toBe('none')
    expect((await pgScanStore(database).find(scope, edited[1]!.resource.id))?.exposure).toBe('connected-networks')
  })
})

describe('calls that were not answered', () => {
  const hides = (call: string, via: readonly string[] = []): boolean => {
    const missing = [{ call, ...scope, resourceId: null, why: 'access-denied', detail: '' }] as const
    return blindSpotsOf({ notices: [], missing }, scope).hides(anOpenPath({ via }))
  }

  it('hide paths from the internet where they describe what such a path is made of, and no others do', () => {
    expect(NETWORK_CALLS.filter(({ call }) => hides(call)).map(({ call }) => call)).toEqual([
      'DescribeVpcs',
      'DescribeSubnets',
      'DescribeRouteTables',
      'DescribeSecurityGroups',
      'DescribeNetworkInterfaces',
      'DescribeInstances',
      'DescribeInternetGateways',
      'DescribeManagedPrefixLists',
      'DescribeVpcBlockPublicAccessExclusions',
    ])
  })

  it('hide paths by way of load balancers where those, or what leads to their targets, are not described', () => {
    const more = NETWORK_CALLS.filter(({ call }) => hides(call, ['a load balancer']) && !hides(call))

    expect(more.map(({ call }) => call).filter(call => !call.includes('TransitGateway'))).toEqual([
      'DescribeVpcEndpoints',
      'DescribeLoadBalancers',
      'DescribeTargetGroups',
      'DescribeListeners',
      'DescribeRules',
      'DescribeTargetHealth',
      'DescribeTargetGroupAttributes',
      'DescribeLoadBalancerAttributes',
      'DescribeLoadBalancers (classic)',
      'DescribeLoadBalancerAttributes (classic)',
    ])
  })
})
