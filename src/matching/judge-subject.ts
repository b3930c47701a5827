import type { AffectedPackage } from '../domain/advisory.ts'
import type { VulnerabilityId } from '../domain/ids.ts'
import type { Package } from '../domain/inventory.ts'
import type { MatchEvidence, Verdict } from '../domain/match.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { Version, VersionScheme } from '../domain/version.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { AdvisoryEntry, AdvisoryIndex } from './advisory-index.ts'
import { describeCause } from './describe-range.ts'
import { evaluateRanges, offeredFixOf } from './evaluate-ranges.ts'
import type { Subject } from './subject.ts'

/** What all advisories together say about one package of a namespace, whoever has it installed. */
export interface SubjectJudgement {
  /** Sorted by vulnerability id. */
  readonly affected: readonly {
    readonly vulnerabilityId: VulnerabilityId
    readonly fixedVersion: string | null
    readonly evidence: readonly MatchEvidence[]
    /** Whether every source that says "affected" calls it no vulnerability worth a finding. */
    readonly isUnimportant: boolean
  }[]
  readonly undetermined: readonly { readonly advisoryId: string; readonly reason: string }[]
}

/** What one advisory entry says of a version, and how far its source is believed. */
export interface Opinion {
  readonly entry: AdvisoryEntry
  /** The name and version that were held against the entry. */
  readonly subject: Subject
  readonly verdict: Verdict
  readonly rank: number
  /** Whether the advisory names several vulnerabilities of a library as one: bounds of one of them may be those of another. */
  readonly isShared: boolean
}

const NOTHING: SubjectJudgement = { affected: [], undetermined: [] }

/**
 * Holds each subject of a package against every entry of its name. For each vulnerability the best-ranked sources decide: affected if
 * any of them says so; if none of them could tell, the next ranks are asked, because a doubt must not hide what another
 * source knows. (matching-and-feeds §2.10)
 */
export function judgeSubject(
  namespace: Namespace,
  subjects: readonly Subject[],
  ecosystem: Ecosystem,
  index: AdvisoryIndex,
  pkg: Package,
): SubjectJudgement {
  const opinions = new Map<VulnerabilityId, Opinion[]>()
  for (const subject of subjects) {
    const entries = index.entriesFor(namespace, subject.name).flatMap(entry => entryAbout(pkg, entry, ecosystem))
    if (entries.length === 0) continue
    const read = { text: subject.version, version: ecosystem.scheme.parse(subject.version) }
    for (const entry of entries) {
      const verdict = verdictOf(read, entry.affected, ecosystem.scheme)
      const rank = ecosystem.rankOfAdvisory(entry.advisoryId, entry.affected, pkg)
      const opinion = { entry, subject, verdict, rank, isShared: isShared(entry, ecosystem) }
      for (const id of entry.vulnerabilityIds) {
        const known = opinions.get(id)
        if (known === undefined) opinions.set(id, [opinion])
        else known.push(opinion)
      }
    }
  }
  if (opinions.size === 0) return NOTHING

  const affected: SubjectJudgement['affected'][number][] = []
  const undetermined = new Map<string, string>()
  for (const [vulnerabilityId, given] of [...opinions].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const saying = affectedOpinions(given)
    if (saying.length > 0) {
      const evidence = saying.map(opinion => evidenceOf(opinion, namespace)).sort(byAdvisory)
      const isUnimportant = saying.every(({ entry }) => entry.affected.state === 'unimportant')
      const deciding = decisive(given).filter(opinion => saying.includes(opinion))
      // What only agrees is asked for a fix where what decides knows none. (matching-and-feeds §2.10)
      const fixedVersion = highestFix(deciding, ecosystem.scheme) ?? highestFix(saying, ecosystem.scheme)
      affected.push({ vulnerabilityId, fixedVersion, evidence, isUnimportant })
      continue
    }
    for (const { entry, verdict } of decisive(given)) {
      if (verdict.is === 'undetermined') undetermined.set(entry.advisoryId, reasonOf(verdict))
    }
  }
  return {
    affected,
    undetermined: [...undetermined].map(([advisoryId, reason]) => ({ advisoryId, reason })).sort(byAdvisory),
  }
}

/** What the ranges say, as far as the vendor stands by them, of a build for Linux. */
export function verdictOf(
  subject: Parameters<typeof evaluateRanges>[0],
  affected: AffectedPackage,
  scheme: VersionScheme,
): Verdict {
  // The source has looked at Linux too, whatever the version: it answers, rather than leave the word to others.
  if (affected.operatingSystems !== undefined) return { is: 'not-affected' }
  const verdict = evaluateRanges(subject, affected, scheme)
  if (verdict.is !== 'affected') return verdict
  if (affected.state === 'not-affected') return { is: 'not-affected' }
  if (affected.state !== 'under-investigation') return verdict
  return { is: 'undetermined', because: { is: 'under-investigation' } }
}

/** The entry as far as it speaks about the package's line of builds; nothing when it is about other lines only. */
export function entryAbout(pkg: Package, entry: AdvisoryEntry, ecosystem: Ecosystem): readonly AdvisoryEntry[] {
  const { channel, arches } = entry.affected
  if (arches !== undefined && !isForArch(pkg, arches)) return []
  const concerned = channel === undefined ? entry.affected : ecosystem.entryOfChannel?.(pkg, entry.affected, channel)
  if (concerned === null || concerned === undefined) return []
  const { ranges, module } = concerned
  const about = ecosystem.rangesAbout === undefined ? ranges : ecosystem.rangesAbout(pkg, ranges, module)
  if (about.length === 0 && ranges.length > 0) return []
  if (about !== ranges) return [{ ...entry, affected: { ...concerned, ranges: about } }]
  return concerned === entry.affected ? [entry] : [{ ...entry, affected: concerned }]
}

function isForArch({ arch }: Package, arches: readonly string[]): boolean {
  return arch === null || ANY_ARCH.has(arch) || arches.some(each => each === arch || ANY_ARCH.has(each))
}

/** How packaging systems write "runs on any machine". (dpkg, rpm) */
const ANY_ARCH: ReadonlySet<string> = new Set(['all', 'any', 'noarch'])

/** The opinions that together say "affected"; empty when the vulnerability is not there or cannot be told. */
export function affectedOpinions(given: readonly Opinion[]): readonly Opinion[] {
  const isAffected = ({ verdict }: Opinion): boolean => verdict.is === 'affected'
  const said = decisive(given).some(isAffected)
  // Once a trusted source says so, the others that agree are evidence too, and may know a fix.
  return said ? nearestOfEach(given.filter(isAffected)) : []
}

/** One advisory may speak of a package more than once (of its source, of a channel and of the main stream): the best counts. */
function nearestOfEach(opinions: readonly Opinion[]): readonly Opinion[] {
  const best = new Map<string, number>()
  for (const { entry, rank } of opinions) {
    best.set(entry.advisoryId, Math.max(rank, best.get(entry.advisoryId) ?? rank))
  }
  return opinions.filter(({ entry, rank }) => rank === best.get(entry.advisoryId))
}

/**
 * Whether an advisory claims that several vulnerabilities are one. Notices of distributions list what one update fixes,
 * which is no such claim. (matching-and-feeds §2.10)
 */
export function isShared(
  { vulnerabilityIds }: AdvisoryEntry,
  ecosystem: Pick<Ecosystem, 'isOperatingSystem'>,
): boolean {
  return !ecosystem.isOperatingSystem && vulnerabilityIds.length > 1
}

/** Wider than any ecosystem's ranks. */
const BELOW_EVERY_RANK = 1_000

/** An advisory that is about one vulnerability decides before those that mix it with others, whoever published them. */
function levelOf({ rank, isShared: isBelow }: Opinion): number {
  return isBelow ? rank - BELOW_EVERY_RANK : rank
}

/** The opinions down to the first level on which at least one source could tell; all of them when none could. */
export function decisive(given: readonly Opinion[]): readonly Opinion[] {
  // Most flaws of a package are told by one source.
  if (given.length === 1) return given
  const levels = [...new Set(given.map(levelOf))].sort((a, b) => b - a)
  const lowest = levels.find(level =>
    given.some(opinion => levelOf(opinion) === level && opinion.verdict.is !== 'undetermined'),
  )
  return lowest === undefined ? given : given.filter(opinion => levelOf(opinion) >= lowest)
}

function evidenceOf({ entry, subject, verdict }: Opinion, namespace: Namespace): MatchEvidence {
  if (verdict.is !== 'affected') throw new Error(`no evidence in the verdict ${verdict.is} of ${entry.advisoryId}`)
  const { state, channel } = entry.affected
  const evidence: MatchEvidence = {
    advisoryId: entry.advisoryId,
    feed: entry.feed,
    namespace,
    comparedName: subject.name,
    comparedVersion: subject.version,
    range: describeCause(verdict.by),
    fixedVersion: offeredFixOf(verdict.by, state)?.text ?? null,
  }
  return {
    ...evidence,
    ...(state === undefined ? {} : { state }),
    ...(channel === undefined ? {} : { channel }),
  }
}

/** The highest fix: below it at least one advisory still says "affected". */
function highestFix(opinions: readonly Opinion[], scheme: VersionScheme): string | null {
  let highest: Version | null = null
  for (const { entry, verdict } of opinions) {
    const fix = verdict.is === 'affected' ? offeredFixOf(verdict.by, entry.affected.state) : null
    if (fix !== null && (highest === null || scheme.compare(fix, highest) > 0)) highest = fix
  }
  return highest?.text ?? null
}

/** A constant that can be counted; the advisory's id says which range, the package which version. */
function reasonOf(verdict: Extract<Verdict, { is: 'undetermined' }>): string {
  return verdict.because.is
}

function byAdvisory(a: { readonly advisoryId: string }, b: { readonly advisoryId: string }): number {
  if (a.advisoryId === b.advisoryId) return 0
  return a.advisoryId < b.advisoryId ? -1 : 1
}
