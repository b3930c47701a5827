import type { Advisory, AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import { parseInstant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { Version, VersionParseError } from '../../domain/version.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import type { SkipCounter } from '../skip-counter.ts'
import type { RpmUpdate } from '../updateinfo.ts'

export const AMAZON_LINUX_FEED = 'amazon-linux'

/** What the feed must know about rpm packages. */
export type RpmEcosystem = Pick<Ecosystem, 'scheme' | 'canonicalName'>

const REFERENCES = 200

interface Fixes {
  highest: Version | null
  unreadable: VersionParseError | null
}

/** Whose packages a repository holds. */
export interface RepositoryHome {
  readonly namespace: Namespace
  /** The extra that builds them; `null` for the distribution's own. */
  readonly channel: string | null
}

interface OpenNotice {
  readonly update: RpmUpdate
  readonly home: RepositoryHome
  /** By canonical name. */
  readonly packages: Map<string, Fixes>
}

/**
 * Gathers the notices of the architectures of a release. One notice stands in the index of each architecture with its
 * packages; all say the same of it but for the packages, which are put together.
 */
export class NoticeReader {
  private readonly ecosystem: RpmEcosystem
  private readonly skips: SkipCounter
  private readonly byId = new Map<string, OpenNotice>()

  constructor(ecosystem: RpmEcosystem, skips: SkipCounter) {
    this.ecosystem = ecosystem
    this.skips = skips
  }

  /** Notices so far, whatever the number of architectures that have them. */
  get noticeCount(): number {
    return this.byId.size
  }

  add(update: RpmUpdate, home: RepositoryHome): void {
    let open = this.byId.get(update.id)
    if (open === undefined) this.byId.set(update.id, (open = { update, home, packages: new Map() }))
    // Every repository has ids of its own.
    if (open.home.namespace !== home.namespace || open.home.channel !== home.channel) {
      this.skips.add('id-of-two-repositories', update.id)
      return
    }
    for (const { name, version, arch } of update.packages) {
      // Sources are not installed.
      if (arch !== 'src') this.addFix(open.packages, this.ecosystem.canonicalName(name), version)
    }
  }

  advisories(): Advisory[] {
    const advisories: Advisory[] = []
    for (const { update, home, packages } of this.byId.values()) {
      const affected = [...packages].map(([name, fixes]) => this.affected(home, name, fixes))
      if (update.cves.length === 0 && update.type !== 'security') this.skips.add('not-about-security', update.id)
      else if (affected.length === 0) this.skips.add('no-packages', update.id)
      else advisories.push(advisoryOf(update, affected))
    }
    return advisories
  }

  /** Architectures that were fixed in different builds: below the highest at least one of them is affected. */
  private addFix(names: Map<string, Fixes>, name: string, text: string): void {
    let fixes = names.get(name)
    if (fixes === undefined) names.set(name, (fixes = { highest: null, unreadable: null }))
    const version = this.ecosystem.scheme.parse(text)
    if (!version.ok) fixes.unreadable ??= version.error
    else if (fixes.highest === null || this.ecosystem.scheme.compare(version.value, fixes.highest) > 0) {
      fixes.highest = version.value
    }
  }

  private affected({ namespace, channel }: RepositoryHome, name: string, fixes: Fixes): AffectedPackage {
    const { highest, unreadable } = fixes
    const ranges: (AffectedRange | UnreadableRange)[] = []
    if (highest !== null) {
      ranges.push({ scheme: this.ecosystem.scheme.id, introduced: 'beginning', end: { fixed: highest } })
    }
    if (unreadable !== null) ranges.push({ unreadable })
    return { namespace, name, ranges, versions: [], ...(channel !== null && { channel }) }
  }
}

function advisoryOf(update: RpmUpdate, affected: readonly AffectedPackage[]): Advisory {
  return {
    id: update.id,
    feed: AMAZON_LINUX_FEED,
    // By the example of `DEBIAN_CVE` and `REDHAT_CVE`; Amazon's own literal is not published. (inferred)
    source: 'AMAZON_CVE',
    sourceUrl: null,
    aliases: [],
    upstream: update.cves,
    summary: update.title,
    details: update.description,
    severities: update.severity === null ? [] : [{ system: 'word', word: update.severity }],
    references: update.links.slice(0, REFERENCES),
    published: timeOf(update.issued),
    modified: timeOf(update.updated),
    withdrawn: null,
    affected,
  }
}

/** `2018-01-11 21:05`, in UTC; newer indexes write RFC 3339. (observed) */
export function timeOf(text: string | null): Instant | null {
  if (text === null) return null
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}(?::\d{2})?))?$/.exec(text) ?? []
  return parseInstant(day === undefined ? text : `${day}T${time ?? '00:00'}Z`)
}
