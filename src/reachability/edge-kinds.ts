import type { EdgeAnalysis } from './edge.ts'
import { globalAccelerator } from './global-accelerator.ts'
import { inspectedGateways } from './inspected-gateways.ts'
import { internetGateway } from './internet-gateway.ts'
import { loadBalancers } from './load-balancer.ts'
import { peering } from './peering.ts'
import { transitGateway } from './transit-gateway.ts'
import { unfollowed } from './unfollowed.ts'
import { vpnGateway } from './vpn-gateway.ts'

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
