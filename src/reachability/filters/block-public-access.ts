import type { InternetBlockMode } from '../../domain/network/vpcs.ts'
import { regionKey, type Network } from '../network/network.ts'

/** What VPC Block Public Access does to connections from the internet into a subnet. (reachability §2.6) */
export interface InternetBlock {
  readonly isBlocked: boolean
  /** What decides, as shown in proofs; `null` where nothing blocks. */
  readonly rule: string | null
  /** Set where the answer was not described: nothing is taken to be blocked. */
  readonly assumption: string | null
}

const NOT_BLOCKED: InternetBlock = { isBlocked: false, rule: null, assumption: null }

/** The state of the subnet itself decides before exclusions, those before the VPC's state, that before the Region's mode. */
export function internetBlockOf(network: Network, subnetId: string, vpcId: string): InternetBlock {
  return network.memo('internet-block', `${vpcId} ${subnetId}`, () => {
    const subnet = network.tables.subnets.get(subnetId)
    const vpc = network.tables.vpcs.get(vpcId)
    for (const resource of [subnet, vpc]) {
      if (resource === null) continue
      if (resource.internetBlock !== null) return blockedBy(resource.internetBlock, resource.id)
      const exclusion = exclusionOf(network, resource.id)
      if (exclusion?.allows === 'bidirectional') return NOT_BLOCKED
      if (exclusion !== null) return egressOnly(network, vpcId, exclusion.id)
    }
    return regionBlock(network, vpcId)
  })
}

function regionBlock(network: Network, vpcId: string): InternetBlock {
  const owner = network.tables.vpcs.get(vpcId) ?? { accountId: null, region: null }
  const [options] = network.tables.blockPublicAccess.under('by-region', regionKey(owner))
  if (options !== undefined) return blockedBy(options.mode, regionKey(owner))
  if (!network.lacks('DescribeVpcBlockPublicAccessOptions', owner)) return NOT_BLOCKED
  const assumption = `VPC Block Public Access was not described for ${vpcId}: it is taken to be off.`
  return { ...NOT_BLOCKED, assumption }
}

/** An exclusion that gives back the way out only: connections from outside stay as the Region has them. */
function egressOnly(network: Network, vpcId: string, exclusionId: string): InternetBlock {
  const block = regionBlock(network, vpcId)
  return block.isBlocked ? { ...block, rule: `${block.rule}, ${exclusionId} allow-egress` } : block
}

function blockedBy(mode: InternetBlockMode, where: string): InternetBlock {
  return mode === 'off' ? NOT_BLOCKED : { isBlocked: true, rule: `${where} ${mode}`, assumption: null }
}

function exclusionOf(
  network: Network,
  resourceId: string,
): { readonly id: string; readonly allows: 'bidirectional' | 'egress' } | null {
  const options = network.tables.blockPublicAccess.under('by-excluded', resourceId)
  const exclusions = options.flatMap(option => option.exclusions.filter(one => one.resourceId === resourceId))
  return exclusions.find(({ allows }) => allows === 'bidirectional') ?? exclusions[0] ?? null
}
