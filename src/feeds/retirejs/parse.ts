import type { Advisory, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import { idsOfOneFlaw } from '../one-flaw.ts'
import type { SkipCounter } from '../skip-counter.ts'
import type { RetireLibrary, RetireVulnerability } from './schema.ts'

export const RETIREJS_FEED = 'retirejs'

/** What the feed must know about npm packages. */
export type NpmEcosystem = Pick<Ecosystem, 'scheme' | 'canonicalName'>

const NPM = namespace('npm')

/** A word on a library that is no longer kept, which is no vulnerability. (CWE-1104, unmaintained third party components) */
const UNMAINTAINED = 'CWE-1104'

interface OpenAdvisory {
  readonly name: string
  readonly first: RetireVulnerability
  readonly ids: Set<string>
  readonly links: Set<string>
  /** By their spelling: libraries that are one package say the same. */
  readonly ranges: Map<string, AffectedRange | UnreadableRange>
}

/** Gathers the statements of all libraries into one advisory for each flaw of a package. */
export class RetireReader {
  private readonly ecosystem: NpmEcosystem
  private readonly skips: SkipCounter
  private readonly byId = new Map<string, OpenAdvisory>()

  constructor(ecosystem: NpmEcosystem, skips: SkipCounter) {
    this.ecosystem = ecosystem
    this.skips = skips
  }

  /** Takes the statements of a library and returns how many it had. */
  add({ key, npmName, vulnerabilities, badCount }: RetireLibrary): number {
    for (let bad = 0; bad < badCount; bad++) this.skips.add('malformed-vulnerability', key)
    for (const vulnerability of vulnerabilities) {
      const { cves, ghsa, cwes } = vulnerability
      if (npmName === null) this.skips.add('no-npm-package', key)
      else if (cves.length === 0 && ghsa === null && cwes.includes(UNMAINTAINED)) this.skips.add('unmaintained', key)
      else this.addStatement(this.ecosystem.canonicalName(npmName), vulnerability)
    }
    return vulnerabilities.length + badCount
  }

  advisories(): Advisory[] {
    return [...this.byId].map(([id, { name, first, ids, links, ranges }]) => ({
      id,
      feed: RETIREJS_FEED,
      source: 'RETIREJS',
      sourceUrl: null,
      aliases: [...ids],
      upstream: [],
      summary: first.summary,
      details: null,
      severities: first.severity === null ? [] : [{ system: 'word' as const, word: first.severity }],
      references: [...links],
      published: null,
      modified: null,
      withdrawn: null,
      affected: [{ namespace: NPM, name, ranges: [...ranges.values()], versions: [] }],
    }))
  }

  private addStatement(name: string, vulnerability: RetireVulnerability): void {
    const { cves, ghsa, ownId, links, below, atOrAbove } = vulnerability
    const ids = idsOfOneFlaw([...cves, ...(ghsa === null ? [] : [ghsa])], links)
    // The source gives no ids of its own that it shows: these are local, as mirrors make them.
    const id = `RETIREJS-${name}-${ghsa ?? cves[0] ?? ownId ?? `below-${below}`}`
    let open = this.byId.get(id)
    if (open === undefined) {
      open = { name, first: vulnerability, ids: new Set(), links: new Set(), ranges: new Map() }
      this.byId.set(id, open)
    }
    for (const alias of ids) open.ids.add(alias)
    for (const link of links) open.links.add(link)
    open.ranges.set(`${atOrAbove ?? ''} ${below}`, this.rangeOf(atOrAbove, below))
  }

  private rangeOf(atOrAbove: string | null, below: string): AffectedRange | UnreadableRange {
    const { scheme } = this.ecosystem
    const end = scheme.parse(below)
    if (!end.ok) return { unreadable: end.error }
    const introduced = atOrAbove === null ? null : scheme.parse(atOrAbove)
    if (introduced !== null && !introduced.ok) return { unreadable: introduced.error }
    return {
      scheme: scheme.id,
      introduced: introduced === null ? 'beginning' : introduced.value,
      // `1.999.999` is how the source writes "all of 1": nobody can install it as a fix.
      end: /\.999(?:\.|$)/.test(below) ? { lastAffected: end.value } : { fixed: end.value },
    }
  }
}
