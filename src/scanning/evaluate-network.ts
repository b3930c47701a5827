import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { resourceId, type ResourceId, type Scope } from '../domain/ids.ts'
import type { Instance, NetworkInterface } from '../domain/network/interfaces.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { ExposureLevel, NetworkVerdict, OpenPath } from '../domain/network/open-path.ts'
import { blindSpotsOf } from '../findings/network/blind-spots.ts'
import { outcomeAtRest } from './at-rest.ts'
import { decideInstance, type EvaluatedInstance } from './decide-instance.ts'
import type { NetworkSource } from './network-source.ts'
import type { NetworkStore } from './network-store.ts'
import type { ScanStore } from './scan-store.ts'

/** What the analysis says of a snapshot, instance by instance. (reachability/analyze-network.ts) */
export interface EvaluatedNetwork extends Pick<NetworkVerdict, 'notices' | 'missing'> {
  pathsOf(instanceId: string): readonly OpenPath[]
  exposureOf(instanceId: string): ExposureLevel
}

export interface EvaluateNetworkParts {
  readonly source: NetworkSource
  readonly analyze: (snapshot: NetworkSnapshot) => EvaluatedNetwork
  readonly networks: NetworkStore
  readonly store: ScanStore
  readonly accounts: Pick<AccountStore, 'statusesOf'>
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** How one evaluation ended. */
export type EvaluationEnd =
  | { readonly is: 'evaluated'; readonly instances: number; readonly gone: number }
  | { readonly is: 'not-watched' }
  | { readonly is: 'failed'; readonly detail: string }

/** Instances of one transaction. */
const BATCH = 100

/** Instances that are looked through at once for those that are gone. */
const PAGE = 500

/** States in which an instance is no more. (DescribeInstances) */
const GONE_STATES: ReadonlySet<string> = new Set(['terminated', 'shutting-down'])

/**
 * Asks AWS for the network of an account in a Region and makes its findings, exposures and coverage agree with it. Safe to
 * repeat and to cut short. A network that cannot be described changes coverage and closes nothing.
 */
export async function evaluateNetwork(
  parts: EvaluateNetworkParts,
  scope: Scope,
  signal: AbortSignal,
): Promise<EvaluationEnd> {
  if (!(await isOn(parts, scope))) return { is: 'not-watched' }
  const described = await parts.source.snapshotOf(scope, signal)
  if (described === null) return { is: 'not-watched' }
  if (!described.ok) {
    await parts.networks.markFailed(scope, described.error)
    return { is: 'failed', detail: described.error.detail }
  }
  return applyNetwork(parts, scope, described.value, parts.analyze(described.value), signal)
}

/** Makes findings, exposures and coverage of the scope's instances agree with a verdict on their network. */
export async function applyNetwork(
  parts: Omit<EvaluateNetworkParts, 'source' | 'analyze'>,
  scope: Scope,
  snapshot: NetworkSnapshot,
  verdict: EvaluatedNetwork,
  signal: AbortSignal,
): Promise<EvaluationEnd> {
  const own = snapshot.instances.filter(instance => isOf(instance, scope))
  const instances = own.filter(({ state }) => !GONE_STATES.has(state))
  const byId = new Map(instances.map(instance => [instance.id, instance]))
  const interfaces = interfacesByInstance(snapshot)
  const blind = blindSpotsOf(verdict, scope)
  const ids = instances.map(({ id }) => resourceId(id)).sort()
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
      return decideInstance(held, evaluated, blind, { scope, now: parts.clock.now(), sha256: parts.sha256 })
    })
    await nextTurn()
  }
  const gone = await retireGone(parts, scope, snapshot, new Set(ids), signal)
  return { is: 'evaluated', instances: ids.length, gone }
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
  parts: Pick<EvaluateNetworkParts, 'networks' | 'store' | 'clock' | 'sha256'>,
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

async function isOn({ accounts }: Pick<EvaluateNetworkParts, 'accounts'>, scope: Scope): Promise<boolean> {
  const { EC2 } = await accounts.statusesOf(scope)
  return EC2 === 'ENABLED' || EC2 === 'ENABLING'
}
