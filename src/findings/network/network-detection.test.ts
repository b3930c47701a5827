import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anOpenPath,
  aNetworkDetection,
  aFinding,
  aFindingOf,
  aResource,
  SOME_TIME,
} from '../../../test/support/builders.ts'
import { sha256 } from '../../../test/support/sha256.ts'
import type { OpenPath } from '../../domain/network/open-path.ts'
import { reconcile } from '../reconcile.ts'
import { networkDetectionsOf } from './network-detection.ts'
import { COLUMN_OF_EDGE, rateRange, RATED_SERVICES } from './severity-table.ts'

describe('the words of a network finding', () => {
  it('are those that Amazon Inspector publishes', () => {
    const { title, description, recommendation, severity } = aNetworkDetection()

    expect(title).toBe('Port 22 is reachable from an Internet Gateway - TCP')
    expect(description).toBe(
      'On the instance i-0000000000000000a, the port range 22-22 is reachable from the InternetGateway igw-a from an attached ENI eni-a.',
    )
    expect(recommendation).toBe(
      'You can restrict access to your instance by modifying the Security Groups or ACLs in the network path.',
    )
    expect(severity).toBe('MEDIUM')
  })

  it('name ranges and other edges alike', () => {
    const edge = { kind: 'peering', id: 'pcx-1' } as const
    const { title, description } = aNetworkDetection({ edge, protocol: 'UDP', ports: { begin: 8000, end: 8100 } })

    expect(title).toBe('Port range 8000-8100 is reachable from a VPC Peering Connection - UDP')
    expect(description).toContain('the port range 8000-8100 is reachable from the VPCPeeringConnection pcx-1')
  })
})

describe('the identity of a network finding', () => {
  const changed: readonly Partial<OpenPath>[] = [
    { ports: { begin: 22, end: 23 } },
    { ports: { begin: 21, end: 22 } },
    { protocol: 'UDP' },
    { family: 'ipv6' },
    { interfaceId: 'eni-b' },
    { edge: { kind: 'internet-gateway', id: 'igw-b' } },
    { edge: { kind: 'peering', id: 'igw-a' } },
    { via: ['lb-1'] },
    { via: ['lb-1', 'lb-2'] },
    { via: ['lb-2', 'lb-1'] },
  ]

  it('follows edge, interface, family, protocol, ports and the way', () => {
    const keys = [{}, ...changed].map(path => aNetworkDetection(path).key)

    expect(new Set(keys).size).toBe(changed.length + 1)
  })

  it('stays when groups, ACLs, sources, addresses or confidence change', () => {
    const other = aNetworkDetection({
      sources: ['203.0.113.0/24'],
      steps: [{ componentId: 'acl-b', componentType: 'AWS::EC2::NetworkAcl' }],
      confidence: 'assumed',
      publicAddresses: [],
      targetAddresses: ['10.0.0.11'],
      hops: [],
    })

    expect(other.key).toBe(aNetworkDetection().key)
  })

  it('is never that of a package finding, even if a vulnerability bore its key', () => {
    const resource = aResource()
    const network = aNetworkDetection()
    const impostor = aFinding({ resource, detection: { vulnerabilityId: network.key as never } })

    expect(aFindingOf(network, { resource }).arn).not.toBe(impostor.arn)
    const sighting = { resource, detections: [network], absence: 'remediated', provesGone: () => false } as const
    expect(reconcile([impostor], sighting, SOME_TIME, sha256).map(({ is }) => is)).toEqual(['opened'])
  })

  it('makes one detection of two paths, and counts the other as another way', () => {
    const [only, ...rest] = networkDetectionsOf([anOpenPath(), anOpenPath({ sources: ['192.0.2.0/24'] })], sha256)

    expect(rest).toEqual([])
    expect(only?.path).toMatchObject({ sources: ['0.0.0.0/0'], alternatePathCount: 1 })
  })

  it('does not depend on the order of the paths', () => {
    const paths = changed.map(anOpenPath)

    expect(networkDetectionsOf(paths.toReversed(), sha256)).toEqual(networkDetectionsOf(paths, sha256))
  })

  it('keeps the first of very many sources, and their count', () => {
    const sources = Array.from({ length: 5_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`)
    const { path, sourceCount } = aNetworkDetection({ sources })

    expect({ kept: path.sources.length, sourceCount }).toEqual({ kept: 1_000, sourceCount: 5_000 })
  })
})

describe('the severity of an open port', () => {
  it.each([
    ['internet-gateway', 'TCP', 22, 'MEDIUM'],
    ['internet-gateway', 'TCP', 23, 'HIGH'],
    ['internet-gateway', 'TCP', 80, 'LOW'],
    ['internet-gateway', 'TCP', 8001, 'INFORMATIONAL'],
    ['internet-gateway', 'UDP', 601, 'INFORMATIONAL'],
    ['internet-gateway', 'UDP', 514, 'MEDIUM'],
    ['peering', 'TCP', 22, 'LOW'],
    ['vpn-gateway', 'TCP', 3389, 'LOW'],
    ['transit-gateway', 'TCP', 21, 'MEDIUM'],
    ['peering', 'TCP', 443, 'INFORMATIONAL'],
  ] as const)('from %s to %s %i is %s', (edge, protocol, port, severity) => {
    expect(rateRange(edge, protocol, { begin: port, end: port }).severity).toBe(severity)
  })

  it('of a range is the highest among its services, which are named', () => {
    expect(rateRange('internet-gateway', 'TCP', { begin: 20, end: 23 })).toEqual({
      severity: 'HIGH',
      services: ['FTP', 'Telnet'],
    })
    expect(rateRange('internet-gateway', 'TCP', { begin: 0, end: 65_535 }).severity).toBe('HIGH')
  })

  it('is never less for a wider range, never CRITICAL, and never more from connected networks than from the internet', () => {
    const rank = { INFORMATIONAL: 0, LOW: 1, MEDIUM: 2, HIGH: 3 } as Readonly<Record<string, number>>
    const port = fc.oneof(fc.nat(65_535), fc.constantFrom(...RATED_SERVICES.flatMap(({ tcp, udp }) => tcp.concat(udp))))
    const kinds = Object.keys(COLUMN_OF_EDGE) as (keyof typeof COLUMN_OF_EDGE)[]
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.constantFrom('TCP', 'UDP' as const),
        port,
        port,
        (kind, protocol, a, b) => {
          const whole = { begin: Math.min(a, b), end: Math.max(a, b) }
          const severity = rateRange(kind, protocol, whole).severity

          expect(rank[severity]).toBeGreaterThanOrEqual(rank[rateRange(kind, protocol, { begin: a, end: a }).severity]!)
          expect(rank[severity]).toBeLessThanOrEqual(rank[rateRange('internet-gateway', protocol, whole).severity]!)
        },
      ),
    )
  })
})
