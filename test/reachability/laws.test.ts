import { describe, expect, it } from 'vitest'
import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import type { OpenPath } from '../../src/domain/network/open-path.ts'
import { NetworkAnalyzer } from '../../src/reachability/incremental.ts'
import type { RawPermission } from '../support/packet-simulator/wire.ts'
import { worldOf } from '../support/packet-simulator/world.ts'
import { drawSeeded, type Draw } from './draw.ts'
import { IPV4_POOL, IPV6_POOL } from './drawn-vpc.ts'
import { entry, permission } from './makers.ts'
import { boundariesOf, drawCorner, reported } from './probes.ts'
import { drawParts } from './random-network.ts'
import { recordedCalls, type NetworkParts } from './recorded-parts.ts'
import { analysisOf, textsOf } from './verdicts.ts'

const NETWORKS = 40
const ALL_EDGES = { globalAccelerator: true }

/** Runs the law on random networks, each with choices of its own. */
function onNetworks(law: (parts: NetworkParts, draw: Draw) => void): void {
  for (let seed = 1; seed <= NETWORKS; seed += 1) {
    const draw = drawSeeded(70_000 + seed)
    law(drawParts(draw), draw)
  }
}

function textsIn(calls: readonly RecordedCall[]): readonly string[] {
  return textsOf(analysisOf(calls, ALL_EDGES))
}

function pathsIn(parts: NetworkParts): readonly OpenPath[] {
  return [...analysisOf(recordedCalls(parts), ALL_EDGES).paths]
}

/** Corners of the paths of one network that are closed in another, which should hold them all. */
function lost(from: NetworkParts, to: NetworkParts, draw: Draw): readonly string[] {
  const [before, after] = [pathsIn(from), pathsIn(to)]
  const { ports } = boundariesOf(worldOf(recordedCalls(from)), [])
  return before.flatMap(path => {
    const probe = drawCorner(draw, path)
    const [was, is] = [reported(before, probe, ports), reported(after, probe, ports)]
    return was.filter(key => !is.includes(key)).map(key => `${probe.edgeId} ${key}`)
  })
}

function mapGroups(parts: NetworkParts, change: (permission: RawPermission) => readonly RawPermission[]): NetworkParts {
  const securityGroups = (parts.securityGroups ?? []).map(group =>
    Object.assign({}, group, { IpPermissions: (group.IpPermissions ?? []).flatMap(change) }),
  )
  return { ...parts, securityGroups }
}

function withEntry(parts: NetworkParts, text: string): NetworkParts {
  const [first, ...rest] = parts.acls ?? []
  return first === undefined
    ? parts
    : { ...parts, acls: [{ ...first, Entries: [entry(text), ...(first.Entries ?? [])] }, ...rest] }
}

function drawTraffic(draw: Draw): string {
  return `${draw.pick(['all', 'tcp', 'tcp 0-1023', 'udp'])} from ${draw.pick([...IPV4_POOL, ...IPV6_POOL])}`
}

describe('laws of the analysis', () => {
  it('a deny that is added never opens', () => {
    onNetworks((parts, draw) => {
      const denied = withEntry(parts, `${draw.pick(['in', 'out'])} 1 deny ${drawTraffic(draw)}`)
      expect(lost(denied, parts, draw)).toEqual([])
    })
  })

  it('an entry that allows never closes', () => {
    onNetworks((parts, draw) => {
      const allowed = withEntry(parts, `${draw.pick(['in', 'out'])} 1 allow ${drawTraffic(draw)}`)
      expect(lost(parts, allowed, draw)).toEqual([])
    })
  })

  it('a rule that is added never closes', () => {
    onNetworks((parts, draw) => {
      const added = permission(draw.pick(['all', 'tcp 22', 'udp 0-1024']), draw.pick([...IPV4_POOL, ...IPV6_POOL]))
      const securityGroups = (parts.securityGroups ?? []).map(group =>
        Object.assign({}, group, { IpPermissions: [...(group.IpPermissions ?? []), added] }),
      )
      expect(lost(parts, { ...parts, securityGroups }, draw)).toEqual([])
    })
  })

  it('without internet gateways nothing comes in by one', () => {
    onNetworks(parts => {
      const paths = pathsIn({ ...parts, internetGateways: [] })
      expect(paths.filter(({ edge }) => edge.kind === 'internet-gateway')).toEqual([])
    })
  })

  it('other names are the same network', () => {
    onNetworks(parts => {
      const calls = recordedCalls(parts)
      const renamed = JSON.parse(mirrored(JSON.stringify(calls))) as RecordedCall[]
      expect(textsIn(renamed).map(mirrored).sort()).toEqual(textsIn(calls).toSorted())
    })
  })

  it('the order of what AWS answers does not matter', () => {
    onNetworks(parts => {
      const calls = recordedCalls(parts)
      const turned = calls.map(recorded =>
        recorded.call === 'DescribeRuleGroup'
          ? recorded
          : Object.assign({}, recorded, { answer: reversed(recorded.answer) }),
      )
      expect(textsIn(turned.toReversed())).toEqual(textsIn(calls))
    })
  })

  it('two halves are a prefix', () => {
    onNetworks(parts => {
      const halved = mapGroups(parts, permission => [
        {
          ...permission,
          IpRanges: (permission.IpRanges ?? []).flatMap(({ CidrIp }) =>
            halvesOf(CidrIp).map(half => ({ CidrIp: half })),
          ),
        },
      ])
      expect(textsIn(recordedCalls(halved))).toEqual(textsIn(recordedCalls(parts)))
    })
  })

  it('a rule that is written twice is one rule', () => {
    onNetworks(parts => {
      const doubled = mapGroups(parts, permission => [permission, permission])
      expect(textsIn(recordedCalls(doubled))).toEqual(textsIn(recordedCalls(parts)))
    })
  })

  it('a prefix list is its entries', () => {
    onNetworks(parts => {
      const entriesOf = (id: string) => parts.prefixLists?.find(list => list.id === id)?.entries ?? []
      const written = mapGroups(parts, one => {
        const entries = (one.PrefixListIds ?? []).flatMap(({ PrefixListId }) => entriesOf(PrefixListId))
        const IpRanges = entries.filter(cidr => !cidr.includes(':')).map(CidrIp => ({ CidrIp }))
        const Ipv6Ranges = entries.filter(cidr => cidr.includes(':')).map(CidrIpv6 => ({ CidrIpv6 }))
        return [
          {
            ...one,
            PrefixListIds: [],
            IpRanges: [...(one.IpRanges ?? []), ...IpRanges],
            Ipv6Ranges: [...(one.Ipv6Ranges ?? []), ...Ipv6Ranges],
          },
        ]
      })
      expect(textsIn(recordedCalls(written))).toEqual(textsIn(recordedCalls(parts)))
    })
  })

  it('all protocols are each protocol', () => {
    onNetworks(parts => {
      const spelt = mapGroups(parts, permission =>
        permission.IpProtocol === '-1'
          ? ['tcp', 'udp', '47'].map(IpProtocol => Object.assign({}, permission, { IpProtocol }))
          : [permission],
      )
      expect(textsIn(recordedCalls(spelt))).toEqual(textsIn(recordedCalls(parts)))
    })
  })

  it('what is updated 200 times is what a whole run says', { timeout: 60_000 }, () => {
    for (const seed of [1, 2]) {
      const draw = drawSeeded(80_000 + seed)
      const whole = recordedCalls(drawParts(draw))
      let current = whole
      const analyzer = new NetworkAnalyzer(parseRecordedNetwork(current).snapshot, ALL_EDGES)
      let before = byInstance([...analyzer.analysis.paths])
      for (let edit = 0; edit < 100; edit += 1) {
        current = edited(draw, whole, current)
        const { snapshot } = parseRecordedNetwork(current)

        const { analysis, changedInstanceIds } = analyzer.update(snapshot)

        const full = analysisOf(current, ALL_EDGES)
        expect(textsOf(analysis)).toEqual(textsOf(full))
        expect(analysis.notices).toEqual(full.notices)
        const after = byInstance([...analysis.paths])
        const different = [...new Set([...before.keys(), ...after.keys()])].filter(
          id => before.get(id) !== after.get(id),
        )
        expect(changedInstanceIds).toEqual(expect.arrayContaining(different))
        before = after
      }
    }
  })
})

/** What an edit of a network is here: something goes, or something that went comes back, somewhere in the answers. */
function edited(draw: Draw, whole: readonly RecordedCall[], current: readonly RecordedCall[]): RecordedCall[] {
  const at = draw.below(whole.length)
  return current.map((recorded, index) => {
    const original = whole[index]
    if (index !== at || original === undefined) return recorded
    const answer = draw.chance(3) ? original.answer : thinned(draw, recorded.answer)
    return Object.assign({}, recorded, { answer })
  })
}

function thinned(draw: Draw, value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(() => !draw.chance(6)).map(item => thinned(draw, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, thinned(draw, inner)]))
}

function byInstance(paths: readonly OpenPath[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const { instanceId, edge, interfaceId, protocol, ports, sources, via } of paths) {
    const text = JSON.stringify([edge, interfaceId, protocol, ports, sources, via])
    texts.set(instanceId, `${texts.get(instanceId) ?? ''}${text}`)
  }
  return texts
}

/** Ids with their letters and digits mirrored, so that their order turns round; mirrored twice they are what they were. */
function mirrored(text: string): string {
  return text.replaceAll(
    /\b(vpc|subnet|eni|sg|acl|rtb|igw|eigw|nat|pcx|vgw|vpn|tgw-attach|tgw-rtb|tgw|pl|i|vpce)-([a-z0-9]+)\b(?!-)/g,
    (_, kind: string, rest: string) => `${kind}-${rest.replaceAll(/./g, mirror)}`,
  )
}

function mirror(letter: string): string {
  const code = letter.charCodeAt(0)
  return String.fromCharCode(code >= 97 ? 219 - code : 105 - code)
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed).toReversed()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reversed(inner)]))
}

function halvesOf(cidr: string): readonly string[] {
  const [address = '', lengthText] = cidr.split('/')
  const length = Number(lengthText)
  if (length >= 32) return [cidr]
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const upper = value + 2 ** (31 - length)
  const text = [24, 16, 8, 0].map(shift => Math.floor(upper / 2 ** shift) % 256).join('.')
  return [`${address}/${length + 1}`, `${text}/${length + 1}`]
}
