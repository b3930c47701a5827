import type { Clock } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import { inContext } from '../findings/inspector-score/score-in-context.ts'
import { reconcile, updateIfChanged } from '../findings/reconcile.ts'
import { outcomeAtRest } from './at-rest.ts'
import { isReadByNobody } from './decide-instance.ts'
import type { DescribedNetworkStore } from './described-network-store.ts'
import type { HeldInstance, NetworkOutcome, NetworkStore } from './network-store.ts'
import type { ScanStore } from './scan-store.ts'

export interface RetireNetworkParts {
  readonly networks: NetworkStore
  readonly descriptions: Pick<DescribedNetworkStore, 'forget' | 'remove'>
  readonly store: ScanStore
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** Instances of one transaction. */
const BATCH = 100

const UNWATCHED = {
  reason: 'PENDING_DISABLE',
  detail: 'The network is no longer watched.',
  absence: 'not-eligible',
  lastScannedAt: null,
  retire: true,
} as const

/**
 * A network that nobody watches any more is not scanned: as when scanning is turned off, its findings close and it leaves
 * coverage, and instances with it that are known from nothing else. Package findings of those that an agent reports stay,
 * with their base score. (inspector-behaviour §2.3; api-and-accounts §4.5) Returns how many instances. Safe to repeat.
 */
export async function retireNetwork(parts: RetireNetworkParts, scope: Scope, signal: AbortSignal): Promise<number> {
  await parts.descriptions.remove(scope)
  let retired = 0
  for (;;) {
    signal.throwIfAborted()
    const ids = await parts.networks.evaluated(scope, null, BATCH)
    if (ids.length === 0) return retired
    const reported: ResourceId[] = []
    for (const id of ids) {
      const known = await parts.store.find(scope, id)
      if (known === null) continue
      if (!isReadByNobody(known.coverage)) reported.push(id)
      else {
        await parts.store.commit(known.resource, (findings, now) =>
          outcomeAtRest(parts, now?.resource ?? known.resource, findings, UNWATCHED),
        )
      }
    }
    await parts.networks.commitAll(scope, reported, held => withoutNetwork(parts, held))
    await parts.descriptions.forget(scope, ids)
    retired += ids.length
  }
}

function withoutNetwork({ clock, sha256 }: RetireNetworkParts, held: HeldInstance): NetworkOutcome {
  const { known, network } = held
  if (known === null || network === null) throw new Error(`${held.id} has a network and is not known`)
  const { resource } = known
  const now = clock.now()
  const nothing = { resource, detections: [], absence: UNWATCHED.absence, provesGone: () => true }
  const { reason, detail } = UNWATCHED
  return {
    resource,
    packageCoverage: known.coverage,
    network: { coverage: { ...network.coverage, reason, detail, problems: [] }, exposure: 'unknown' },
    changes: reconcile(held.findings, nothing, now, sha256, held.buried),
    packageFindings: finding => updateIfChanged(finding, inContext(finding.detection, undefined), resource, now),
  }
}
