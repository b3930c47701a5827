import type { BlockReason, PathStep } from '../../domain/network/open-path.ts'
import type { RouteTarget } from '../../domain/network/routes.ts'
import type { Remark } from '../edge.ts'
import { rulesOfPolicy, type Station } from '../filters/stations.ts'
import { COMPONENT } from '../network/component-types.ts'
import { GONE_STATES } from '../network/instance-states.ts'
import type { Network } from '../network/network.ts'

/** Something in a subnet that takes packets which are not its own and sends them on by its subnet's route table. (§2.13) */
export interface Middlebox {
  readonly is: 'middlebox'
  /** Endpoint or interface: what routes name. */
  readonly id: string
  readonly kind: 'endpoint' | 'interface'
  readonly subnetId: string
  readonly stations: readonly Station[]
  readonly steps: readonly PathStep[]
  readonly assumptions: readonly string[]
  /** It may pass more than is reported. */
  readonly remarks: readonly Remark[]
  /** Whether nothing is taken to pass: because it is said to, or because nobody may assume. */
  readonly isClosed: boolean
  /** Whether it can be contacted from the internet, as an appliance behind an internet gateway must be. */
  readonly hasPublicAddress: boolean
}

/** Why a route's target sends nothing on. */
export interface DeadEnd {
  readonly is: 'dead-end'
  readonly reason: BlockReason
  readonly detail: string
  readonly remarks: readonly Remark[]
}

/** What a route to an endpoint or interface leads to. */
export function middleboxOf(network: Network, target: RouteTarget & { readonly id: string }): Middlebox | DeadEnd {
  return network.memo('middlebox', target.id, () =>
    target.is === 'endpoint' ? endpointOf(network, target.id) : applianceOf(network, target.id),
  )
}

/** What both directions pass must be the same, in turned order: each knows the connections that it has seen begin. */
export function areMirrored(there: readonly Pick<Middlebox, 'id'>[], back: readonly Pick<Middlebox, 'id'>[]): boolean {
  return there.length === back.length && there.every(({ id }, index) => id === back[back.length - 1 - index]?.id)
}

function endpointOf(network: Network, id: string): Middlebox | DeadEnd {
  const [firewall] = network.tables.firewalls.under('by-endpoint', id)
  const firewallSubnet = firewall?.endpoints.find(({ endpointId }) => endpointId === id)?.subnetId
  if (firewall !== undefined && firewallSubnet !== undefined) {
    return {
      is: 'middlebox',
      id,
      kind: 'endpoint',
      subnetId: firewallSubnet,
      stations: [{ is: 'firewall', firewallId: firewall.id, policyId: firewall.policyArn }],
      steps: [
        { componentId: id, componentType: COMPONENT.endpoint },
        { componentId: firewall.id, componentType: COMPONENT.firewall, componentArn: firewall.id },
      ],
      assumptions: rulesOfPolicy(network, firewall.policyArn).assumptions,
      remarks: [],
      isClosed: false,
      hasPublicAddress: true,
    }
  }
  const endpoint = network.tables.endpoints.get(id)
  const subnetId = endpoint?.subnetIds[0]
  if (endpoint === null || subnetId === undefined) {
    const detail = `The endpoint ${id} was not described: what it does with traffic is not known.`
    return deadEnd('appliance', detail, [unknown('endpoint-not-described', id, detail)])
  }
  if (endpoint.kind !== 'GatewayLoadBalancer') return deadEnd('route-elsewhere', `${id} sends nothing on.`, [])
  if (endpoint.state.toLowerCase() !== 'available') return deadEnd('appliance', `${id} is ${endpoint.state}.`, [])
  return appliance(network, {
    id,
    kind: 'endpoint',
    subnetId,
    stations: [],
    steps: [{ componentId: id, componentType: COMPONENT.endpoint }],
    hasPublicAddress: true,
  })
}

function applianceOf(network: Network, id: string): Middlebox | DeadEnd {
  const found = network.tables.interfaces.get(id)
  if (found === null) {
    const detail = `The interface ${id}, which routes lead to, was not described.`
    return deadEnd('appliance', detail, [unknown('appliance-not-described', id, detail)])
  }
  const { attachment, hasSourceDestinationCheck, status } = found
  const instanceId = attachment?.instanceId ?? null
  if (status !== 'in-use' || attachment?.status !== 'attached' || instanceId === null) {
    return deadEnd('interface-not-in-use', `${id} is not attached to an instance.`, [])
  }
  const state = network.tables.instances.get(instanceId)?.state ?? 'running'
  // A stopped one may be started again, as a stopped target may.
  if (GONE_STATES.has(state))
    return deadEnd('interface-not-in-use', `${instanceId} is ${state} and forwards nothing.`, [])
  if (hasSourceDestinationCheck) {
    return deadEnd('appliance', `${id} checks source and destination: it takes only what is its own.`, [])
  }
  return appliance(network, {
    id,
    kind: 'interface',
    subnetId: found.subnetId,
    stations: [{ is: 'appliance', interfaceId: id }],
    steps: [
      { componentId: id, componentType: COMPONENT.networkInterface },
      { componentId: instanceId, componentType: COMPONENT.instance },
    ],
    hasPublicAddress: found.addresses.some(({ publicAddress }) => publicAddress !== null),
  })
}

/** An appliance whose inside nobody describes. */
function appliance(
  network: Network,
  box: Pick<Middlebox, 'id' | 'kind' | 'subnetId' | 'stations' | 'steps' | 'hasPublicAddress'>,
): Middlebox {
  const { treatAppliancesAs } = network.options
  const detail = `What the appliance behind ${box.id} lets pass is not known.`
  return {
    is: 'middlebox',
    ...box,
    assumptions: [`The appliance behind ${box.id} is taken to let everything pass.`],
    remarks: treatAppliancesAs === 'unknown' ? [unknown('appliance-not-known', box.id, detail)] : [],
    isClosed: treatAppliancesAs !== 'pass',
  }
}

function deadEnd(reason: BlockReason, detail: string, remarks: readonly Remark[]): DeadEnd {
  return { is: 'dead-end', reason, detail, remarks }
}

function unknown(reason: string, componentId: string, detail: string): Remark {
  return { reason, componentId, weight: 'unknown', detail }
}
