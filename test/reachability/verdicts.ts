import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import { cidrsOfRange, parseCidr } from '../../src/base/ip-range.ts'
import type { OpenPath } from '../../src/domain/network/open-path.ts'
import type { NetworkAnalysis } from '../../src/reachability/analysis.ts'
import type { AnalysisOptions } from '../../src/reachability/analysis-options.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import { NOT_ON_THE_INTERNET } from '../support/packet-simulator/internet.ts'
import { compare } from './agreement.ts'
import { drawSeeded } from './draw.ts'
import { recordedCalls, type NetworkParts } from './recorded-parts.ts'

/** Questions at the boundaries that the simulator must answer like the analysis. */
const PROBES = 250

/** `igw-1 eni-1 TCP 22-22 from internet`, one for each path; ` by NAME` for load balancers and the like on the way. */
export function verdictsOf(parts: NetworkParts, options: Partial<AnalysisOptions> = {}): readonly string[] {
  return textsOf(analysisOf(recordedCalls(parts), options))
}

/**
 * The paths that the analysis finds. Where the packet simulator sees it otherwise, at the boundaries of everything in the network,
 * that is in the list too.
 */
export function judged(parts: NetworkParts, options: Partial<AnalysisOptions> = {}): readonly string[] {
  const verdicts = verdictsOf(parts, options)
  const { disagreement, open } = compare(recordedCalls(parts), drawSeeded(1), PROBES, options)
  const doubts = [
    ...(disagreement === null ? [] : [`the simulator disagrees: ${disagreement.text}`]),
    ...(open > 0 === verdicts.length > 0 ? [] : [`the simulator finds ${open} questions open`]),
  ]
  return [...verdicts, ...doubts]
}

export function analysisOf(calls: readonly RecordedCall[], options: Partial<AnalysisOptions> = {}): NetworkAnalysis {
  return analyzeNetwork(parseRecordedNetwork(calls).snapshot, options)
}

export function textsOf(analysis: NetworkAnalysis): readonly string[] {
  return [...analysis.paths].map(textOf)
}

/** IPv4 addresses of the internet that are in none of the CIDRs, as few prefixes. */
export function internetBut(...cidrs: readonly string[]): string {
  return rangesWithout([...NOT_ON_THE_INTERNET, ...cidrs]).join(' ')
}

const INTERNET = internetBut()

function textOf({ edge, interfaceId, protocol, ports, sources, via, frontendPorts }: OpenPath): string {
  const relays = via.map(id => id.split('/').slice(1).join('/') || id)
  const front = frontendPorts.length === 0 ? '' : ` in front ${frontendPorts.join(',')}`
  const by = relays.length === 0 ? '' : ` by ${relays.join(' ')}${front}`
  const text = sources.join(' ')
  const from = text === INTERNET ? 'internet' : text
  return `${edge.id} ${interfaceId} ${protocol} ${ports.begin}-${ports.end} from ${from}${by}`
}

function rangesWithout(cidrs: readonly string[]): readonly string[] {
  const left: string[] = []
  const taken = cidrs.map(text => parseCidr(text)).filter(cidr => cidr !== null)
  let next = 0n
  for (const { first, last } of [...taken].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (first > next)
      left.push(...cidrsOfRange({ family: 'ipv4', first: next, last: first - 1n }).map(({ text }) => text))
    if (last >= next) next = last + 1n
  }
  const end = 2n ** 32n - 1n
  if (next <= end) left.push(...cidrsOfRange({ family: 'ipv4', first: next, last: end }).map(({ text }) => text))
  return left
}
