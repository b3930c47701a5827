import type { Instant } from '../base/clock.ts'
import type { VulnerabilityId } from './ids.ts'

/** How likely a flaw is to be exploited in the next thirty days. (FIRST EPSS, `epss_scores-*.csv`) */
export interface Epss {
  /** Probability, 0 to 1. */
  readonly score: number
  /** Share of all scored flaws with the same or a lower score, 0 to 1. */
  readonly percentile: number
  /** The day that the model was run for. */
  readonly date: Instant
}

/** A flaw that CISA knows to be exploited. (Known Exploited Vulnerabilities catalog) */
export interface KnownExploited {
  readonly dateAdded: Instant
  /** By when United States federal agencies must have acted; `null` when the catalog gives no day. */
  readonly dateDue: Instant | null
  /** What they must do. */
  readonly action: string | null
  /** Whether ransomware campaigns are known to use it; `false` means not known. */
  readonly isUsedByRansomware: boolean
}

/** What CISA knows of exploitation: a public proof of concept, or active use. (SSVC `Exploitation`; `none` is no signal) */
export type ExploitationLevel = 'poc' | 'active'

/** Whether a public exploit is known. Says nothing about a particular environment. (inspector-behaviour §1.6) */
export interface Exploit {
  readonly isAvailable: boolean
  /** The last day on which exploitation was reported, as far as the sources give one. */
  readonly lastKnownAt: Instant | null
}

/** Catalogs of exploits that anybody can get. */
export type ExploitCatalog = 'exploit-db' | 'metasploit'

/** What one catalog has for one flaw. (matching-and-feeds §1.3) */
export interface PublishedExploit {
  readonly catalog: ExploitCatalog
  /** The newest entry in the catalog's own words: `EDB-50592`, `exploit/multi/http/log4shell_header_injection`. */
  readonly name: string
  /** When the newest was published, or last changed where the catalog maintains them; `null` when it does not say. */
  readonly reportedAt: Instant | null
  readonly count: number
}

/** What is known about one flaw beside what it is and whom it affects. */
export interface VulnerabilitySignals {
  /** `null`: no score is known. */
  readonly epss: Epss | null
  /** `null`: not in the catalog, or the catalog was never fetched. */
  readonly kev: KnownExploited | null
  /** `null`: no source that would know has been asked. */
  readonly exploit: Exploit | null
  /** What catalogs of exploits have for it, one entry each, in the order of their names. */
  readonly publishedExploits: readonly PublishedExploit[]
  /** Somebody contests that it is a flaw. It stays a finding. (matching-and-feeds §2.10) */
  readonly isDisputed: boolean
  /** The product was out of support when the id was given: no fix is to be expected. */
  readonly isUnsupported: boolean
}

/** What one source says about one CVE beside what it is and whom it affects. */
export type Signal =
  | { readonly is: 'known-exploited'; readonly vulnerabilityId: VulnerabilityId; readonly entry: KnownExploited }
  | { readonly is: 'exploitation'; readonly vulnerabilityId: VulnerabilityId; readonly level: ExploitationLevel }
  | { readonly is: 'exploit-published'; readonly vulnerabilityId: VulnerabilityId; readonly exploit: PublishedExploit }
  /** Tag `disputed` of a CVE record. */
  | { readonly is: 'disputed'; readonly vulnerabilityId: VulnerabilityId }
  /** Tag `unsupported-when-assigned` of a CVE record. */
  | { readonly is: 'unsupported'; readonly vulnerabilityId: VulnerabilityId }

/**
 * EPSS scores of one day, column by column because there are hundreds of thousands. Numbers are in units of
 * 1 / `EPSS_UNITS`, the five decimals that FIRST publishes.
 */
export interface EpssTable {
  readonly date: Instant
  /** Sorted, each once. */
  readonly ids: readonly VulnerabilityId[]
  readonly scores: Uint32Array
  readonly percentiles: Uint32Array
}

export const EPSS_UNITS = 100_000

export const NO_SIGNALS: VulnerabilitySignals = {
  epss: null,
  kev: null,
  exploit: null,
  publishedExploits: [],
  isDisputed: false,
  isUnsupported: false,
}
