import { instant, type Instant } from '../base/clock.ts'
import { stableJson } from '../base/stable-json.ts'
import { resourceId } from '../domain/ids.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import { asSeenBy } from '../findings/network/as-seen-by.ts'
import { blindSpotsOf, type OtherNetworks, type OutdatedNetwork } from '../findings/network/blind-spots.ts'
import { isWithin, joinedNetworks, ownersOf } from '../findings/network/joined-networks.ts'
import { NetworkAnalyzer, type NetworkUpdate } from '../reachability/incremental.ts'
import { applyNetwork, isOn, type ApplyNetworkParts } from './apply-network.ts'
import type { DescribedNetworkStore, NetworkDescription } from './described-network-store.ts'
import type { KeptNetwork, NetworkSource } from './network-source.ts'
import { retireNetwork } from './retire-network.ts'

export interface EvaluateNetworksParts extends ApplyNetworkParts {
  readonly source: Pick<NetworkSource, 'join'>
  readonly descriptions: DescribedNetworkStore
  /** A name that no other evaluation bears. */
  readonly newId: () => string
}

export interface EvaluationsEnd {
  readonly networks: number
  /** Whose findings, exposure or coverage were looked at again. */
  readonly instances: number
  readonly gone: number
  /** Of networks that nobody watches any more. */
  readonly retired: number
}

/**
 * Instances of an estate that is kept in memory from one evaluation to the next: about 15 kB each, with what was worked
 * out. Larger estates are analysed anew each time. (bench reachability)
 */
const REMEMBERED_INSTANCES = 20_000

/** What an evaluation leaves for the next in this process. */
interface Memory {
  readonly analyzer: NetworkAnalyzer
  /** Whose outcomes are stored: another's may differ in ways that this process does not know. */
  readonly id: string
  /** What each network's verdicts were written with, beside the paths, as a hash. */
  readonly seen: ReadonlyMap<string, string>
  /** When all instances were last written. */
  readonly wholeAt: Instant
}

/** Hours after which all instances are written again: whoever else changes them is not heard here. */
const WHOLE_HOURS = 12

/** The watched networks as one, in one worker. One evaluation at a time in all workers: the caller sees to that. */
export interface WatchedNetworks {
  /**
   * Analyses what was described of all watched networks together and makes findings, exposures and coverage agree, of the
   * instances that may be otherwise than before. Safe to repeat and to cut short: then the next looks at all of them.
   */
  evaluate(signal: AbortSignal): Promise<EvaluationsEnd>
  /** Gives memory back; the next evaluation is a whole one. */
  forget(): void
}

export function watchedNetworks(parts: EvaluateNetworksParts): WatchedNetworks {
  let memory: Memory | null = null
  return {
    async evaluate(signal) {
      const before = memory
      // Whatever ends this early, the next evaluation must not take for stored what may not be.
      memory = null
      const [end, after] = await evaluate(parts, before, signal)
      memory = after
      return end
    },
    forget() {
      memory = null
    },
  }
}

async function evaluate(
  parts: EvaluateNetworksParts,
  before: Memory | null,
  signal: AbortSignal,
): Promise<readonly [EvaluationsEnd, Memory | null]> {
  const { descriptions } = parts
  let retired = 0
  for (const scope of await descriptions.unwatched()) retired += await retireNetwork(parts, scope, signal)

  const watched: NetworkDescription[] = []
  for (const each of await descriptions.list()) if (await isOn(parts, each.scope)) watched.push(each)
  const described = watched.filter(({ describedAt }) => describedAt !== null)
  const snapshot = withUndescribed(await parts.source.join(kept(descriptions, described, signal)), watched)
  const { analyzer, update } = analyzed(before, snapshot)
  const isCurrent = before !== null && before.id === (await descriptions.evaluation())
  const now = parts.clock.now()
  const isRecent = before !== null && before.wholeAt > instant(now - WHOLE_HOURS * 3_600_000)
  const changed = isCurrent && isRecent && update !== null ? new Set(update.changedInstanceIds) : 'all'

  const id = parts.newId()
  await descriptions.beginEvaluation(id)
  const owners = ownersOf(snapshot)
  const outdated = described.flatMap(outdatedOf)
  const others: OtherNetworks = {
    outdated,
    isJoined: joinedNetworks(
      snapshot,
      owners,
      watched.map(({ scope }) => scope),
    ),
    isDescribed: place => described.some(({ scope }) => isWithin(place, scope)),
  }
  const { analysis } = analyzer
  const seen = new Map<string, string>()
  let [instances, gone] = [0, 0]
  for (const { scope, describedAt, failure } of watched) {
    if (describedAt === null) {
      if (failure !== null) await parts.networks.markFailed(scope, failure)
      continue
    }
    const name = `${scope.accountId}/${scope.region}`
    const blind = blindSpotsOf(analysis, scope, others)
    // What every verdict of the network is written with: missing calls, ages, and whom it is joined with.
    const written = parts.sha256(stableJson([blind.missing, blind.outdated, described.map(other => other.scope)]))
    seen.set(name, written)
    const some = changed !== 'all' && before?.seen.get(name) === written ? changed : 'all'
    const applied = { blind, view: asSeenBy(scope, owners, outdated), changed: some } as const
    const end = await applyNetwork(parts, scope, snapshot, analysis, signal, applied)
    if (end.is === 'not-watched') continue
    instances += end.instances
    gone += end.gone
    if (some !== 'all') await descriptions.confirm(scope, now, [...some].map(resourceId))
  }
  const wholeAt = changed === 'all' || before === null ? now : before.wholeAt
  const isSmall = snapshot.instances.length <= REMEMBERED_INSTANCES
  return [{ networks: watched.length, instances, gone, retired }, isSmall ? { analyzer, id, seen, wholeAt } : null]
}

function analyzed(
  before: Memory | null,
  snapshot: NetworkSnapshot,
): { readonly analyzer: NetworkAnalyzer; readonly update: NetworkUpdate | null } {
  if (before === null) return { analyzer: new NetworkAnalyzer(snapshot), update: null }
  return { analyzer: before.analyzer, update: before.analyzer.update(snapshot) }
}

async function* kept(
  descriptions: DescribedNetworkStore,
  described: readonly NetworkDescription[],
  signal: AbortSignal,
): AsyncGenerator<KeptNetwork> {
  for (const { scope } of described) {
    signal.throwIfAborted()
    yield { scope, calls: await descriptions.read(scope) }
  }
}

/** A network that nothing is known of is missing, wholly. */
function withUndescribed(snapshot: NetworkSnapshot, watched: readonly NetworkDescription[]): NetworkSnapshot {
  const missing = watched.flatMap(({ scope, describedAt, failure }) =>
    describedAt !== null
      ? []
      : {
          call: '*',
          accountId: scope.accountId,
          region: scope.region,
          resourceId: null,
          why: failure?.reason === 'ACCESS_DENIED' ? ('access-denied' as const) : ('not-recorded' as const),
          detail: failure?.detail ?? 'AWS has not described this network yet.',
        },
  )
  return { ...snapshot, missing: [...snapshot.missing, ...missing] }
}

function outdatedOf({ scope, describedAt, failure }: NetworkDescription): readonly OutdatedNetwork[] {
  return describedAt === null || failure === null ? [] : [{ scope, describedAt, ...failure }]
}
