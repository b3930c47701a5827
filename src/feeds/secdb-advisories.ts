import type { Advisory, AffectedPackage, AffectedRange, UnreadableRange } from '../domain/advisory.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { Version, VersionParseError } from '../domain/version.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { SkipCounter } from './skip-counter.ts'
import type { SecdbPackage } from './secdb.ts'

/** What the feeds must know about apk packages. */
export type ApkEcosystem = Pick<Ecosystem, 'scheme' | 'canonicalName'>

/** Who stands behind a database, and how its statements are named. */
export interface SecdbPublisher {
  readonly feed: string
  /** `Advisory.source`, e.g. `ALPINE_CVE`. */
  readonly source: string
  /** Stands before the CVE in an advisory's id, as OSV names its restatement: `ALPINE` gives `ALPINE-CVE-2021-3711`. */
  readonly prefix: string
  /** The publisher's page about a CVE; `null` where it has none that goes by CVE. */
  readonly page: ((cve: string) => string) | null
}

interface Fixes {
  highest: Version | null
  unreadable: VersionParseError | null
}

interface OpenAdvisory {
  readonly aliases: Set<string>
  /** By canonical package name. */
  readonly packages: Map<string, Fixes>
}

/** Gathers the fixes of one namespace into one advisory for each flaw. */
export class SecdbReader {
  private readonly publisher: SecdbPublisher
  private readonly ecosystem: ApkEcosystem
  private readonly namespace: Namespace
  private readonly skips: SkipCounter
  private readonly rejections: ReadonlyMap<string, ReadonlySet<string>>
  private readonly byId = new Map<string, OpenAdvisory>()

  /** `rejections`: ids that the publisher does not hold for flaws of a package, by its name. */
  constructor(
    publisher: SecdbPublisher,
    ecosystem: ApkEcosystem,
    namespace: Namespace,
    skips: SkipCounter,
    rejections: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
  ) {
    this.rejections = rejections
    this.publisher = publisher
    this.ecosystem = ecosystem
    this.namespace = namespace
    this.skips = skips
  }

  /** Takes every fix of a package and returns how many statements (list items) it had. */
  add({ name, fixes }: SecdbPackage): number {
    let count = 0
    for (const { version, items } of fixes) {
      // The version `0` stands for "never affected here". (matching-and-feeds §2.5)
      const fixed = version === '0' ? null : this.ecosystem.scheme.parse(version)
      for (const item of items) {
        count++
        const ids = idsIn(item)
        if (ids.cves.length + ids.others.length === 0) this.skips.add('item-without-id', `${name}: ${item}`)
        else if (fixed === null) this.skips.add('not-affected', `${name}: ${item}`)
        else {
          for (const id of ids.cves.length > 0 ? ids.cves : ids.others) {
            if (this.rejections.get(name)?.has(id)) this.skips.add('rejected-by-the-vendor', `${name}: ${id}`)
            else this.addFix(id, ids.others, name, fixed)
          }
        }
      }
    }
    return count
  }

  advisories(): Advisory[] {
    return [...this.byId].map(([id, open]) => this.advisory(id, open))
  }

  /** A flaw listed at several versions was fixed anew: what is below the highest still has some of it. */
  private addFix(
    id: string,
    aliases: readonly string[],
    packageName: string,
    fixed: ReturnType<ApkEcosystem['scheme']['parse']>,
  ): void {
    let open = this.byId.get(id)
    if (open === undefined) this.byId.set(id, (open = { aliases: new Set(), packages: new Map() }))
    for (const alias of aliases) if (alias !== id) open.aliases.add(alias)
    const name = this.ecosystem.canonicalName(packageName)
    let fixes = open.packages.get(name)
    if (fixes === undefined) open.packages.set(name, (fixes = { highest: null, unreadable: null }))
    if (!fixed.ok) fixes.unreadable ??= fixed.error
    else if (fixes.highest === null || this.ecosystem.scheme.compare(fixed.value, fixes.highest) > 0) {
      fixes.highest = fixed.value
    }
  }

  private advisory(id: string, open: OpenAdvisory): Advisory {
    const isCve = id.startsWith('CVE-')
    const { feed, source, prefix, page } = this.publisher
    return {
      // Other ids are those of whoever found the flaw.
      id: isCve ? `${prefix}-${id}` : id,
      feed,
      source,
      sourceUrl: isCve && page !== null ? page(id) : null,
      aliases: [...open.aliases],
      upstream: isCve ? [id] : [],
      summary: null,
      details: null,
      severities: [],
      references: [],
      published: null,
      modified: null,
      withdrawn: null,
      affected: [...open.packages].map(([name, fixes]) => this.affected(name, fixes)),
    }
  }

  private affected(name: string, { highest, unreadable }: Fixes): AffectedPackage {
    const ranges: (AffectedRange | UnreadableRange)[] = []
    if (highest !== null) {
      ranges.push({ scheme: this.ecosystem.scheme.id, introduced: 'beginning', end: { fixed: highest } })
    }
    if (unreadable !== null) ranges.push({ unreadable })
    return { namespace: this.namespace, name, ranges, versions: [] }
  }
}

/**
 * The ids in one list item. Most are one CVE; some are several ids of one flaw (`CVE-2017-2615 XSA-208`), a CVE with
 * remarks (`CVE-2021-1234 (BGP)`, `CVE_2019-2426`, `… # not yet public`), or an id of somebody else. (observed)
 */
export function idsIn(item: string): { readonly cves: readonly string[]; readonly others: readonly string[] } {
  const [said = ''] = item.split('#', 1)
  const cves = new Set<string>()
  const others = new Set<string>()
  for (const [, year = '', number = ''] of said.matchAll(/CVE[-_ ](\d{4})-(\d{4,12})/g))
    cves.add(`CVE-${year}-${number}`)
  for (const word of said.split(/[\s,/()]+/)) {
    const isId =
      /^[A-Z][A-Z0-9]{1,15}(?:-[A-Za-z0-9]{1,16}){1,6}$/.test(word) ||
      /^(?:[A-Z]{2,10}\d{4,10}|wnpa-sec-\d{4}-\d{2})$/.test(word)
    if (isId && /\d/.test(word) && !word.startsWith('CVE')) others.add(word)
  }
  return { cves: [...cves], others: [...others] }
}
