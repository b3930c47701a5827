import type { EdgeAnalysis, Entrance } from '../edge.ts'
import type { Network } from '../network/network.ts'

/** The entrances of a VPC that one analysis knows, remembered. */
export function entrancesOfKind(network: Network, kind: EdgeAnalysis, vpcId: string): readonly Entrance[] {
  return network.memo('entrances-of-kind', `${kind.name} ${vpcId}`, () => kind.entrancesOf(network, vpcId))
}
