import type { Shown } from '../../app/advisory-questions.ts'
import { plainText } from './plain-text.ts'
import { renderTable, type TableOptions } from './table.ts'

/** Records and entries that are printed for people; JSON has them all. */
const RECORDS_SHOWN = 20
const ENTRIES_SHOWN = 60
/** Characters of a description on one line. */
const TEXT_SHOWN = 400

/** All of an advisory or vulnerability as lines for people. */
export function shownLines(shown: Shown, options: TableOptions): string[] {
  const records = shown.records.items.slice(0, RECORDS_SHOWN)
  const entries = shown.affected.items.slice(0, ENTRIES_SHOWN)
  const table = renderTable(
    entries,
    [
      { title: 'Advisory', text: row => row.advisoryId, minWidth: 14 },
      { title: 'Namespace', text: row => row.namespace },
      { title: 'Name', text: row => row.name, minWidth: 12 },
      { title: 'Affected', text: row => affectedWords(row), minWidth: 24 },
      { title: 'Counts', text: row => countsWords(row), minWidth: 8 },
    ],
    options,
  )
  return [
    plainText(`${shown.id} in version ${shown.advisoryVersion}`),
    ...(shown.vulnerabilityIds.length === 0
      ? ['  Goes by no vulnerability: withdrawn, or rejected.']
      : [plainText(`  Goes by: ${shown.vulnerabilityIds.slice(0, 20).join(', ')}`)]),
    ...vulnerabilityLines(shown),
    '',
    `Records: ${shown.records.total}`,
    ...records.flatMap(recordLines).map(line => `  ${plainText(line)}`),
    ...more(shown.records.total - records.length),
    '',
    `Packages: ${shown.affected.total}`,
    ...(entries.length === 0 ? [] : table.map(line => `  ${line}`)),
    ...more(shown.affected.total - entries.length),
  ]
}

function vulnerabilityLines({ vulnerability }: Shown): string[] {
  if (vulnerability === null) return []
  const { severity, epss, knownExploitedSince, relatedVulnerabilities } = vulnerability
  return [
    `Severity: ${severity.severity}. ${severity.because}`,
    ...severity.scores.map(
      ({ baseScore, version, source, vector }) => `  ${baseScore.toFixed(1)}  CVSS ${version}  ${source}  ${vector}`,
    ),
    ...(epss === null
      ? []
      : [
          `EPSS: ${epss.score.toFixed(5)} (percentile ${epss.percentile.toFixed(5)}) of ${epss.date?.slice(0, 10) ?? ''}`,
        ]),
    ...(knownExploitedSince === null ? [] : [`KEV: listed since ${knownExploitedSince.slice(0, 10)}`]),
    ...(vulnerability.disputed ? ['Somebody disputes that it is a flaw.'] : []),
    ...(relatedVulnerabilities.length === 0
      ? []
      : [`Also known as: ${relatedVulnerabilities.slice(0, 20).join(', ')}`]),
  ].map(line => `  ${plainText(line)}`)
}

function recordLines(record: Shown['records']['items'][number]): string[] {
  const text = record.summary ?? record.details?.split('\n')[0] ?? ''
  const days = (['published', 'modified', 'withdrawn'] as const).flatMap(what => {
    const at = record[what]
    return at === null ? [] : [`${what} ${at.slice(0, 10)}`]
  })
  const said = record.severities.map(each => {
    if (each.system === 'score') return each.score.toFixed(1)
    return each.system === 'word' ? each.word : each.vector
  })
  return [
    `${record.id} (${record.feed} ${record.part}, content ${record.contentVersion})${days.length === 0 ? '' : `: ${days.join(', ')}`}`,
    ...(text === '' ? [] : [`  ${text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text}`]),
    ...(record.aliases.length === 0 ? [] : [`  aliases: ${record.aliases.slice(0, 20).join(', ')}`]),
    ...(record.upstream.length === 0 ? [] : [`  upstream: ${record.upstream.slice(0, 20).join(', ')}`]),
    ...(said.length === 0 ? [] : [`  severity: ${said.join(', ')}`]),
    ...(record.rejectedVulnerabilityIds.length === 0
      ? []
      : [`  rejected: ${record.rejectedVulnerabilityIds.join(', ')}`]),
    ...(record.sourceUrl === null ? [] : [`  ${record.sourceUrl}`]),
  ]
}

type Entry = Shown['affected']['items'][number]

function affectedWords({ ranges, versions }: Entry): string {
  // The namespace tells the order; in a narrow table its name would cost the end of the range.
  const words = ranges.slice(0, 3).map(range => range.replace(/ \([a-z0-9-]+\)$/, ''))
  if (ranges.length > words.length) words.push(`${ranges.length - words.length} more ranges`)
  if (versions.length > 0) words.push(`${versions.length} listed`)
  return words.join('; ') || 'names no versions'
}

function countsWords({ silencedBy, state, channel, unreviewed, otherSystems }: Entry): string {
  const words = [
    silencedBy === null ? 'yes' : `no: ${silencedBy} decides`,
    ...(state === null ? [] : [state]),
    ...(channel === null ? [] : [channel]),
    ...(unreviewed ? ['not reviewed'] : []),
    ...(otherSystems === null ? [] : [`${otherSystems.join(', ')} only`]),
  ]
  return words.join(', ')
}

function more(count: number): string[] {
  return count > 0 ? [`  and ${count} more (--format json)`] : []
}
