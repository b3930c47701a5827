import type { Sha256Hex } from '../../base/hash.ts'
import { stableJson } from '../../base/stable-json.ts'
import type { FindingKey, NetworkDetection } from '../../domain/finding.ts'
import type { EdgeKind, OpenPath } from '../../domain/network/open-path.ts'
import { rateRange } from './severity-table.ts'

/** Amazon Inspector's text. (network-reachability §1.2, published) */
const RECOMMENDATION =
  'You can restrict access to your instance by modifying the Security Groups or ACLs in the network path.'

/** Sources that a finding keeps: hostile rules may make millions, and a person reads a few. */
const SOURCES_KEPT = 1_000

/**
 * What title and description call an edge. That of the internet gateway is published, the others follow its pattern.
 * (network-reachability §1.2)
 */
const EDGE_WORDS: Readonly<Record<EdgeKind, { readonly title: string; readonly type: string }>> = {
  'internet-gateway': { title: 'an Internet Gateway', type: 'InternetGateway' },
  peering: { title: 'a VPC Peering Connection', type: 'VPCPeeringConnection' },
  'vpn-gateway': { title: 'a Virtual Private Gateway', type: 'VPNGateway' },
  'transit-gateway': { title: 'a Transit Gateway', type: 'TransitGateway' },
  'global-accelerator': { title: 'a Global Accelerator', type: 'Accelerator' },
}

/** One detection per identity, in order of their keys. A second path of the same identity counts as another way. */
export function networkDetectionsOf(paths: Iterable<OpenPath>, sha256: Sha256Hex): readonly NetworkDetection[] {
  const found = new Map<FindingKey, NetworkDetection>()
  for (const path of paths) {
    const key = keyOf(path, sha256)
    const known = found.get(key)
    if (known === undefined) found.set(key, networkDetection(key, path))
    else found.set(key, { ...known, path: { ...known.path, alternatePathCount: known.path.alternatePathCount + 1 } })
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

function networkDetection(key: FindingKey, path: OpenPath): NetworkDetection {
  const { edge, interfaceId, instanceId, ports, protocol, sources } = path
  const words = EDGE_WORDS[edge.kind]
  const range = `${ports.begin}-${ports.end}`
  return {
    type: 'NETWORK_REACHABILITY',
    key,
    title: `${ports.begin === ports.end ? `Port ${ports.begin}` : `Port range ${range}`} is reachable from ${words.title} - ${protocol}`,
    description: `On the instance ${instanceId}, the port range ${range} is reachable from the ${words.type} ${edge.id} from an attached ENI ${interfaceId}.`,
    recommendation: RECOMMENDATION,
    severity: rateRange(edge.kind, protocol, ports).severity,
    path: sources.length > SOURCES_KEPT ? { ...path, sources: sources.slice(0, SOURCES_KEPT) } : path,
    sourceCount: sources.length,
  }
}

/**
 * What stays the same while groups, ACLs, sources and alternate ways change. Account, Region and instance are in every
 * finding's identity. (network-reachability §1.3)
 */
function keyOf({ edge, interfaceId, family, protocol, ports, via }: OpenPath, sha256: Sha256Hex): FindingKey {
  const named = [edge.kind, edge.id, interfaceId, family, protocol, ports.begin, ports.end, via]
  return `network:${sha256(stableJson(named)).slice(0, 32)}` as FindingKey
}
