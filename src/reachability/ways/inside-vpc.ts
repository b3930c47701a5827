import type { NetworkInterface } from '../../domain/network/interfaces.ts'
import type { Hop } from '../../domain/network/open-path.ts'
import type { Packet, Target, Trace } from '../edge.ts'
import { membersIn } from '../filters/group-members.ts'
import type { GroupIdentity } from '../filters/security-groups.ts'
import type { Network } from '../network/network.ts'
import { aclHop, chooseClientPort, deliveryHops, groupHop, routeHop, sendingHop, type AclCrossing } from './hops.ts'

/** From one interface to another of the same VPC: no edge is crossed, so that this is a question and never a finding. */
export function traceInside(network: Network, sender: NetworkInterface, packet: Packet, target: Target): Trace {
  const { vpcId, subnetId } = target.interface
  const identity: GroupIdentity = {
    key: `in ${vpcId}`,
    membersOf: (groupId, family) => membersIn(network, vpcId, groupId, family),
  }
  const sending = sendingHop(network, sender, packet, target)
  const arriving = [groupHop(network, packet, target, identity), ...deliveryHops(network, target)]
  // What stays in one subnet is delivered directly: no route, no network ACL. (reachability §2.2)
  if (sender.subnetId === subnetId) return { edge: null, via: [], hops: [sending, ...arriving] }
  const from = { subnetId: sender.subnetId, vpcId, remote: target.address }
  const to = { subnetId, vpcId, remote: packet.source }
  const back: readonly AclCrossing[] = [
    { ...to, direction: 'egress', travels: 'return' },
    { ...from, direction: 'ingress', travels: 'return' },
  ]
  const { protocol, port } = packet
  const clientPort = chooseClientPort(network, packet, back)
  const hops: Hop[] = [
    sending,
    routeHop(network, from, target.address, { is: 'local' }, 'forward'),
    aclHop(network, { ...from, direction: 'egress', travels: 'forward' }, protocol, port),
    aclHop(network, { ...to, direction: 'ingress', travels: 'forward' }, protocol, port),
    ...arriving,
    routeHop(network, to, packet.source, { is: 'local' }, 'return'),
    ...back.map(crossing => aclHop(network, crossing, protocol, clientPort)),
  ]
  return { edge: null, via: [], hops }
}
