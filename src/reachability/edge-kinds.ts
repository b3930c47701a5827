import type { EdgeAnalysis } from './edge.ts'
import { inspectedGateways } from './edges/inspected-gateways.ts'
import { internetGateway } from './edges/internet-gateway.ts'
import { peering } from './edges/peering.ts'
import { unfollowed } from './edges/unfollowed.ts'
import { vpnGateway } from './edges/vpn-gateway.ts'
import { globalAccelerator } from './relays/global-accelerator.ts'
import { loadBalancers } from './relays/load-balancer.ts'
import { transitGateway } from './transit/transit-gateway.ts'

/** Straight over an edge, without a load balancer between. */
const DIRECT_KINDS: readonly EdgeAnalysis[] = [
  internetGateway,
  inspectedGateways,
  peering,
  vpnGateway,
  transitGateway,
  globalAccelerator,
]

/** Every manner of coming into a VPC, one line each. What they find is put in order afterwards: this order means nothing. */
export const EDGE_KINDS: readonly EdgeAnalysis[] = [...DIRECT_KINDS, loadBalancers(DIRECT_KINDS), unfollowed]
