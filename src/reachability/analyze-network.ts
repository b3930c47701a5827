import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { AnalysisOptions } from './analysis-options.ts'
import type { NetworkAnalysis } from './analysis.ts'
import { NetworkAnalyzer } from './incremental.ts'

/** All paths from beyond VPCs to the instances of a snapshot, with what could not be decided. */
export function analyzeNetwork(snapshot: NetworkSnapshot, options: Partial<AnalysisOptions> = {}): NetworkAnalysis {
  return new NetworkAnalyzer(snapshot, options).analysis
}
