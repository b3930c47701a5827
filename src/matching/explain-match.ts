import type { VulnerabilityId } from '../domain/ids.ts'
import type { InstalledPackage, Package } from '../domain/inventory.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { SchemeId } from '../domain/version.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import type {
  AdvisoryCatalogue,
  Bounded,
  CatalogueEntry,
  CatalogueName,
  CatalogueRecord,
} from './advisory-catalogue.ts'
import type { Covering } from './advisory-index.ts'
import { explainAdvisory, type AdvisoryExplanation } from './explain-advisory.ts'
import { affectedOpinions, decisive, entryAbout, isShared, verdictOf, type Opinion } from './judge-subject.ts'
import { matchInventory } from './match-inventory.ts'
import { subjectOf, subjectsOfPackage, type Subject } from './subject.ts'

/** What matching makes of the package and the vulnerability. */
export type MatchOutcome = 'affected' | 'not-affected' | 'undetermined' | 'unimportant' | 'not-named' | 'not-covered'

/** An advisory that counted: it decided, or it agrees with the one that did and may know a fix. */
export interface CountedAdvisory extends AdvisoryExplanation {
  readonly role: 'decides' | 'agrees'
  /** How far the source is believed; only the best rank that can tell decides. */
  readonly rank: number
  /** Ranges of the same advisory that are about other lines of builds, and were not looked at. */
  readonly otherLineRanges: number
}

/** Something that speaks of the vulnerability and did not count, with the rule that left it out. */
export interface RejectedAdvisory extends AdvisoryExplanation {
  readonly rejectedBy: 'vendor-feed' | 'lower-rank' | 'other-line' | 'rejected-vulnerability' | 'other-id'
  readonly rejectedBecause: string
}

/** A record about the vulnerability that says nothing about the package. */
export interface UnrelatedAdvisory {
  readonly advisoryId: string
  readonly feed: string
  readonly part: string
  readonly is: 'withdrawn' | 'other-packages' | 'no-packages'
  /** Up to a few names that it speaks about, e.g. `debian:11 openssl`. */
  readonly names: readonly string[]
}

/** Why a package version is, or is not, affected by a vulnerability. */
export interface MatchExplanation {
  readonly vulnerabilityId: VulnerabilityId
  readonly subject: {
    readonly packageName: string
    readonly packageVersion: string
    readonly namespace: Namespace | null
    /** The canonical name and the version that advisories are held against: for deb those of the source package. */
    readonly name: string
    readonly version: string
    readonly scheme: SchemeId
    readonly covering: Covering
    /** Why the version cannot be ordered; `null` when it can. */
    readonly unreadable: string | null
  }
  readonly outcome: MatchOutcome
  readonly because: string
  /** What must be known beside the outcome, e.g. that a kernel's files are no exposure in an image. */
  readonly notes: readonly string[]
  readonly fixedVersion: string | null
  readonly counted: readonly CountedAdvisory[]
  readonly rejected: readonly RejectedAdvisory[]
  readonly unrelated: Bounded<UnrelatedAdvisory>
  /** The same name in other namespaces, with how many of its entries are about the vulnerability. */
  readonly otherNamespaces: readonly (CatalogueName & { readonly aboutCount: number })[]
}

const RECORDS_SHOWN = 200
const NAMES_SHOWN = 5

/** Repeats the match of one package and one vulnerability, and says of all that the database holds why it did or did not count. */
export function explainMatch(pkg: Package, id: VulnerabilityId, catalogue: AdvisoryCatalogue): MatchExplanation {
  const ecosystem = ecosystemOf(pkg.type)
  const { name, version } = subjectOf(pkg)
  const parsed = ecosystem.scheme.parse(version)
  const covering = pkg.namespace === null ? 'not-at-all' : catalogue.index.covers(pkg.namespace)
  const where = pkg.namespace
  const found = subjectsOfPackage(pkg).flatMap(subject =>
    where === null ? [] : catalogue.entriesAbout(where, subject.name, id).map(from => ({ from, subject })),
  )
  const { counted, rejected } = sort(pkg, id, found)
  return {
    vulnerabilityId: id,
    subject: {
      packageName: pkg.name,
      packageVersion: pkg.version,
      namespace: pkg.namespace,
      name,
      version,
      scheme: ecosystem.scheme.id,
      covering,
      unreadable: parsed.ok ? null : parsed.error.reason,
    },
    ...outcomeOf(pkg, id, catalogue, counted, covering),
    notes: kernelNotes(pkg),
    counted,
    rejected,
    unrelated: unrelatedOf(
      id,
      found.map(({ from }) => from),
      catalogue,
    ),
    otherNamespaces: catalogue
      .namespacesWith(name)
      .filter(({ namespace }) => namespace !== pkg.namespace)
      .map(({ namespace, entryCount }) => {
        return { namespace, name, entryCount, aboutCount: catalogue.entriesAbout(namespace, name, id).length }
      }),
  }
}

/** An entry, and the subject of the package whose name it bears. */
interface FoundEntry {
  readonly from: CatalogueEntry
  readonly subject: Subject
}

function kernelNotes(pkg: Package): readonly string[] {
  const ecosystem = ecosystemOf(pkg.type)
  if (ecosystem.holdsNoRunnableKernel(pkg)) {
    return [
      'Files of a kernel that cannot run: in an image, and on a host that tells what it runs, this is no finding.',
    ]
  }
  const [release] = ecosystem.kernelReleases?.(pkg) ?? []
  return release === undefined ? [] : [`A kernel: on a host that runs another than ${release} this is no finding.`]
}

/** Which entries count, by the rules of `judgeSubject`, and which rule left the others out. */
function sort(
  pkg: Package,
  id: VulnerabilityId,
  found: readonly FoundEntry[],
): { readonly counted: readonly CountedAdvisory[]; readonly rejected: readonly RejectedAdvisory[] } {
  const ecosystem = ecosystemOf(pkg.type)
  const read = ({ version }: Subject) => ({ text: version, version: ecosystem.scheme.parse(version) })
  const explain = ({ from: { record, entry }, subject }: FoundEntry) =>
    explainAdvisory(record, entry, read(subject), ecosystem.scheme)
  const rejected: RejectedAdvisory[] = []
  const opinions: { readonly opinion: Opinion; readonly from: FoundEntry; readonly otherLineRanges: number }[] = []
  const reject = (from: FoundEntry, rejectedBy: RejectedAdvisory['rejectedBy'], rejectedBecause: string): void => {
    rejected.push({ ...explain(from), rejectedBy, rejectedBecause })
  }
  for (const from of found) {
    const { entry, silencedBy, record } = from.from
    if (silencedBy !== null) {
      reject(
        from,
        'vendor-feed',
        `${silencedBy} is the vendor's own feed, and its word alone counts in ${entry.affected.namespace}`,
      )
      continue
    }
    if (!record.standing.includes(id)) {
      const now = record.standing.length === 0 ? 'about nothing any more' : `about ${record.standing.join(', ')}`
      const why = record.about.includes(id)
        ? `${id} is rejected by the records of the CVE itself`
        : `it goes by another id`
      reject(from, record.about.includes(id) ? 'rejected-vulnerability' : 'other-id', `${why}: the advisory is ${now}`)
      continue
    }
    const [about] = entryAbout(pkg, entry, ecosystem)
    if (about === undefined) {
      const line =
        entry.affected.channel === undefined ? 'another line of builds' : `the channel ${entry.affected.channel}`
      reject(from, 'other-line', `it is about ${line}, not the one that this package comes from`)
      continue
    }
    const verdict = verdictOf(read(from.subject), about.affected, ecosystem.scheme)
    const rank = ecosystem.rankOfAdvisory(about.advisoryId, about.affected, pkg)
    const otherLineRanges = Math.max(0, entry.affected.ranges.length - about.affected.ranges.length)
    opinions.push({
      opinion: { entry: about, subject: from.subject, verdict, rank, isShared: isShared(about, ecosystem) },
      from: { from: { ...from.from, entry: about }, subject: from.subject },
      otherLineRanges,
    })
  }
  const given = opinions.map(({ opinion }) => opinion)
  const deciding = new Set(decisive(given))
  const agreeing = new Set(affectedOpinions(given))
  const best = Math.min(...[...deciding].map(opinion => opinion.rank))
  const counted = opinions.flatMap(({ opinion, from, otherLineRanges }): CountedAdvisory[] => {
    if (deciding.has(opinion)) return [{ ...explain(from), role: 'decides', rank: opinion.rank, otherLineRanges }]
    if (agreeing.has(opinion)) return [{ ...explain(from), role: 'agrees', rank: opinion.rank, otherLineRanges }]
    const why =
      opinion.isShared && [...deciding].some(other => !other.isShared)
        ? `it names ${opinion.entry.vulnerabilityIds.length} vulnerabilities as one; one that is about this alone could tell, and decides`
        : `its source ranks ${opinion.rank}; one of rank ${best} could tell, and decides`
    reject(from, 'lower-rank', why)
    return []
  })
  return { counted, rejected }
}

/** The outcome is that of matching itself, run on this one package. */
function outcomeOf(
  pkg: Package,
  id: VulnerabilityId,
  catalogue: AdvisoryCatalogue,
  counted: readonly CountedAdvisory[],
  covering: Covering,
): Pick<MatchExplanation, 'outcome' | 'because' | 'fixedVersion'> {
  const installed: InstalledPackage = { ...pkg, manager: 'OTHER', filePath: '', layer: null, ownedBy: null }
  const inventory = { distro: null, packages: [installed], problems: [] }
  const report = matchInventory(inventory, catalogue.index, { resourceKind: 'host' })
  const match = report.matches.find(found => found.vulnerabilityId === id)
  if (match !== undefined) {
    const { fixedVersion } = match
    const fix = fixedVersion === null ? 'No fix is known.' : `Fixed in ${fixedVersion}.`
    return {
      outcome: 'affected',
      because: `Affected according to ${countOf(counted, 'affected')}. ${fix}`,
      fixedVersion,
    }
  }
  const unfixed = { fixedVersion: null }
  if (report.notExposed.some(left => 'vulnerabilityId' in left && left.vulnerabilityId === id)) {
    return {
      outcome: 'unimportant',
      because: 'Affected, but every source that says so calls it no vulnerability worth a finding.',
      ...unfixed,
    }
  }
  if (pkg.namespace === null) {
    return {
      outcome: 'undetermined',
      because: 'The distribution and its release are not known, so that no advisory can be asked.',
      ...unfixed,
    }
  }
  const ids = new Set(counted.map(({ advisoryId }) => advisoryId))
  const doubt = report.undetermined.find(({ advisoryId }) => advisoryId !== null && ids.has(advisoryId))
  const otherChannel = ecosystemOf(pkg.type).otherChannelOf(pkg)
  if (doubt !== undefined && otherChannel === doubt.reason) {
    const because = `Affected according to ${countOf(counted, 'affected')}, but those do not speak for this build (${otherChannel}).`
    return { outcome: 'undetermined', because, ...unfixed }
  }
  if (doubt !== undefined) {
    const said = counted.find(
      ({ advisoryId, verdict }) => advisoryId === doubt.advisoryId && verdict === 'undetermined',
    )
    return {
      outcome: 'undetermined',
      because: `${said?.because ?? doubt.reason} (${doubt.advisoryId ?? ''}).`,
      ...unfixed,
    }
  }
  if (counted.length > 0) {
    return {
      outcome: 'not-affected',
      because: `Outside of what is affected according to ${countOf(counted, 'not-affected')}.`,
      ...unfixed,
    }
  }
  if (covering !== 'fully') {
    const what = covering === 'not-at-all' ? 'No feed speaks' : 'Only the bundled starter advisories speak'
    return {
      outcome: 'not-covered',
      because: `${what} about ${pkg.namespace}: silence means nothing is known.`,
      ...unfixed,
    }
  }
  return {
    outcome: 'not-named',
    because: `No advisory of ${pkg.namespace} that counts names ${id} for this package.`,
    ...unfixed,
  }
}

function countOf(counted: readonly CountedAdvisory[], verdict: CountedAdvisory['verdict']): string {
  return counted
    .filter(advisory => advisory.verdict === verdict)
    .map(({ advisoryId }) => advisoryId)
    .join(', ')
}

function unrelatedOf(
  id: VulnerabilityId,
  found: readonly CatalogueEntry[],
  catalogue: AdvisoryCatalogue,
): Bounded<UnrelatedAdvisory> {
  const related = new Set(found.map(({ record }) => keyOf(record)))
  const { items, total } = catalogue.recordsAbout(id, RECORDS_SHOWN)
  const names = new Map<string, string[]>()
  for (const { record, entry } of catalogue.entriesOf(id, RECORDS_SHOWN * NAMES_SHOWN).items) {
    const known = names.get(keyOf(record)) ?? []
    if (known.length < NAMES_SHOWN) known.push(`${entry.affected.namespace} ${entry.affected.name}`)
    names.set(keyOf(record), known)
  }
  const unrelated = items
    .filter(record => !related.has(keyOf(record)))
    .map((record): UnrelatedAdvisory => {
      const own = names.get(keyOf(record)) ?? []
      const is = record.advisory.withdrawn !== null ? 'withdrawn' : own.length > 0 ? 'other-packages' : 'no-packages'
      return { advisoryId: record.advisory.id, feed: record.advisory.feed, part: record.part, is, names: own }
    })
  return { items: unrelated, total: total - (items.length - unrelated.length) }
}

function keyOf({ advisory, part }: CatalogueRecord): string {
  return `${advisory.feed}\n${part}\n${advisory.id}`
}
