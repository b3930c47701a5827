import type { RouteTarget } from '../../domain/network/routes.ts'
import type { EdgeAnalysis, Remark } from '../edge.ts'
import { tableOfSubnet } from '../forwarding/routing.ts'
import type { Network } from '../network/network.ts'

/**
 * What was described and is not followed, so that nobody takes silence for an answer: ways through EC2 Instance Connect
 * endpoints and endpoint services, which Amazon Inspector does not report either. (reachability §2.14)
 */
export const unfollowed: EdgeAnalysis = {
  name: 'unfollowed',

  entrancesOf: () => [],

  trace: () => [],

  remarksOn({ tables }, vpcId) {
    const endpoints = tables.endpoints
      .under('by-vpc', vpcId)
      .filter(({ kind, state }) => kind === 'InstanceConnect' && !/delet|fail/i.test(state))
      .map(({ id }) => note(id, `${id} lets those who may use it reach instances of ${vpcId}`))
    const offered = new Set(tables.loadBalancers.under('by-vpc', vpcId).map(({ id }) => id))
    const services = tables.endpointServices
      .all()
      .filter(({ loadBalancerArns }) => loadBalancerArns.some(arn => offered.has(arn)))
      .map(({ id }) => note(id, `${id} offers what is behind load balancers of ${vpcId} to other accounts`))
    return [...endpoints, ...services]
  },
}

/** Gateways whose far side no call of ours describes. */
const UNDESCRIBED: ReadonlySet<RouteTarget['is']> = new Set([
  'carrier-gateway',
  'local-gateway',
  'core-network',
  'other',
])

/** Who answers into networks that are not followed may be reached from them. (reachability §2.2, unknown target types) */
export function unfollowedFrom(network: Network, subnetId: string, vpcId: string): readonly Remark[] {
  return network.memo('unfollowed', `${subnetId} ${vpcId}`, () => {
    const targets = new Map<string, Remark>()
    for (const { target, isBlackhole } of tableOfSubnet(network, subnetId, vpcId)?.routes ?? []) {
      if (target.is === 'local' || isBlackhole || !UNDESCRIBED.has(target.is)) continue
      const detail = `What comes in through ${target.id} is not analysed: paths over it are not reported.`
      targets.set(target.id, { reason: 'gateway-not-analysed', componentId: target.id, weight: 'unknown', detail })
    }
    return [...targets.values()]
  })
}

function note(componentId: string, why: string): Remark {
  const detail = `${why}: such ways are not reported.`
  return { reason: 'endpoint-not-analysed', componentId, weight: 'note', detail }
}
