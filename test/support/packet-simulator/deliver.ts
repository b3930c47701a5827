import type { Entry } from './enter.ts'
import { groupsAllow, holdsAddress } from './filters.ts'
import { replyTo } from './passage.ts'
import { isDelivering, send } from './walk.ts'
import type { RawInterface } from './wire.ts'
import type { World } from './world.ts'

/** Where a packet from an edge reached an instance. */
export interface Delivery {
  readonly instanceId: string
  readonly interfaceId: string
  /** On the instance, also where a load balancer rewrites it. */
  readonly port: number
  /** Load balancers (ARN or classic name) and accelerators, in order. */
  readonly relays: readonly string[]
  /** Appliances and endpoints of the last leg, in order. */
  readonly chain: readonly string[]
}

/** The interface in the subnet that has the address. */
export function interfaceAt(world: World, subnetId: string, address: string): RawInterface | undefined {
  return world.interfaces.find(candidate => candidate.SubnetId === subnetId && holdsAddress(candidate, address))
}

/** Whether the interface of an instance takes the packet in: it is in use, and one of its groups admits it. */
export function isTaken(world: World, taker: RawInterface, { passage }: Entry['end']): boolean {
  const groups = (taker.Groups ?? []).map(({ GroupId }) => GroupId)
  const isTaken = isDelivering(world, taker) && groupsAllow(world, groups, 'in', passage.packet, passage.identity)
  passage.trace?.push(`${taker.NetworkInterfaceId}: ${isTaken ? 'takes it' : 'refuses it'}`)
  return isTaken
}

/** Whether the reply of what took the packet comes back to where the packet began. */
export function isAnswered(world: World, { end, isBack }: Entry): boolean {
  end.passage.trace?.push('reply')
  return send(world, end.subnet, replyTo(end.passage)).some(isBack)
}
