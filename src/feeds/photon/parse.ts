import type { Advisory, AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { Version, VersionParseError } from '../../domain/version.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import type { SkipCounter } from '../skip-counter.ts'
import type { PhotonRecord } from './schema.ts'

export const PHOTON_FEED = 'photon'

interface Statement {
  highest: Version | null
  unreadable: VersionParseError | null
  isUnfixed: boolean
  isUnderInvestigation: boolean
}

interface OpenAdvisory {
  score: number | null
  /** By canonical package name. */
  readonly packages: Map<string, Statement>
}

/** Gathers the records of one release into one advisory for each flaw. */
export class PhotonReader {
  private readonly ecosystem: RpmEcosystem
  private readonly namespace: Namespace
  private readonly skips: SkipCounter
  private readonly byCve = new Map<string, OpenAdvisory>()

  constructor(ecosystem: RpmEcosystem, namespace: Namespace, skips: SkipCounter) {
    this.ecosystem = ecosystem
    this.namespace = namespace
    this.skips = skips
  }

  add({ cve, name, score, fixed, status }: PhotonRecord): void {
    if (status === 'not affected') {
      this.skips.add('not-affected', `${name} ${cve}`)
      return
    }
    let open = this.byCve.get(cve)
    if (open === undefined) this.byCve.set(cve, (open = { score: null, packages: new Map() }))
    if (score !== null && score > (open.score ?? -1)) open.score = score
    const key = this.ecosystem.canonicalName(name)
    let said = open.packages.get(key)
    if (said === undefined) {
      said = { highest: null, unreadable: null, isUnfixed: false, isUnderInvestigation: false }
      open.packages.set(key, said)
    }
    if (fixed === null) {
      said.isUnfixed = true
      said.isUnderInvestigation ||= status?.includes('investigation') === true
      return
    }
    const { scheme } = this.ecosystem
    const version = scheme.parse(fixed)
    if (!version.ok) said.unreadable ??= version.error
    // A flaw that is listed at several versions was fixed anew.
    else if (said.highest === null || scheme.compare(version.value, said.highest) > 0) said.highest = version.value
  }

  advisories(): Advisory[] {
    return [...this.byCve].map(([cve, open]) => ({
      id: `PHOTON-${cve}`,
      feed: PHOTON_FEED,
      source: 'PHOTON_CVE',
      sourceUrl: null,
      aliases: [],
      upstream: [cve],
      summary: null,
      details: null,
      severities: open.score === null ? [] : [{ system: 'score' as const, score: open.score }],
      references: [],
      published: null,
      modified: null,
      withdrawn: null,
      affected: [...open.packages].map(([name, said]) => this.affected(name, said)),
    }))
  }

  /** A record without a fix says less than one with it: it counts where there is no other. */
  private affected(name: string, said: Statement): AffectedPackage {
    const scheme = this.ecosystem.scheme.id
    const ranges: (AffectedRange | UnreadableRange)[] = []
    if (said.highest !== null) ranges.push({ scheme, introduced: 'beginning', end: { fixed: said.highest } })
    if (said.unreadable !== null) ranges.push({ unreadable: said.unreadable })
    const isOpen = ranges.length === 0 && said.isUnfixed
    if (isOpen) ranges.push({ scheme, introduced: 'beginning', end: 'no-fix-known' })
    const state = isOpen && said.isUnderInvestigation ? ({ state: 'under-investigation' } as const) : {}
    return { namespace: this.namespace, name, ranges, versions: [], ...state }
  }
}
