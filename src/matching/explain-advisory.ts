import type { AffectedPackage, AffectedRange, UnreadableRange, VendorState } from '../domain/advisory.ts'
import type { VulnerabilityId } from '../domain/ids.ts'
import type { Verdict } from '../domain/match.ts'
import type { VersionScheme } from '../domain/version.ts'
import type { CatalogueRecord } from './advisory-catalogue.ts'
import type { AdvisoryEntry } from './advisory-index.ts'
import { describeCause, describeRange } from './describe-range.ts'
import { evaluateRanges, offeredFixOf, type Subject } from './evaluate-ranges.ts'
import { verdictOf } from './judge-subject.ts'

/** Ranges of one entry that are told one by one; those that hold the version come first. */
const RANGES_SHOWN = 50

/** One range of an advisory held against the version. */
export interface RangeExplanation {
  /** As in evidence, e.g. `>= 1.0 and < 1.2 (semver)`. */
  readonly range: string
  readonly outcome: Verdict['is']
  /** Each comparison that was made, e.g. `1.1 > 1.0 (introduced)`; why there was none, when the outcome is undetermined. */
  readonly comparisons: readonly string[]
}

/** What one advisory says of the version, and how that was found. */
export interface AdvisoryExplanation {
  readonly advisoryId: string
  readonly feed: string
  readonly part: string
  /** Content name of the feed's part: equal content, equal name. */
  readonly contentVersion: string
  readonly vulnerabilityIds: readonly VulnerabilityId[]
  /** How the advisory came to go by these ids. */
  readonly idsBecause: string
  readonly aliases: readonly string[]
  readonly verdict: Verdict['is']
  /** Which range, which listed version, or why nothing can be told. */
  readonly because: string
  readonly ranges: readonly RangeExplanation[]
  /** Ranges that are not told one by one. */
  readonly omittedRanges: number
  readonly listedVersions: number
  readonly fixedVersion: string | null
  readonly state: VendorState | null
  readonly channel: string | null
  readonly isUnreviewed: boolean
  /** Systems other than Linux that it is about, which is what makes it not count; `null` for all. */
  readonly otherSystems: readonly string[] | null
}

/** Holds the version against one entry as matching does, and against each range by itself to say which did what. */
export function explainAdvisory(
  record: CatalogueRecord,
  entry: AdvisoryEntry,
  subject: Subject,
  scheme: VersionScheme,
): AdvisoryExplanation {
  const { affected } = entry
  const verdict = verdictOf(subject, affected, scheme)
  const ranges = affected.ranges
    .map(range =>
      explainRange(
        range,
        evaluateRanges(subject, { ...affected, ranges: [range], versions: [] }, scheme),
        subject,
        scheme,
      ),
    )
    .sort((a, b) => OUTCOME_ORDER[a.outcome] - OUTCOME_ORDER[b.outcome])
  return {
    advisoryId: entry.advisoryId,
    feed: entry.feed,
    part: record.part,
    contentVersion: record.contentVersion,
    vulnerabilityIds: entry.vulnerabilityIds,
    idsBecause: whyTheseIds(record),
    aliases: record.advisory.aliases,
    verdict: verdict.is,
    because: whyEntry(verdict, affected),
    ranges: ranges.slice(0, RANGES_SHOWN),
    omittedRanges: Math.max(0, ranges.length - RANGES_SHOWN),
    listedVersions: affected.versions.length,
    fixedVersion: verdict.is === 'affected' ? (offeredFixOf(verdict.by, affected.state)?.text ?? null) : null,
    state: affected.state ?? null,
    channel: affected.channel ?? null,
    isUnreviewed: affected.isUnreviewed === true,
    otherSystems: affected.operatingSystems ?? null,
  }
}

const OUTCOME_ORDER: Readonly<Record<Verdict['is'], number>> = { affected: 0, undetermined: 1, 'not-affected': 2 }

function explainRange(
  range: AffectedRange | UnreadableRange,
  verdict: Verdict,
  subject: Subject,
  scheme: VersionScheme,
): RangeExplanation {
  const words = 'unreadable' in range ? `"${range.unreadable.text}" (unreadable)` : describeRange(range)
  if (verdict.is === 'undetermined') return { range: words, outcome: verdict.is, comparisons: [whyUnreadable(verdict)] }
  if ('unreadable' in range || !subject.version.ok) return { range: words, outcome: verdict.is, comparisons: [] }
  const version = subject.version.value
  const against = (bound: typeof version, what: string): string => {
    const order = scheme.compare(version, bound)
    return `${version.text} ${order < 0 ? '<' : order > 0 ? '>' : '='} ${bound.text} (${what})`
  }
  const comparisons: string[] = []
  if (range.introduced !== 'beginning') comparisons.push(against(range.introduced, 'introduced'))
  if (range.end !== 'no-fix-known') {
    comparisons.push(
      'fixed' in range.end ? against(range.end.fixed, 'fixed') : against(range.end.lastAffected, 'last affected'),
    )
  }
  return { range: words, outcome: verdict.is, comparisons }
}

function whyEntry(verdict: Verdict, affected: AffectedPackage): string {
  const { state, channel, ranges, versions, operatingSystems } = affected
  if (operatingSystems !== undefined) return `it is about ${operatingSystems.join(', ')}, not about Linux`
  if (verdict.is === 'not-affected' && state === 'not-affected') {
    return 'the vendor has found that its builds do not have the flaw'
  }
  const why = whyVerdict(verdict, ranges.length, versions.length)
  if (verdict.is !== 'affected' || state !== 'fixed-for-subscribers') return why
  return `${why}; the fix is for subscribers of ${channel ?? 'another channel'}, which this system does not take builds from`
}

function whyVerdict(verdict: Verdict, rangeCount: number, listedCount: number): string {
  switch (verdict.is) {
    case 'affected':
      return `in ${describeCause(verdict.by)}`
    case 'undetermined':
      return whyUnreadable(verdict)
    case 'not-affected': {
      const parts = [
        ...(rangeCount === 0 ? [] : [`outside ${rangeCount === 1 ? 'its range' : `all ${rangeCount} ranges`}`]),
        ...(listedCount === 0 ? [] : [`not among ${listedCount} listed versions`]),
      ]
      return parts.join(' and ')
    }
  }
}

function whyUnreadable({ because }: Extract<Verdict, { is: 'undetermined' }>): string {
  if (because.is === 'under-investigation') return 'the vendor is still looking into it'
  const what = because.text === '' ? '' : `${because.scheme} cannot read "${because.text}": `
  return `${what}${because.reason}`
}

/** A distribution's restatement of a CVE carries its id whole, e.g. `DEBIAN-CVE-2021-3156`. */
function whyTheseIds({ advisory, about, standing }: CatalogueRecord): string {
  if (advisory.withdrawn !== null) return 'it is withdrawn, and about nothing any more'
  const rejected = about.filter(id => !standing.includes(id))
  if (rejected.length > 0) {
    const left = standing.length === 0 ? 'nothing is left' : `what is left is ${standing.join(', ')}`
    return `${rejected.join(', ')} is rejected by the records of the CVE itself; ${left}`
  }
  const via = (among: readonly string[]): boolean => about.every(id => among.some(other => endsIn(other, id)))
  if (via([advisory.id])) return advisory.id === about[0] ? 'it is its own id' : 'its own id restates it'
  if (via(advisory.aliases)) return 'named among its aliases'
  if (via([...advisory.aliases, ...advisory.upstream])) return 'named among the flaws it is about (upstream)'
  return 'it names no CVE; another record that shares an alias with it does, or gives the common name'
}

function endsIn(id: string, flaw: VulnerabilityId): boolean {
  return id === flaw || id.endsWith(`-${flaw}`)
}
