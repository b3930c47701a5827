import type { Edge } from '../domain/network/open-path.ts'
import type { Packet, Target, Trace } from './edge.ts'
import type { Network } from './network.ts'

export function traceInspected(_network: Network, _edge: Edge, _packet: Packet, _target: Target): readonly Trace[] {
  return []
}
