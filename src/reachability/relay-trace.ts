import type { EdgeAnalysis, Packet, Target, Trace } from './edge.ts'
import type { Network } from './network.ts'

export function traceThroughRelays(
  _network: Network,
  _packet: Packet,
  _target: Target,
  _kinds: readonly EdgeAnalysis[],
): readonly Trace[] {
  return []
}
