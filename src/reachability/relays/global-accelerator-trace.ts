import type { Hop } from '../../domain/network/open-path.ts'
import type { Packet, Target, Trace } from '../edge.ts'
import { internetBlockOf } from '../filters/block-public-access.ts'
import { COMPONENT } from '../network/component-types.ts'
import { internetSources } from '../network/internet-addresses.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { blocks, deliveryHops, groupHop, passes } from '../ways/hops.ts'
import { border, decided, renderHops } from '../ways/packet-walk.ts'

/** The way from an accelerator to one of its endpoints. */
export function traceToEndpoint(network: Network, arn: string, packet: Packet, target: Target): Trace {
  const { vpcId, subnetId } = target.interface
  const ends = { client: packet.source, target: target.address }
  const subnet = { id: subnetId, vpcId }
  return {
    edge: { kind: 'global-accelerator', id: arn },
    via: [arn],
    hops: renderHops(network, packet, ends, [
      ...atAccelerator(network, arn, packet, target).map(decided),
      border('forward', ends, subnet, 'ingress'),
      ...[groupHop(network, packet, target, null), ...deliveryHops(network, target)].map(decided),
      border('return', ends, subnet, 'egress'),
    ]),
  }
}

function atAccelerator(network: Network, arn: string, { source }: Packet, target: Target): readonly Hop[] {
  const { vpcId, subnetId } = target.interface
  const at = { id: arn, type: COMPONENT.accelerator }
  const block = internetBlockOf(network, subnetId, vpcId)
  const hops = [
    has(internetSources(network, target.family), network.addresses.locate(source))
      ? passes(at, `${arn} sends what comes from the internet on to ${target.text}.`)
      : blocks(at, 'source-not-routable', 'The source is no address that the internet delivers from.'),
  ]
  if (block.isBlocked) {
    const decision = { id: vpcId, type: COMPONENT.vpc, rule: block.rule }
    hops.push(blocks(decision, 'block-public-access', `VPC Block Public Access stops what comes in for ${subnetId}.`))
  }
  return hops
}
