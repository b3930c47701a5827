import { aclDecision, type Packet, type Peer } from './filters.ts'
import type { RawSubnet } from './wire.ts'
import type { World } from './world.ts'

/** A packet under way. */
export interface Passage {
  readonly packet: Packet
  readonly isReply: boolean
  /** Appliances and endpoints that it went through, in order. */
  readonly chain: readonly string[]
  /** Peering connections and transit gateways that it crossed, in order. */
  readonly crossings: readonly string[]
  /** Whose address the source is; `null` once the way has lost it. */
  readonly identity: Peer | null
  readonly hops: number
  /** The zone that it comes from, while that matters: a transit gateway stays in it where it can. */
  readonly zone?: string | null
  /** The subnet in which it has just come out of a transit gateway. */
  readonly door?: string | null
  /** Sent on by a load balancer with the client's address: within the VPC or to a peer of the Region, past no appliance. */
  readonly isPassedOn?: boolean
  /** What decided on the way, for people. */
  readonly trace?: string[]
}

/** Where a packet comes to an end without being dropped. */
export type End =
  /** In the subnet that holds its destination. */
  | { readonly is: 'subnet'; readonly subnet: RawSubnet; readonly passage: Passage }
  /** Out of the VPC. `asSource`: what the far side sees as the source. */
  | { readonly is: 'gateway'; readonly id: string; readonly asSource: string; readonly passage: Passage }
  /** In a peer VPC that was not described. */
  | { readonly is: 'far'; readonly id: string; readonly passage: Passage }
  /** On premises, behind an attachment of a transit gateway. */
  | { readonly is: 'attachment'; readonly id: string; readonly passage: Passage }

export function passesAcl(world: World, subnet: RawSubnet, direction: 'in' | 'out', passage: Passage): boolean {
  const { allows, by } = aclDecision(world, subnet.SubnetId, direction, passage.packet)
  passage.trace?.push(`${subnet.SubnetId}: ${by} ${allows ? 'allows' : 'denies'}`)
  return allows
}

export function replyTo({ packet, trace }: Passage): Passage {
  return {
    packet: {
      protocol: packet.protocol,
      source: packet.destination,
      destination: packet.source,
      sourcePort: packet.destinationPort,
      destinationPort: packet.sourcePort,
    },
    isReply: true,
    chain: [],
    crossings: [],
    identity: null,
    hops: 0,
    ...(trace === undefined ? {} : { trace }),
  }
}

/** Whether the reply went through the same appliances backwards: they are stateful, and know no half of a connection. */
export function isSameChain(there: Passage, back: Passage): boolean {
  return [...there.chain].reverse().join() === back.chain.join()
}
