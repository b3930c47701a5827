import type { EdgeAnalysis } from './edge.ts'
import { internetGateway } from './internet-gateway.ts'
import { peering } from './peering.ts'
import { transitGateway } from './transit-gateway.ts'
import { vpnGateway } from './vpn-gateway.ts'

/** Every manner of coming into a VPC, one line each. What they find is put in order afterwards: this order means nothing. */
export const EDGE_KINDS: readonly EdgeAnalysis[] = [internetGateway, peering, vpnGateway, transitGateway]
