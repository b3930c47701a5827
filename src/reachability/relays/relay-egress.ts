import type { Target } from '../edge.ts'
import { membersIn } from '../filters/group-members.ts'
import { admittingRule, groupFilter, groupSet, NO_FILTER, type GroupIdentity } from '../filters/security-groups.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { sourcesTo } from '../sets/traffic.ts'
import type { Relay } from './relays.ts'

/** What the load balancer's own groups let out to the target: by its address, and by the groups that it bears. */
export function isLetOut(
  network: Network,
  relay: Relay,
  target: Target,
  protocol: number,
  port: number,
): { readonly byAddress: boolean; readonly byName: boolean } {
  const groups = relay.securityGroupIds === null ? NO_FILTER : groupSet(network, relay.securityGroupIds)
  const point = network.addresses.locate(target.address)
  const named = targetsByName(network, target)
  const isOpen = (identity: GroupIdentity | null) =>
    has(sourcesTo(groupFilter(network, groups, 'egress', target.family, protocol, identity).traffic, port), point)
  return { byAddress: isOpen(null), byName: isOpen(named) }
}

/** The rule of the load balancer's own groups that lets out to the target; `null`: none does. */
export function ruleLettingOut(
  network: Network,
  relay: Relay,
  target: Target,
  protocol: number,
  port: number,
): ReturnType<typeof admittingRule> {
  const groups = groupSet(network, relay.securityGroupIds ?? [])
  const packet = { remote: target.address, protocol, port }
  return (
    admittingRule(network, groups, 'egress', packet, null) ??
    admittingRule(network, groups, 'egress', packet, targetsByName(network, target))
  )
}

/** Whose addresses in the target's VPC bear the names that the load balancer's own rules speak of. */
function targetsByName(network: Network, { interface: { vpcId } }: Target): GroupIdentity {
  return {
    key: `within ${vpcId}`,
    membersOf: (groupId, family) => membersIn(network, vpcId, groupId, family),
  }
}
