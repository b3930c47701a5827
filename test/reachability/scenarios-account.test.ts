import { describe, expect, it } from 'vitest'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import { NetworkAnalyzer } from '../../src/reachability/incremental.ts'
import { aGroup, aPeering, aSubnet, aTable, aVpc, permission } from './makers.ts'
import { plainNetwork, SSH_FROM_ANYWHERE, VPC } from './plain-network.ts'
import { ACCOUNT, recordedCalls, REGION, type NetworkParts } from './recorded-parts.ts'
import { analysisOf, judged, textsOf } from './verdicts.ts'

const OPEN = ['igw-1 eni-1 TCP 22-22 from internet']

function exclusion(mode: string) {
  return {
    ExclusionId: 'vpcbpa-exclude-1',
    InternetGatewayExclusionMode: mode,
    ResourceArn: `arn:aws:ec2:${REGION}:${ACCOUNT}:subnet/subnet-1`,
    State: 'create-complete',
  }
}

describe('scenarios of reachability §8: VPC Block Public Access', () => {
  it('82: blocks the internet both ways, and nothing else', () => {
    const far = aVpc('vpc-2', ['10.2.0.0/16'])
    const more: NetworkParts = {
      vpcs: [far],
      subnets: [aSubnet('subnet-2', 'vpc-2', ['10.2.1.0/24'])],
      routeTables: [aTable('rtb-2', far, ['10.0.0.0/16 pcx-1'], 'main')],
      peerings: [aPeering('pcx-1', VPC, far)],
      blockPublicAccess: { mode: 'block-bidirectional', exclusions: [] },
    }
    expect(judged(plainNetwork({ routes: ['0.0.0.0/0 igw-1', '10.2.0.0/16 pcx-1'], more }))).toEqual([
      'pcx-1 eni-1 TCP 22-22 from 10.2.1.0/24',
    ])
  })

  it.each([
    [83, 'allow-bidirectional', OPEN],
    [84, 'allow-egress', []],
  ])('%i: an exclusion of the subnet for %s', (_, mode, expected) => {
    const more = { blockPublicAccess: { mode: 'block-ingress', exclusions: [exclusion(mode)] } }
    expect(judged(plainNetwork({ more }))).toEqual(expected)
  })
})

describe('scenarios of reachability §8: endpoints, missing and shared descriptions', () => {
  it('86: a gateway endpoint takes the addresses of its service from the sources', () => {
    const more = {
      prefixLists: [{ id: 'pl-s3', entries: ['52.218.0.0/17'] }],
      endpoints: [{ VpcEndpointId: 'vpce-s3', VpcId: 'vpc-1', VpcEndpointType: 'Gateway', State: 'available' }],
    }
    const parts = plainNetwork({ routes: ['0.0.0.0/0 igw-1', 'pl-s3 vpce-s3'], more })

    const verdicts = judged(parts)
    expect(verdicts).toHaveLength(1)
    expect(verdicts[0]).not.toContain('52.218.0.0/17')
  })

  it('87: a gateway that nobody described is unknown, not closed', () => {
    const parts = { ...plainNetwork(), internetGateways: [] }
    const calls = recordedCalls(parts).filter(({ call }) => call !== 'DescribeInternetGateways')

    const analysis = analysisOf(calls)
    expect(analysis.notices.filter(({ componentId }) => componentId === 'igw-1')).toMatchObject([
      { weight: 'unknown', instanceIds: ['i-1'] },
    ])
    expect(analysis.exposureOf('i-1')).toBe('unknown')
  })

  it('88: network ACLs that nobody may describe are taken to be open, and that is told', () => {
    const calls = recordedCalls(plainNetwork()).map((recorded): RecordedCall => {
      const answer = recorded.call === 'DescribeNetworkAcls' ? { deniedWith: 'UnauthorizedOperation' } : recorded.answer
      return Object.assign({}, recorded, { answer })
    })

    const analysis = analysisOf(calls)
    expect(textsOf(analysis)).toEqual(OPEN)
    expect([...analysis.paths][0]?.confidence).toBe('assumed')
    const denied = analysis.missing.filter(({ why }) => why === 'access-denied')
    expect(denied).toMatchObject([{ call: 'DescribeNetworkAcls', accountId: ACCOUNT }])
  })

  it('89: what two accounts describe of a shared subnet is one network', () => {
    const calls = recordedCalls(plainNetwork())
    const ofInterfaces = new Set(['DescribeInstances', 'DescribeNetworkInterfaces', 'DescribeSecurityGroups'])
    const shared = calls.map((recorded): RecordedCall => {
      const accountId = ofInterfaces.has(recorded.call) ? '444455556666' : ACCOUNT
      return Object.assign({}, recorded, { accountId })
    })

    expect(textsOf(analysisOf(shared))).toEqual(OPEN)
    expect(textsOf(analysisOf(shared.toReversed()))).toEqual(OPEN)
  })

  it('90: an accelerator reaches a private instance, where that is asked for', () => {
    const AcceleratorArn = `arn:aws:globalaccelerator::${ACCOUNT}:accelerator/one`
    const ListenerArn = `${AcceleratorArn}/listener/one`
    const more: NetworkParts = {
      accelerators: [
        {
          accelerator: { AcceleratorArn, Name: 'one', Enabled: true, IpSets: [{ IpAddresses: ['75.2.0.1'] }] },
          listeners: [
            {
              listener: { ListenerArn, Protocol: 'TCP', PortRanges: [{ FromPort: 443, ToPort: 443 }] },
              endpointGroups: [
                {
                  EndpointGroupArn: `${ListenerArn}/endpoint-group/one`,
                  EndpointGroupRegion: REGION,
                  EndpointDescriptions: [{ EndpointId: 'i-1', Weight: 128, ClientIPPreservationEnabled: true }],
                },
              ],
            },
          ],
        },
      ],
    }
    const ingress = [permission('tcp 443', '0.0.0.0/0')]
    const parts = plainNetwork({ addresses: ['10.0.1.10'], routes: [], ingress, more })

    expect(judged(parts, { globalAccelerator: true })).toEqual([
      `${AcceleratorArn} eni-1 TCP 443-443 from internet by one`,
    ])
    expect(textsOf(analysisOf(recordedCalls(parts)))).toEqual([])
  })
})

describe('scenarios of reachability §8: changes', () => {
  const snapshotWith = (...ingress: Parameters<typeof permission>[]) =>
    parseRecordedNetwork(recordedCalls(plainNetwork({ ingress: ingress.map(args => permission(...args)) }))).snapshot

  it('95: narrowed sources are the same path with fewer sources', () => {
    const analyzer = new NetworkAnalyzer(snapshotWith(['tcp 22', '0.0.0.0/0']))
    const [before] = [...analyzer.analysis.paths]
    const { analysis, changedInstanceIds } = analyzer.update(snapshotWith(['tcp 22', '203.0.113.0/24']))
    const [after] = [...analysis.paths]

    expect(changedInstanceIds).toEqual(['i-1'])
    expect(after?.sources).toEqual(['203.0.113.0/24'])
    const identity = ({ instanceId, edge, interfaceId, family, protocol, ports, via }: NonNullable<typeof after>) => ({
      instanceId,
      edge,
      interfaceId,
      family,
      protocol,
      ports,
      via,
    })
    expect(identity(after!)).toEqual(identity(before!))
  })

  it('96: what opens and closes in one batch never was', () => {
    const closed = snapshotWith()
    const analyzer = new NetworkAnalyzer(closed)
    const [group] = closed.securityGroups
    const open = parseRecordedNetwork(recordedCalls({ securityGroups: [aGroup('sg-1', 'vpc-1', [SSH_FROM_ANYWHERE])] }))
      .snapshot.securityGroups[0]

    const { changedInstanceIds, analysis } = analyzer.update({
      securityGroups: { put: [open!, group!], removed: [] },
    })

    expect(changedInstanceIds).toEqual([])
    expect(textsOf(analysis)).toEqual([])
  })
})
