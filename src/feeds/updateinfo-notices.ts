import { parseInstant } from '../base/clock.ts'
import type { Instant } from '../base/clock.ts'
import type { Advisory, AffectedPackage } from '../domain/advisory.ts'
import type { Namespace } from '../domain/namespace.ts'
import { affectedByFixes, moduleInTitle } from './rpm-fixes.ts'
import type { RpmEcosystem, RpmFix } from './rpm-fixes.ts'
import type { SkipCounter } from './skip-counter.ts'
import type { RpmUpdate } from './updateinfo.ts'

const REFERENCES = 200

/** Who publishes the notices. */
export interface NoticePublisher {
  readonly feed: string
  /** `Advisory.source`, e.g. `AMAZON_CVE`. */
  readonly source: string
  /** The publisher's page of a notice; `null` where there is none that goes by id. */
  readonly page: ((id: string) => string) | null
}

/** Whose packages a repository holds. */
export interface RepositoryHome {
  readonly namespace: Namespace
  /** The channel that builds them; `null` for the distribution's own. */
  readonly channel: string | null
}

interface OpenNotice {
  readonly update: RpmUpdate
  readonly home: RepositoryHome
  readonly fixes: RpmFix[]
}

/**
 * Gathers the notices of a release's repositories. One notice stands in the index of each architecture, and of each
 * repository that has some of its packages; all say the same of it but for the packages, which are put together.
 */
export class NoticeReader {
  private readonly publisher: NoticePublisher
  private readonly ecosystem: RpmEcosystem
  private readonly skips: SkipCounter
  private readonly byId = new Map<string, OpenNotice>()

  constructor(publisher: NoticePublisher, ecosystem: RpmEcosystem, skips: SkipCounter) {
    this.publisher = publisher
    this.ecosystem = ecosystem
    this.skips = skips
  }

  /** Notices so far, whatever the number of architectures that have them. */
  get noticeCount(): number {
    return this.byId.size
  }

  add(update: RpmUpdate, home: RepositoryHome): void {
    let open = this.byId.get(update.id)
    if (open === undefined) this.byId.set(update.id, (open = { update, home, fixes: [] }))
    // Every repository with a channel of its own has ids of its own.
    if (open.home.namespace !== home.namespace || open.home.channel !== home.channel) {
      this.skips.add('id-of-two-repositories', update.id)
      return
    }
    const confirmed = moduleInTitle(update.title)
    for (const { name, version, arch, module } of update.packages) {
      open.fixes.push({ name, version, arch, channel: home.channel, module: confirmed(module) })
    }
  }

  advisories(): Advisory[] {
    const advisories: Advisory[] = []
    for (const { update, home, fixes } of this.byId.values()) {
      const affected = affectedByFixes(this.ecosystem, home.namespace, fixes)
      if (update.cves.length === 0 && update.type !== 'security') this.skips.add('not-about-security', update.id)
      else if (affected.length === 0) this.skips.add('no-packages', update.id)
      else advisories.push(this.advisory(update, affected))
    }
    return advisories
  }

  private advisory(update: RpmUpdate, affected: readonly AffectedPackage[]): Advisory {
    const { feed, source, page } = this.publisher
    return {
      id: update.id,
      feed,
      source,
      // Ids that could break out of a path are shown without a link.
      sourceUrl: page !== null && /^[\w.:-]+$/.test(update.id) ? page(update.id) : null,
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
}

/** `2018-01-11 21:05`, in UTC; newer indexes write RFC 3339. (observed) */
export function timeOf(text: string | null): Instant | null {
  if (text === null) return null
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}(?::\d{2})?))?$/.exec(text) ?? []
  return parseInstant(day === undefined ? text : `${day}T${time ?? '00:00'}Z`)
}

/** The newest `modified` of all, which a feed's part answers with. */
export function newestOf(advisories: readonly Advisory[]): Instant | null {
  let newest: Instant | null = null
  for (const { modified } of advisories) if (modified !== null && modified > (newest ?? 0)) newest = modified
  return newest
}
