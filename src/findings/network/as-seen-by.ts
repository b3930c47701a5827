import type { Scope } from '../../domain/ids.ts'
import type { Hop, NetworkNotice, NetworkPlace, OpenPath } from '../../domain/network/open-path.ts'
import { ageInWords, type OutdatedNetwork } from './blind-spots.ts'
import { isWithin, type Owners } from './joined-networks.ts'

/** What an account is shown of verdicts that rest on the networks of others as well. */
export interface AccountView {
  path(path: OpenPath): OpenPath
  notice(notice: NetworkNotice): NetworkNotice
}

/**
 * The view of one account. It sees the components that Amazon Inspector names in a path's steps, whoever owns them, and
 * where the connections come from. Rules and words about components of other accounts it does not see, and not the names of
 * those that stand in no step. A path that rests on a network as it was described before is assumed. (decisions/0038)
 */
export function asSeenBy(scope: Scope, owners: Owners, outdated: readonly OutdatedNetwork[]): AccountView {
  return {
    path(path) {
      const { edge, via, steps, hops } = path
      const named = new Set([edge.id, ...via, ...steps.map(({ componentId }) => componentId)])
      const others = new Map<string, NetworkPlace>()
      for (const id of [...named, ...hops.map(({ componentId }) => componentId)]) {
        const owner = owners.get(id)
        if (owner !== undefined && !isWithin(owner, scope)) others.set(`${owner.accountId} ${owner.region}`, owner)
      }
      const old = outdated.filter(each => [scope, ...others.values()].some(place => isWithin(place, each.scope)))
      return {
        ...path,
        ...(old.length === 0
          ? {}
          : { confidence: 'assumed', assumptions: [...path.assumptions, ...old.map(ageInWords)] }),
        ...(others.size === 0
          ? {}
          : { otherNetworks: [...others.keys()].sort().flatMap(key => others.get(key) ?? []) }),
        hops: hops.map(hop => hopSeenBy(scope, hop, owners.get(hop.componentId), named)),
      }
    },
    notice(notice) {
      const owner = owners.get(notice.componentId)
      if (owner === undefined || owner.accountId === scope.accountId) return notice
      const detail = `Not known because of a component of account ${owner.accountId}.`
      return { ...notice, componentId: owner.accountId, detail }
    },
  }
}

function hopSeenBy({ accountId }: Scope, hop: Hop, owner: NetworkPlace | undefined, named: ReadonlySet<string>): Hop {
  if (owner === undefined || owner.accountId === accountId) return hop
  return {
    ...hop,
    componentId: named.has(hop.componentId) ? hop.componentId : owner.accountId,
    rule: null,
    detail: `A component of account ${owner.accountId} lets it pass.`,
  }
}
