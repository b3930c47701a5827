import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import type { AnalysisOptions } from '../../src/reachability/analysis-options.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import type { OpenPath } from '../../src/domain/network/open-path.ts'
import { worldOf, type World } from '../support/packet-simulator/world.ts'
import type { Draw } from './draw.ts'
import {
  allProbes,
  boundariesOf,
  drawCorner,
  drawProbe,
  reported,
  simulated,
  textOfProbe,
  type Boundaries,
  type Probe,
} from './probes.ts'
import { IPV4_POOL, IPV6_POOL } from './drawn-vpc.ts'

/** One question that was answered in two ways. */
export interface Disagreement {
  readonly probe: Probe
  readonly text: string
}

/** Edges that are off unless asked for, on: the more to compare. (reachability §2.15) */
const OPTIONS: Partial<AnalysisOptions> = { globalAccelerator: true }

/** How many questions were asked, and answered with an open path, before the first that was answered in two ways. */
interface Comparison {
  readonly asked: number
  readonly open: number
  readonly disagreement: Disagreement | null
}

/** Asks the analysis and the simulator `probes` questions about one network. */
export function compare(calls: readonly RecordedCall[], draw: Draw, probes: number, options = OPTIONS): Comparison {
  const world = worldOf(calls)
  const paths = [...analyzeNetwork(parseRecordedNetwork(calls).snapshot, options).paths]
  const boundaries = boundariesOf(world, [...IPV4_POOL, ...IPV6_POOL])
  function* drawn(): Generator<Probe> {
    for (let count = 0; count < probes; count += 1) {
      const probe =
        paths.length > 0 && draw.chance(2) ? drawCorner(draw, draw.pick(paths)) : drawProbe(draw, boundaries)
      if (probe === null) return
      yield probe
    }
  }
  return askBoth(world, paths, boundaries, drawn())
}

/** Asks both every question of the boundaries: each edge, source, protocol, port and interface. */
export function compareAll(calls: readonly RecordedCall[]): Comparison {
  const world = worldOf(calls)
  const paths = [...analyzeNetwork(parseRecordedNetwork(calls).snapshot, OPTIONS).paths]
  const boundaries = boundariesOf(world, [])
  return askBoth(world, paths, boundaries, allProbes(boundaries))
}

function askBoth(
  world: World,
  paths: readonly OpenPath[],
  boundaries: Boundaries,
  probes: Iterable<Probe>,
): Comparison {
  let [asked, open] = [0, 0]
  for (const probe of probes) {
    const [byAnalysis, bySimulator] = [reported(paths, probe, boundaries.ports), simulated(world, boundaries, probe)]
    asked += 1
    if (bySimulator.length > 0) open += 1
    if (byAnalysis.join() === bySimulator.join()) continue
    const text = `${textOfProbe(probe)}: reported [${byAnalysis.join(', ')}], simulated [${bySimulator.join(', ')}]`
    return { asked, open, disagreement: { probe, text } }
  }
  return { asked, open, disagreement: null }
}

/** Whether one question is still answered in two ways. */
export function disagreesOn(calls: readonly RecordedCall[], probe: Probe): boolean {
  const world = worldOf(calls)
  const boundaries = boundariesOf(world, [])
  const paths = [...analyzeNetwork(parseRecordedNetwork(calls).snapshot, OPTIONS).paths]
  return reported(paths, probe, boundaries.ports).join() !== simulated(world, boundaries, probe).join()
}
