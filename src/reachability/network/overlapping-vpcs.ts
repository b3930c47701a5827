import type { IpRange } from '../../base/ip-range.ts'
import { FAMILIES, type Network } from './network.ts'

/** Addresses of a VPC. */
interface Claim {
  readonly vpcId: string
  readonly range: IpRange
}

/** VPCs whose subnets have addresses that another VPC's have, too: there a source does not tell whose member it is. (reachability §2.4) */
export function overlappingVpcs(network: Network): ReadonlySet<string> {
  return network.memo(
    'overlapping-vpcs',
    '',
    () => {
      const claims = network.tables.subnets
        .all()
        .flatMap(({ vpcId, cidrs }) => cidrs.map((range): Claim => ({ vpcId, range })))
      return new Set(FAMILIES.flatMap(family => overlapping(claims.filter(({ range }) => range.family === family))))
    },
    (a, b) => a.size === b.size && [...a].every(vpcId => b.has(vpcId)),
  )
}

/** A sweep: of what began before, only what reaches furthest can meet what begins now, in one VPC and in any other. */
function overlapping(claims: readonly Claim[]): readonly string[] {
  const found = new Set<string>()
  let [furthest, other]: (Claim | null)[] = [null, null]
  for (const claim of claims.toSorted((a, b) => (a.range.first < b.range.first ? -1 : 1))) {
    for (const before of [furthest, other]) {
      if (before === null || before === undefined || before.vpcId === claim.vpcId) continue
      if (before.range.last >= claim.range.first) found.add(before.vpcId).add(claim.vpcId)
    }
    const ranked = [claim, furthest, other]
      .filter(one => one !== null && one !== undefined)
      .sort((a, b) => (a.range.last > b.range.last ? -1 : 1))
    furthest = ranked[0] ?? null
    other = ranked.find(({ vpcId }) => vpcId !== furthest?.vpcId) ?? null
  }
  return [...found]
}
