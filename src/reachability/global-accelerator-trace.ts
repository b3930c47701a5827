import type { Packet, Target, Trace } from './edge.ts'
import type { Network } from './network.ts'

export function traceThroughAccelerator(_network: Network, _packet: Packet, _target: Target): readonly Trace[] {
  return []
}
