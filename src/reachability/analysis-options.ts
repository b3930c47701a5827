import type { PortRange } from '../domain/network/packet-filters.ts'

/** What the analysis is asked to take for granted, or to report beside what Amazon Inspector does. */
export interface AnalysisOptions {
  /** From which a client may send: a connection needs one of them that works. (reachability §2.1) */
  readonly clientPorts: PortRange
  /** Whether appliances behind Gateway Load Balancers and routing instances let traffic pass. (reachability §2.13) */
  readonly treatAppliancesAs: 'pass' | 'block' | 'unknown'
  /** Whether to report what comes in over accelerators, which Amazon Inspector leaves out. (reachability §2.15) */
  readonly globalAccelerator: boolean
}

export const DEFAULT_OPTIONS: AnalysisOptions = {
  clientPorts: { begin: 1024, end: 65_535 },
  treatAppliancesAs: 'pass',
  globalAccelerator: false,
}
