import type { Explanation } from '../../app/explain.ts'
import { paintSeverity } from './colour.ts'
import { plainText } from './plain-text.ts'

/** Items of one list that are printed for people; JSON has them all. */
const SHOWN = 12

type Counted = Explanation['counted'][number]
type Rejected = Explanation['rejected'][number]

/** An explanation as lines for people. Every line is made harmless: names and texts come from feeds. */
export function explanationLines(explained: Explanation, colour: boolean): string[] {
  return [
    ...headLines(explained),
    ...section(
      'Considered',
      explained.counted.flatMap(advisory => advisoryLines(advisory, explained)),
    ),
    ...section('Rejected', rejectedLines(explained)),
    ...section('Elsewhere', elsewhereLines(explained)),
    ...severityLines(explained, colour),
  ]
}

function headLines({ subject, vulnerabilityId, asked, ...explained }: Explanation): string[] {
  const compared = `${subject.namespace ?? 'unknown distribution'}, ${subject.name} ${subject.version}, in the order of ${subject.scheme}`
  return [
    `${subject.packageName} ${subject.packageVersion} and ${vulnerabilityId}: ${OUTCOMES[explained.outcome]}`,
    `  ${explained.because}`,
    `  Compared as: ${compared}`,
    ...(subject.unreadable === null ? [] : [`  The version cannot be read: ${subject.unreadable}`]),
    ...(asked === vulnerabilityId
      ? []
      : [`  You asked for ${asked}: advisories that share it go by ${vulnerabilityId}.`]),
    ...(explained.otherNames.length === 0 ? [] : [`  Also known as: ${listed(explained.otherNames)}`]),
    ...explained.notes.map(note => `  ${note}`),
    `  Advisory database: version ${explained.advisoryVersion}`,
  ].map(plainText)
}

const OUTCOMES: Readonly<Record<Explanation['outcome'], string>> = {
  affected: 'AFFECTED',
  'not-affected': 'NOT AFFECTED',
  undetermined: 'UNDETERMINED',
  unimportant: 'AFFECTED, BUT NO FINDING',
  'not-named': 'NOT NAMED',
  'not-covered': 'NOT KNOWN',
}

const VERDICTS: Readonly<Record<Counted['verdict'], string>> = {
  affected: 'affected',
  'not-affected': 'not affected',
  undetermined: 'undetermined',
}

function advisoryLines(advisory: Counted | Rejected, { feeds }: Explanation): string[] {
  const generation = feeds.find(({ feed, part }) => feed === advisory.feed && part === advisory.part)
  const { fetchedAt, lastError } = generation ?? { fetchedAt: null, lastError: null }
  const fetched = fetchedAt === null ? 'never fetched' : `fetched ${fetchedAt.slice(0, 19)}Z`
  const stale = lastError === null ? '' : `; last attempt failed: ${lastError}`
  const marks = [
    ...('role' in advisory ? [advisory.role === 'decides' ? 'decides' : 'agrees (lower rank)'] : []),
    ...(advisory.state === null ? [] : [`vendor: ${advisory.state}`]),
    ...(advisory.channel === null ? [] : [`channel ${advisory.channel}`]),
    ...(advisory.isUnreviewed ? ['not reviewed'] : []),
    ...(advisory.otherSystems === null ? [] : ['other-system']),
  ]
  const shown = advisory.ranges.slice(0, SHOWN)
  const hidden = advisory.ranges.length - shown.length + advisory.omittedRanges
  return [
    `${advisory.advisoryId}: ${VERDICTS[advisory.verdict]}, ${advisory.because}${marks.length === 0 ? '' : ` [${marks.join(', ')}]`}`,
    `  ${advisory.feed} ${advisory.part}, content ${advisory.contentVersion}, ${fetched}${stale}`,
    ...shown.map(({ range, outcome, comparisons }) => {
      const how = comparisons.length === 0 ? '' : `: ${comparisons.join(', ')}`
      return `  ${range}${how} -> ${VERDICTS[outcome]}`
    }),
    ...(hidden > 0 ? [`  and ${hidden} more ranges`] : []),
    ...('otherLineRanges' in advisory && advisory.otherLineRanges > 0
      ? [`  and ${advisory.otherLineRanges} ranges about other lines of builds`]
      : []),
    ...(advisory.listedVersions > 0 ? [`  and ${advisory.listedVersions} versions listed one by one`] : []),
    ...(advisory.fixedVersion === null ? [] : [`  fixed in ${advisory.fixedVersion}`]),
    `  goes by ${listed(advisory.vulnerabilityIds) || 'nothing'}: ${advisory.idsBecause}`,
  ]
}

function rejectedLines(explained: Explanation): string[] {
  const shown = explained.rejected.slice(0, SHOWN)
  return [
    ...shown.flatMap(advisory => {
      const [head = '', ...rest] = advisoryLines(advisory, explained)
      return [head, `  does not count: ${advisory.rejectedBecause}`, ...rest]
    }),
    ...more(explained.rejected.length - shown.length),
  ]
}

const UNRELATED: Readonly<Record<Explanation['unrelated']['items'][number]['is'], string>> = {
  withdrawn: 'withdrawn by its source',
  'other-packages': 'about other packages or namespaces',
  'no-packages': 'describes the flaw, names no package',
}

function elsewhereLines({ unrelated, otherNamespaces, subject }: Explanation): string[] {
  const records = unrelated.items.slice(0, SHOWN)
  const places = otherNamespaces.toSorted((a, b) => b.aboutCount - a.aboutCount).slice(0, SHOWN)
  return [
    ...records.map(({ advisoryId, feed, part, is, names }) => {
      return `${advisoryId} (${feed} ${part}): ${UNRELATED[is]}${names.length === 0 ? '' : ` (${names.join(', ')})`}`
    }),
    ...more(unrelated.total - records.length),
    ...places.map(({ namespace, aboutCount, entryCount }) => {
      return `${namespace} also has a ${subject.name}: ${aboutCount} of its ${entryCount} entries are about this vulnerability; another namespace never counts`
    }),
    ...more(otherNamespaces.length - places.length),
  ]
}

function severityLines(explained: Explanation, colour: boolean): string[] {
  const { severity, because, scores, bareScore, vendorWord } = explained.severity
  const lines = [
    plainText(because),
    ...scores.map(({ isChosen, baseScore, version, source, vector }) => {
      return plainText(`${isChosen ? '*' : ' '} ${baseScore.toFixed(1)}  CVSS ${version}  ${source}  ${vector}`)
    }),
    ...(bareScore === null
      ? []
      : [plainText(`  ${bareScore.score.toFixed(1)}  without a vector  ${bareScore.source}`)]),
    vendorWord === null
      ? 'No vendor has a word of its own.'
      : plainText(`Vendor's word: ${vendorWord.word} (${vendorWord.severity ?? 'rates nothing'})`),
    ...signalLines(explained).map(plainText),
  ]
  const label = colour ? paintSeverity(severity, severity) : severity
  return ['', `Severity: ${label}`, ...lines.map(line => `  ${line}`)]
}

const CATALOGS: Readonly<Record<Explanation['publishedExploits'][number]['catalog'], string>> = {
  'exploit-db': 'Exploit-DB',
  metasploit: 'Metasploit',
}

function signalLines({
  epss,
  knownExploited,
  exploitAvailable,
  publishedExploits,
  disputed,
  unsupportedWhenAssigned,
}: Explanation): string[] {
  const kev =
    knownExploited === null
      ? exploitAvailable === null
        ? 'KEV: not known; no source that would know was fetched'
        : 'KEV: not listed'
      : `KEV: listed since ${knownExploited.dateAdded}${knownExploited.dueDate === null ? '' : `, due ${knownExploited.dueDate}`}${knownExploited.ransomware ? ', used by ransomware' : ''}`
  return [
    epss === null
      ? 'EPSS: no score'
      : `EPSS: ${epss.score.toFixed(5)} (percentile ${epss.percentile.toFixed(5)}) of ${epss.date}`,
    kev,
    ...(exploitAvailable === true ? ['An exploit is available.'] : []),
    ...publishedExploits.map(({ catalog, name, reportedAt, count }) => {
      const others = count > 1 ? ` and ${count - 1} more` : ''
      return `${CATALOGS[catalog]}: ${name}${others}${reportedAt === null ? '' : `, last on ${reportedAt}`}`
    }),
    ...(disputed ? ['Somebody disputes that it is a flaw.'] : []),
    ...(unsupportedWhenAssigned ? ['The product was out of support when the id was given.'] : []),
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${plainText(line)}`)]
}

function more(count: number): string[] {
  return count > 0 ? [`and ${count} more (--format json)`] : []
}

function listed(texts: readonly string[]): string {
  return texts.length > SHOWN ? `${texts.slice(0, SHOWN).join(', ')}, …` : texts.join(', ')
}
