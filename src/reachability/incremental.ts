import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import { DEFAULT_OPTIONS, type AnalysisOptions } from './analysis-options.ts'
import { analysisOf, type NetworkAnalysis } from './analysis.ts'
import { ipv6Boundaries } from './network/ipv6-boundaries.ts'
import type { Source } from './network/memo-graph.ts'
import { changeTable, differencesOf, Network, snapshotOf, TABLE_NAMES, type TableName } from './network/network.ts'
import { AddressSpace, AddressSpaceFull } from './sets/address-space.ts'
import { verdictsInSubnet, type InterfaceVerdict } from './verdicts/interface-verdict.ts'
import { answer, type Answer, type Question } from './why.ts'

/** Rows that are new or different, and ids that are gone, by list of the snapshot. */
export type NetworkChanges = { readonly [Name in TableName]?: TableChange<NetworkSnapshot[Name][number]> }

export interface TableChange<Row> {
  readonly put: readonly Row[]
  readonly removed: readonly string[]
}

export interface NetworkUpdate {
  /** Instances whose paths, notices or shown details may be different, in order. All others are as they were. */
  readonly changedInstanceIds: readonly string[]
  readonly analysis: NetworkAnalysis
}

type Verdicts = ReadonlyMap<string, InterfaceVerdict>

const NO_VERDICTS: Verdicts = new Map()

/** How many times as much as after the first run may be remembered before what nothing rests on is looked for and dropped. */
const WASTE_LIMIT = 1.5

/**
 * Keeps a snapshot and what was worked out from it, and after a change works out again what looked at what changed: the
 * outcome is that of a full run. Paths of an analysis must be read before the next update.
 */
export class NetworkAnalyzer {
  readonly #options: AnalysisOptions
  #network: Network
  #sizeInUse: number

  constructor(snapshot: NetworkSnapshot, options: Partial<AnalysisOptions> = {}) {
    this.#options = { ...DEFAULT_OPTIONS, ...options }
    this.#network = analyzed(snapshot, this.#options, [])
    this.#sizeInUse = this.#network.graph.size
  }

  get analysis(): NetworkAnalysis {
    return analysisOf(this.#network)
  }

  /** As `why`, of the snapshot as it is now. */
  why(question: Question): Answer {
    return answer(this.#network, question)
  }

  /** Takes over a whole new snapshot, or what is different in it. Everything in one call is one batch. */
  update(next: NetworkSnapshot | NetworkChanges): NetworkUpdate {
    const changes = 'takenAt' in next ? this.#differencesTo(next) : next
    const sources = TABLE_NAMES.flatMap(name => apply(this.#network, name, changes[name]))
    const subnetIds = new Set(this.#network.graph.change(sources, 'subnet'))
    for (const { subnetId } of changes.interfaces?.put ?? []) subnetIds.add(subnetId)
    const changed = new Set([
      ...(changes.instances?.put ?? []).map(({ id }) => id),
      ...(changes.instances?.removed ?? []),
      ...this.#follow([...subnetIds].sort()),
    ])
    this.#dropWaste()
    return { changedInstanceIds: [...changed].sort(), analysis: this.analysis }
  }

  /** The instances on which the verdict is another than it was. */
  #follow(subnetIds: readonly string[]): readonly string[] {
    const changed: string[] = []
    const before = subnetIds.map(id => this.#remembered(id))
    try {
      for (const id of subnetIds) verdictsInSubnet(this.#network, id)
    } catch (error) {
      if (!(error instanceof AddressSpaceFull)) throw error
      this.#network = analyzed(snapshotOf(this.#network), this.#options, this.#network.addresses.boundaries)
      // Nothing of the old run can be compared with the new one: all instances count as changed.
      return this.analysis.instanceIds
    }
    subnetIds.forEach((id, index) => {
      const [old, now] = [before[index] ?? NO_VERDICTS, verdictsInSubnet(this.#network, id)]
      if (old === now) return
      for (const interfaceId of new Set([...old.keys(), ...now.keys()])) {
        const [one, other] = [old.get(interfaceId), now.get(interfaceId)]
        if (one !== undefined && other !== undefined && isSameVerdict(one, other)) continue
        for (const verdict of [one, other]) if (verdict !== undefined) changed.push(verdict.instanceId)
      }
    })
    return changed
  }

  #remembered(subnetId: string): Verdicts {
    // Cells of this kind hold what `verdictsInSubnet` computes.
    return (this.#network.graph.remembered('subnet', subnetId) as Verdicts | undefined) ?? NO_VERDICTS
  }

  #differencesTo(next: NetworkSnapshot): NetworkChanges {
    return Object.fromEntries(TABLE_NAMES.map(name => [name, differencesOf(this.#network.tables, name, next[name])]))
  }

  #dropWaste(): void {
    if (this.#network.graph.size < this.#sizeInUse * WASTE_LIMIT) return
    this.#network.graph.sweep('subnet')
    this.#sizeInUse = this.#network.graph.size
  }
}

/** A network with the verdicts on all its subnets. */
function analyzed(snapshot: NetworkSnapshot, options: AnalysisOptions, boundaries: readonly bigint[]): Network {
  const addresses = new AddressSpace([...boundaries, ...ipv6Boundaries(snapshot)])
  const network = new Network(snapshot, addresses, options)
  try {
    for (const id of new Set(network.tables.interfaces.all().map(({ subnetId }) => subnetId))) {
      verdictsInSubnet(network, id)
    }
  } catch (error) {
    // Each round knows all boundaries of the one before with room between them, so that this ends.
    if (error instanceof AddressSpaceFull) return analyzed(snapshot, options, addresses.boundaries)
    throw error
  }
  return network
}

function apply<Name extends TableName>(
  network: Network,
  name: Name,
  change: TableChange<NetworkSnapshot[Name][number]> | undefined,
): readonly Source[] {
  return change === undefined ? [] : changeTable(network.tables, name, change.put, change.removed)
}

/** Openings and ways are remembered, so that equal ones are the same. */
function isSameVerdict(a: InterfaceVerdict, b: InterfaceVerdict): boolean {
  return (
    a.interface === b.interface &&
    a.instance === b.instance &&
    a.passages.length === b.passages.length &&
    a.passages.every((passage, index) => {
      const other = b.passages[index]
      return (
        passage.opening === other?.opening &&
        passage.edge.id === other.edge.id &&
        passage.targets.length === other.targets.length &&
        passage.targets.every(({ ways }, at) => {
          const others = other.targets[at]?.ways
          return ways.length === others?.length && ways.every((way, place) => way === others[place])
        })
      )
    })
  )
}
