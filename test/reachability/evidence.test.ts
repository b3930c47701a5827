import { describe, expect, it } from 'vitest'
import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { Hop, OpenPath } from '../../src/domain/network/open-path.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import { why } from '../../src/reachability/why.ts'
import { worldOf } from '../support/packet-simulator/world.ts'
import { drawSeeded } from './draw.ts'
import { doubtsAboutPath, doubtsAboutPaths, idsIn } from './evidence.ts'
import { aTable } from './makers.ts'
import { doubtsAboutObstacles } from './obstacles.ts'
import { plainNetwork, VPC } from './plain-network.ts'
import { drawNetwork } from './random-network.ts'
import { recordedCalls } from './recorded-parts.ts'
import { TINY_FAMILIES, tinyWorld } from './tiny-worlds.ts'

const NETWORKS = 120

describe('the evidence of random networks', () => {
  it('names rules that exist and decide, in the order in which a packet meets them, there and back', () => {
    let hops = 0
    for (let seed = 1; seed <= NETWORKS; seed += 1) {
      const read = doubtsAboutPaths(drawNetwork(drawSeeded(seed)))
      expect(read.doubts, `seed ${seed}`).toEqual([])
      hops += read.hops
    }

    expect(hops).toBeGreaterThan(NETWORKS * 10)
  })

  it('names obstacles that are in the way, and that open it when they alone are taken away', () => {
    let lifted = 0
    for (let seed = 1; seed <= NETWORKS; seed += 1) {
      const draw = drawSeeded(seed)
      const read = doubtsAboutObstacles(drawNetwork(draw), draw, 12)
      expect(read.doubts, `seed ${seed}`).toEqual([])
      lifted += read.lifted
    }

    expect(lifted).toBeGreaterThan(NETWORKS / 6)
  })
})

describe('the reader of evidence', () => {
  const calls = recordedCalls(plainNetwork())
  const [path] = analyzeNetwork(parseRecordedNetwork(calls).snapshot).paths
  const doubtsWith = (changes: Partial<OpenPath>) =>
    doubtsAboutPath(worldOf(calls), idsIn(calls), { ...copyOf(path!), ...changes })
  const withHop = (type: string, direction: Hop['direction'], changes: Partial<Hop>) => {
    const isMeant = (hop: Hop) => hop.componentType === type && hop.direction === direction
    return doubtsWith({ hops: path!.hops.map(hop => (isMeant(hop) ? Object.assign({}, hop, changes) : hop)) })
  }

  it('believes a proof that is right', () => {
    expect(doubtsWith({})).toEqual([])
  })

  it.each<[string, string, Hop['direction'], Partial<Hop>]>([
    ['another entry of a network ACL', 'AWS::EC2::NetworkAcl', 'forward', { rule: 'acl-1 ingress rule 99' }],
    ['the other direction of it', 'AWS::EC2::NetworkAcl', 'return', { rule: 'acl-1 ingress rule 100' }],
    [
      'a route that does not hold the address',
      'AWS::EC2::RouteTable',
      'return',
      { rule: 'rtb-1 10.0.0.0/16 -> local' },
    ],
    ['a route to elsewhere', 'AWS::EC2::RouteTable', 'return', { rule: 'rtb-1 0.0.0.0/0 -> igw-2' }],
    ['a rule for another port', 'AWS::EC2::SecurityGroup', 'forward', { rule: 'sg-1 ingress 6 80-80 0.0.0.0/0' }],
    ['a component that nobody described', 'AWS::EC2::NetworkInterface', 'forward', { componentId: 'eni-9' }],
    ['a decision against it', 'AWS::EC2::NetworkInterface', 'forward', { verdict: 'interface-not-in-use' }],
  ])('does not believe %s', (_, type, direction, changes) => {
    expect(withHop(type, direction, changes)).not.toEqual([])
  })

  it('misses what is left out, and what stands where no packet meets it', () => {
    const { hops, steps } = path!

    expect(
      doubtsWith({ hops: hops.filter(({ componentType }) => componentType !== 'AWS::EC2::NetworkAcl') }),
    ).not.toEqual([])
    expect(doubtsWith({ steps: steps.toReversed() })).not.toEqual([])
  })
})

/** Paths work out their proof when it is read. */
function copyOf(path: OpenPath): OpenPath {
  const { sources, steps, hops } = path
  return { ...path, sources, steps, hops }
}

describe('the rule that decides is named', () => {
  it('where a target beyond a peering admits a load balancer by its name', () => {
    // A random network that has one; its ACL was told twice, and its group not at all.
    expect(doubtsAboutPaths(drawNetwork(drawSeeded(2_001_809))).doubts).toEqual([])
  })

  it('where the table of a gateway itself sends elsewhere', () => {
    const more = { routeTables: [aTable('rtb-edge', VPC, ['10.0.1.0/24 eni-box'], 'igw-1')] }
    const { snapshot } = parseRecordedNetwork(recordedCalls(plainNetwork({ more })))

    const { ways } = why(snapshot, { to: 'i-1', from: 'internet', protocol: 6, port: 22 })

    expect(ways.flatMap(({ obstacles }) => obstacles.map(({ rule }) => rule))).toContain(
      'rtb-edge 10.0.1.0/24 -> eni-box',
    )
  })

  it.each([
    ['application', 'sg-lb egress all 0-65535 0.0.0.0/0'],
    // Without groups of its own: nothing filters there.
    ['network', null],
  ])('where %s load balancers send on', (kind, rule) => {
    const balancers = TINY_FAMILIES.find(({ name }) => name === 'load balancer')!
    const { calls } = tinyWorld({ ...balancers, choices: { ...balancers.choices, kind: [kind] } }, 0)

    const paths = [...analyzeNetwork(parseRecordedNetwork(calls).snapshot).paths]

    const sending = paths.flatMap(({ hops }) => hops.filter(({ detail }) => detail.includes(' send to ')))
    expect(paths).toHaveLength(1)
    expect(sending.map(hop => hop.rule)).toEqual(rule === null ? [] : [rule])
  })

  it('where an appliance takes what is not its own', () => {
    const appliances = TINY_FAMILIES.find(({ name }) => name === 'appliance')!
    const { calls } = tinyWorld(appliances, 0)

    const paths = [...analyzeNetwork(parseRecordedNetwork(calls).snapshot).paths].filter(({ via }) => via.length > 0)

    const boxes = paths.flatMap(({ hops }) => hops.filter(({ detail }) => detail.includes(' lets eni-box ')))
    expect(boxes.map(({ rule }) => rule)).toEqual([
      'sg-box ingress all 0-65535 0.0.0.0/0',
      'sg-box egress all 0-65535 0.0.0.0/0',
    ])
  })
})
