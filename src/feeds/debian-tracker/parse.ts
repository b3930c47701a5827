import type { Advisory, AffectedPackage, AffectedRange, UnreadableRange, VendorState } from '../../domain/advisory.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { Version, VersionScheme } from '../../domain/version.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import type { SkipCounter } from '../skip-counter.ts'
import type { Notice } from './notice-list.ts'
import type { TrackerIssue, TrackerRelease } from './schema.ts'

export const DEBIAN_TRACKER_FEED = 'debian-tracker'
const SOURCE = 'DEBIAN_CVE'
const PAGE = 'https://security-tracker.debian.org/tracker'

/** What the feed must know about Debian packages. */
export type DebianEcosystem = Pick<Ecosystem, 'scheme' | 'namespaceOf' | 'canonicalName'>

interface OpenAdvisory {
  details: string | null
  readonly words: Set<string>
  /** Namespaces and names in `affected`. */
  readonly entries: Set<string>
  readonly affected: AffectedPackage[]
}

/** Notices that name one flaw; the most that one has is some ten. (observed) The bound keeps a list from costing its square. */
const NOTICES_OF_FLAW = 200

/** Gathers what the tracker says package by package into one advisory for each flaw. */
export class TrackerReader {
  private readonly ecosystem: DebianEcosystem
  private readonly skips: SkipCounter
  private readonly namespaces = new Map<string, Namespace | null>()
  private readonly byId = new Map<string, OpenAdvisory>()
  /** Of the notices that name a flaw: their fixed versions by package and codename, shared by all flaws of one notice. */
  private readonly fixesOfFlaw = new Map<string, ReadonlyMap<string, Version>[]>()
  private readonly notices: readonly Notice[]

  constructor(ecosystem: DebianEcosystem, notices: readonly Notice[], skips: SkipCounter) {
    this.ecosystem = ecosystem
    this.skips = skips
    this.notices = notices
    for (const notice of notices) this.takeFixes(notice)
  }

  add(sourcePackage: string, issue: TrackerIssue): void {
    const upstreamFix = this.fixInUnstable(issue)
    for (const release of issue.releases) {
      const namespace = this.namespaceOf(release.codename)
      const where = `${sourcePackage} ${issue.id} ${release.codename}`
      if (namespace === null) {
        this.skips.add('release-without-number', where)
        continue
      }
      const noticed = this.fixByNotice(issue.id, sourcePackage, release.codename)
      const said = statementOf(release, noticed ?? this.fixThatReached(release, upstreamFix), this.ecosystem.scheme)
      if (typeof said === 'string') {
        this.skips.add(said, where)
        continue
      }
      const open = this.openAdvisory(issue)
      const name = this.ecosystem.canonicalName(sourcePackage)
      // A package or release that stands twice in the file says only once what it says.
      const entry = `${namespace} ${name}`
      if (open.entries.has(entry)) {
        this.skips.add('duplicate-entry', where)
        continue
      }
      open.entries.add(entry)
      if (release.urgency !== null) open.words.add(release.urgency.replace(/\*+$/, ''))
      open.affected.push({
        namespace,
        name,
        ranges: [said.range],
        versions: [],
        ...(said.state && { state: said.state }),
      })
    }
  }

  /** One advisory for each flaw, then one for each notice: those say nothing about packages, only when and by which id. */
  advisories(): Advisory[] {
    const advisories: Advisory[] = []
    for (const [id, open] of this.byId) advisories.push(issueAdvisory(id, open))
    const seen = new Set<string>()
    for (const notice of this.notices) {
      if (notice.cves.length === 0) this.skips.add('notice-without-cve', notice.id)
      else if (seen.has(notice.id)) this.skips.add('duplicate-id', notice.id)
      else advisories.push(noticeAdvisory(notice))
      seen.add(notice.id)
    }
    return advisories
  }

  private openAdvisory(issue: TrackerIssue): OpenAdvisory {
    let open = this.byId.get(issue.id)
    if (open === undefined)
      this.byId.set(issue.id, (open = { details: null, words: new Set(), entries: new Set(), affected: [] }))
    open.details ??= issue.description
    return open
  }

  private namespaceOf(codename: string): Namespace | null {
    let known = this.namespaces.get(codename)
    if (known === undefined) {
      known = this.ecosystem.namespaceOf({ id: 'debian', versionId: null, codename, prettyName: null })
      if (this.namespaces.size < 1_000) this.namespaces.set(codename, known)
    }
    return known
  }

  private takeFixes(notice: Notice): void {
    const fixes = new Map<string, Version>()
    for (const { codename, sourcePackage, version } of notice.fixes) {
      const parsed = this.ecosystem.scheme.parse(version)
      const key = fixKey(sourcePackage, codename)
      if (parsed.ok) fixes.set(key, this.higher(fixes.get(key) ?? null, parsed.value))
      else this.skips.add('notice-version-unreadable', `${notice.id} ${version}`)
    }
    if (fixes.size === 0) return
    for (const cve of new Set(notice.cves)) {
      const known = this.fixesOfFlaw.get(cve)
      if (known === undefined) this.fixesOfFlaw.set(cve, [fixes])
      else if (known.length < NOTICES_OF_FLAW) known.push(fixes)
      else this.skips.add('too-many-notices', `${notice.id} ${cve}`)
    }
  }

  /** Notices of one flaw may follow each other: the later lists the flaw again because the first fix was incomplete. */
  private fixByNotice(cve: string, sourcePackage: string, codename: string): Version | null {
    const key = fixKey(sourcePackage, codename)
    let highest: Version | null = null
    for (const fixes of this.fixesOfFlaw.get(cve) ?? []) {
      const fix = fixes.get(key)
      if (fix !== undefined) highest = this.higher(highest, fix)
    }
    return highest
  }

  private higher(known: Version | null, version: Version): Version {
    return known === null || this.ecosystem.scheme.compare(version, known) > 0 ? version : known
  }

  private fixInUnstable(issue: TrackerIssue): Version | null {
    const sid = issue.releases.find(release => release.codename === 'sid')
    if (sid?.status !== 'resolved' || sid.fixedVersion === null || sid.fixedVersion === '0') return null
    const parsed = this.ecosystem.scheme.parse(sid.fixedVersion)
    return parsed.ok ? parsed.value : null
  }

  /** The fix of unstable, when an archive of the release holds that version or a later one. */
  private fixThatReached(release: TrackerRelease, fix: Version | null): Version | null {
    if (fix === null) return null
    const { scheme } = this.ecosystem
    const hasIt = release.archiveVersions.some(text => {
      const version = scheme.parse(text)
      return version.ok && scheme.compare(version.value, fix) >= 0
    })
    return hasIt ? fix : null
  }
}

interface Statement {
  readonly range: AffectedRange | UnreadableRange
  readonly state: VendorState | null
}

/**
 * What one release's entry says; a reason when it says that there is nothing to find. `knownFix` is a fix from elsewhere:
 * a note that there is none can be stale, and the fixed version wins. (matching-and-feeds §2.3)
 */
function statementOf(
  release: TrackerRelease,
  knownFix: Version | null,
  scheme: VersionScheme,
): Statement | 'not-affected' | 'undetermined' {
  const unimportant = release.urgency === 'unimportant' ? 'unimportant' : null
  switch (release.status) {
    case 'resolved':
      if (release.fixedVersion === '0') return 'not-affected'
      return { range: fixedAt(release.fixedVersion, scheme), state: unimportant }
    case 'open': {
      const end = knownFix === null ? 'no-fix-known' : { fixed: knownFix }
      const state = knownFix === null ? (unimportant ?? stateOfOpen(release)) : unimportant
      return { range: { scheme: scheme.id, introduced: 'beginning', end }, state }
    }
    case 'undetermined':
      if (knownFix === null) return 'undetermined'
      return { range: { scheme: scheme.id, introduced: 'beginning', end: { fixed: knownFix } }, state: unimportant }
    default:
      return { range: unreadable(scheme, release.status, 'the status is none that we know'), state: null }
  }
}

function stateOfOpen({ urgency, noNotice }: TrackerRelease): VendorState | null {
  if (urgency === 'end-of-life') return 'end-of-life'
  if (noNotice === null) return null
  return noNotice === 'ignored' ? 'will-not-fix' : 'deferred'
}

function fixedAt(text: string | null, scheme: VersionScheme): AffectedRange | UnreadableRange {
  if (text === null) return unreadable(scheme, '', 'resolved, but in no version')
  const version = scheme.parse(text)
  if (!version.ok) return { unreadable: version.error }
  return { scheme: scheme.id, introduced: 'beginning', end: { fixed: version.value } }
}

function unreadable(scheme: VersionScheme, text: string, reason: string): UnreadableRange {
  return { unreadable: { is: 'unreadable-version', scheme: scheme.id, text, reason } }
}

/** Urgencies by weight; the heaviest of a flaw's packages is its word. Others (`end-of-life`) rate nothing. */
const URGENCIES = ['high', 'medium', 'low', 'unimportant', 'not yet assigned']

function issueAdvisory(id: string, { details, words, affected }: OpenAdvisory): Advisory {
  const word = URGENCIES.find(one => words.has(one))
  return {
    // As OSV names its restatement of the same entry; an id without a CVE is the tracker's own.
    id: id.startsWith('CVE-') ? `DEBIAN-${id}` : id,
    feed: DEBIAN_TRACKER_FEED,
    source: SOURCE,
    sourceUrl: `${PAGE}/${id}`,
    aliases: [],
    upstream: id.startsWith('CVE-') ? [id] : [],
    summary: null,
    details,
    severities: word === undefined ? [] : [{ system: 'word', word }],
    references: [],
    published: null,
    modified: null,
    withdrawn: null,
    affected,
  }
}

function noticeAdvisory({ id, title, published, cves }: Notice): Advisory {
  return {
    id,
    feed: DEBIAN_TRACKER_FEED,
    source: SOURCE,
    sourceUrl: `${PAGE}/${id}`,
    aliases: [],
    upstream: [...new Set(cves)],
    summary: title,
    details: null,
    severities: [],
    references: [`${PAGE}/${id}`],
    published,
    modified: published,
    withdrawn: null,
    affected: [],
  }
}

function fixKey(sourcePackage: string, codename: string): string {
  return `${sourcePackage} ${codename}`
}
