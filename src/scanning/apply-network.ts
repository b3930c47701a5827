import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { resourceId, type ResourceId, type Scope } from '../domain/ids.ts'
import type { Instance, NetworkInterface } from '../domain/network/interfaces.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { ExposureLevel, NetworkVerdict, OpenPath } from '../domain/network/open-path.ts'
import { asSeenBy, type AccountView } from '../findings/network/as-seen-by.ts'
import { blindSpotsOf, type BlindSpots } from '../findings/network/blind-spots.ts'
import { isWithin, ownersOf } from '../findings/network/joined-networks.ts'
import { outcomeAtRest } from './at-rest.ts'
import { decideInstance, type EvaluatedInstance } from './decide-instance.ts'
import type { NetworkStore } from './network-store.ts'
import type { ScanStore } from './scan-store.ts'

/** What the analysis says of a snapshot, instance by instance. (reachability/analyze-network.ts) */
export interface EvaluatedNetwork extends Pick<NetworkVerdict, 'notices' | 'missing'> {
  pathsOf(instanceId: string): readonly OpenPath[]
  exposureOf(instanceId: string): ExposureLevel
}

export interface ApplyNetworkParts {
  readonly networks: NetworkStore
  readonly store: ScanStore
  readonly accounts: Pick<AccountStore, 'statusesOf'>
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** What of a verdict is written, and how its account sees it. */
export interface Applied {
  readonly blind: BlindSpots
  readonly view: AccountView
  /** Instances that may be otherwise than they are stored. */
  readonly changed: 'all' | ReadonlySet<string>
}

/** How one evaluation ended. */
export type EvaluationEnd =
  { readonly is: 'evaluated'; readonly instances: number; readonly gone: number } | { readonly is: 'not-watched' }

/** Instances of one transaction. */
const BATCH = 100

/** Instances that are looked through at once for those that are gone. */
const PAGE = 500

/** States in which an instance is no more. (DescribeInstances) */
const GONE_STATES: ReadonlySet<string> = new Set(['terminated', 'shutting-down'])

/** Makes findings, exposures and coverage of the scope's instances agree with a verdict on their network. Safe to repeat. */
export async function applyNetwork(
  parts: ApplyNetworkParts,
  scope: Scope,
  snapshot: NetworkSnapshot,
  verdict: EvaluatedNetwork,
  signal: AbortSignal,
  applied: Applied = aloneIn(scope, snapshot, verdict),
): Promise<EvaluationEnd> {
  const { blind, view, changed } = applied
  const living = snapshot.instances.filter(({ state }) => !GONE_STATES.has(state))
  const instances = living.filter(instance => isOf(instance, scope))
  const byId = new Map(instances.map(instance => [instance.id, instance]))
  const interfaces = interfacesByInstance(snapshot)
  const alive = instances.map(({ id }) => resourceId(id)).sort()
  const ids = changed === 'all' ? alive : alive.filter(id => changed.has(id))
  for (let start = 0; start < ids.length; start += BATCH) {
    signal.throwIfAborted()
    // Turned off meanwhile: what was retired must not come back.
    if (!(await isOn(parts, scope))) return { is: 'not-watched' }
    await parts.networks.commitAll(scope, ids.slice(start, start + BATCH), held => {
      const instance = byId.get(held.id)
      if (instance === undefined) throw new Error(`asked about ${held.id}, which is not among the instances`)
      const evaluated: EvaluatedInstance = {
        instance,
        interfaces: interfaces.get(held.id) ?? [],
        paths: verdict.pathsOf(held.id),
        exposure: verdict.exposureOf(held.id),
      }
      return decideInstance(held, evaluated, blind, {
        scope,
        now: parts.clock.now(),
        sha256: parts.sha256,
        view,
      })
    })
    await nextTurn()
  }
  // An outdated list tells of instances that were there, and of none that is gone since.
  const isOutdated = blind.outdated.some(each => isWithin(each.scope, scope))
  const there = new Set(living.map(({ id }) => id))
  const mayBeGone = changed === 'all' || [...changed].some(id => !there.has(id))
  const gone = mayBeGone && !isOutdated ? await retireGone(parts, scope, snapshot, new Set(alive), signal) : 0
  return { is: 'evaluated', instances: ids.length, gone }
}

/** The verdict on a network that is evaluated by itself. */
function aloneIn(scope: Scope, snapshot: NetworkSnapshot, verdict: EvaluatedNetwork): Applied {
  return { blind: blindSpotsOf(verdict, scope), view: asSeenBy(scope, ownersOf(snapshot), []), changed: 'all' }
}

function interfacesByInstance({ interfaces }: NetworkSnapshot): ReadonlyMap<string, readonly NetworkInterface[]> {
  const found = new Map<string, NetworkInterface[]>()
  for (const each of interfaces) {
    const instanceId = each.attachment?.instanceId
    if (!instanceId) continue
    const own = found.get(instanceId)
    if (own === undefined) found.set(instanceId, [each])
    else own.push(each)
  }
  return found
}

/**
 * Instances that AWS does not know any more leave coverage and all their findings close, once the list of instances was
 * read whole. Returns how many.
 */
async function retireGone(
  parts: Pick<ApplyNetworkParts, 'networks' | 'store' | 'clock' | 'sha256'>,
  scope: Scope,
  snapshot: NetworkSnapshot,
  alive: ReadonlySet<ResourceId>,
  signal: AbortSignal,
): Promise<number> {
  if (!isListed(snapshot, scope)) return 0
  let gone = 0
  let after: ResourceId | null = null
  for (;;) {
    signal.throwIfAborted()
    const page: readonly ResourceId[] = await parts.networks.evaluated(scope, after, PAGE)
    for (const id of page) {
      if (alive.has(id)) continue
      const known = await parts.store.find(scope, id)
      if (known === null) continue
      await parts.store.commit(known.resource, (findings, now) =>
        outcomeAtRest(parts, now?.resource ?? known.resource, findings, TERMINATED),
      )
      gone += 1
    }
    after = page.at(-1) ?? null
    if (page.length < PAGE) return gone
  }
}

const TERMINATED = {
  reason: 'RESOURCE_TERMINATED',
  detail: 'The instance was terminated.',
  absence: 'resource-gone',
  lastScannedAt: null as Instant | null,
  retire: true,
} as const

/** Whether an instance that is not in the snapshot does not exist. */
function isListed({ missing }: NetworkSnapshot, scope: Scope): boolean {
  return !missing.some(
    ({ call, accountId, region }) =>
      (call === 'DescribeInstances' || call === '*') &&
      (accountId === null || accountId === scope.accountId) &&
      (region === null || region === scope.region),
  )
}

function isOf({ accountId, region }: Instance, scope: Scope): boolean {
  return (accountId === null || accountId === scope.accountId) && (region === null || region === scope.region)
}

/** Whether EC2 scanning is on, or about to be. */
export async function isOn({ accounts }: Pick<ApplyNetworkParts, 'accounts'>, scope: Scope): Promise<boolean> {
  const { EC2 } = await accounts.statusesOf(scope)
  return EC2 === 'ENABLED' || EC2 === 'ENABLING'
}
