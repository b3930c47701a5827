import { bitsOf, isIpv4 } from './bits.ts'
import { isTaken, type Delivery } from './deliver.ts'
import type { Packet } from './filters.ts'
import { internetMode, isInternetAddress } from './internet.ts'
import { balancerOf } from './listeners.ts'
import { nodeTakes, relay } from './load-balancers.ts'
import { passesAcl, replyTo, type Passage } from './passage.ts'
import type { RawInterface } from './wire.ts'
import type { World } from './world.ts'

/**
 * What a packet to an accelerator reaches: endpoints see the client's address, need no public address and no route, but an internet
 * gateway on their VPC. (reachability §2.15)
 */
export function throughAccelerator(
  world: World,
  arn: string,
  packet: Packet,
  ports: readonly number[],
): { readonly forward: readonly Delivery[]; readonly connections: readonly Delivery[] } {
  const accelerator = world.accelerators.find(({ AcceleratorArn }) => AcceleratorArn === arn)
  const forward: Delivery[] = []
  const connections: Delivery[] = []
  const isForIt = accelerator?.IpSets?.some(({ IpAddresses }) => IpAddresses.map(bitsOf).includes(packet.destination))
  const isSameFamily = isIpv4(packet.source) === isIpv4(packet.destination)
  if (accelerator?.Enabled !== true || isForIt !== true || !isSameFamily || !isInternetAddress(packet.source)) {
    return { forward, connections }
  }
  for (const listener of world.acceleratorListeners.get(arn) ?? []) {
    const isOfProtocol = packet.protocol === (listener.Protocol === 'UDP' ? 17 : 6)
    const isOnPort = listener.PortRanges.some(
      ({ FromPort, ToPort }) => FromPort <= packet.destinationPort && packet.destinationPort <= ToPort,
    )
    if (!isOfProtocol || !isOnPort) continue
    for (const group of world.endpointGroups.get(listener.ListenerArn) ?? []) {
      const override = group.PortOverrides?.find(({ ListenerPort }) => ListenerPort === packet.destinationPort)
      const port = override?.EndpointPort ?? packet.destinationPort
      for (const { EndpointId } of group.EndpointDescriptions ?? []) {
        for (const taker of takersOf(world, EndpointId)) {
          const address = taker.PrivateIpAddresses?.find(({ Primary }) => Primary !== false)?.PrivateIpAddress
          if (address === undefined) continue
          const at = { ...packet, destination: bitsOf(address), destinationPort: port }
          const found = atEndpoint(world, taker, at, arn, ports)
          forward.push(...found.forward)
          connections.push(...found.connections)
        }
      }
    }
  }
  return { forward, connections }
}

function takersOf(world: World, endpointId: string): readonly RawInterface[] {
  return world.interfaces.filter(
    candidate =>
      balancerOf(world, candidate)?.id === endpointId ||
      (candidate.Attachment?.InstanceId === endpointId && candidate.Attachment.DeviceIndex === 0),
  )
}

function atEndpoint(world: World, taker: RawInterface, packet: Packet, arn: string, ports: readonly number[]) {
  const nothing = { forward: [], connections: [] }
  const subnet = world.subnets.find(({ SubnetId }) => SubnetId === taker.SubnetId)
  const hasGateway = world.internetGateways.some(({ Attachments }) =>
    Attachments?.some(({ VpcId }) => VpcId === taker.VpcId),
  )
  if (subnet === undefined || !hasGateway || internetMode(world, subnet) !== 'off') return nothing
  const passage: Passage = { packet, isReply: false, chain: [], crossings: [], identity: null, hops: 0 }
  if (!passesAcl(world, subnet, 'in', passage)) return nothing
  const end = { is: 'subnet' as const, subnet, passage }
  const isBack = passesAcl(world, subnet, 'out', replyTo(passage))
  if (balancerOf(world, taker) !== null) {
    if (!nodeTakes(world, taker, end, false)) return nothing
    const at = { node: taker, client: packet, listenerPort: packet.destinationPort, ports, relays: [arn] }
    const found = relay(world, at)
    return { forward: found, connections: isBack ? found : [] }
  }
  const instanceId = taker.Attachment?.InstanceId
  if (instanceId === undefined || !isTaken(world, taker, end)) return nothing
  const delivery: Delivery = {
    instanceId,
    interfaceId: taker.NetworkInterfaceId,
    port: packet.destinationPort,
    relays: [arn],
    chain: [],
  }
  return { forward: [delivery], connections: isBack ? [delivery] : [] }
}
