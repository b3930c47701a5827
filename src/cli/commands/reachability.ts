import {
  analyzeNetwork,
  askWhy,
  describeLive,
  describeRecorded,
  type AnalysisOptions,
  type Answer,
  type NetworkQuestion,
  type DescribedNetwork,
} from '../../app/network.ts'
import {
  differencesBetween,
  isIncomplete,
  networkDifferenceLines,
  networkReportLines,
  parseOrigin,
  ratedPaths,
  severityOf,
  type NetworkAnalysis,
  type PathDifference,
  type PathFilter,
  type RatedPath,
} from '../../app/network-report.ts'
import type { Result } from '../../base/result.ts'
import type { Region } from '../../domain/ids.ts'
import type { MissingInput } from '../../domain/network/network-snapshot.ts'
import type { OpenPath } from '../../domain/network/open-path.ts'
import { SEVERITIES, SEVERITY_RANK, type Severity } from '../../domain/severity.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { paintSeverity } from '../render/colour.ts'
import { answerLines, answerShape, listInWords, sourcesInWords } from '../render/network-answer.ts'
import { graphLines, graphOfHops, graphOfPaths } from '../render/path-graph.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable } from '../render/table.ts'

export interface ReachabilityOptions {
  /** `null` with `live`. */
  readonly directory: string | null
  readonly live: boolean
  readonly roleArns: readonly string[]
  readonly externalId: string | null
  readonly regions: readonly Region[] | 'all' | null
  readonly recordTo: string | null
  readonly from: string | null
  readonly to: string | null
  readonly port: number | null
  readonly protocol: 'TCP' | 'UDP' | null
  readonly format: 'table' | 'json' | 'dot' | 'mermaid'
  /** A second directory: what opened and closed from the first to it. */
  readonly diff: string | null
  readonly failOn: Severity | null
  readonly analysis: Partial<AnalysisOptions>
}

/** `openinspector reachability DIR|--live`: what of the network's configuration lets whom in, without a server. */
export async function reachability(options: ReachabilityOptions, output: Output): Promise<ExitCode> {
  const fault = faultOf(options)
  if (fault !== null) return refuse(output, fault, EXIT_CODES.usage)
  const described = await describe(options, output)
  output.endProgress()
  if (!described.ok) return refuse(output, described.error, EXIT_CODES.failed)
  const { to, port, protocol } = options
  if (options.diff !== null) return difference(described.value, options.diff, options, output)
  if (to !== null && port !== null) {
    const question = { from: options.from ?? 'internet', to, port, protocol: protocol ?? ('TCP' as const) }
    const answer = askWhy(described.value.snapshot, question, options.analysis)
    if (!answer.ok) return refuse(output, answer.error, EXIT_CODES.usage)
    printAnswer(answer.value, question, options.format, output)
    printWarnings(described.value, output)
    return answer.value.verdict === 'unknown' ? EXIT_CODES.incomplete : EXIT_CODES.done
  }
  return listPaths(described.value, options, output)
}

function faultOf({ directory, live, recordTo, diff, roleArns, regions, format }: ReachabilityOptions): string | null {
  if (live === (directory !== null)) return 'Name a directory of recorded answers, or --live.'
  if (!live && recordTo !== null) return '--record keeps the answers of --live.'
  if (!live && (roleArns.length > 0 || regions !== null)) return '--role and --regions choose what --live asks.'
  if (diff !== null && (format === 'dot' || format === 'mermaid')) return '--diff is told as table or json.'
  return null
}

async function describe(options: ReachabilityOptions, output: Output): Promise<Result<DescribedNetwork, string>> {
  if (options.directory !== null) return describeRecorded(options.directory)
  return describeLive(options, line => output.progress(line))
}

function filterOf({ from, to, port, protocol }: ReachabilityOptions): PathFilter {
  return { from: from === null ? null : parseOrigin(from), to, port, protocol }
}

function sourceOf({ directory }: ReachabilityOptions): string {
  return directory ?? 'live'
}

function listPaths(network: DescribedNetwork, options: ReachabilityOptions, output: Output): ExitCode {
  const { snapshot } = network
  const analysis = analyzeNetwork(snapshot, options.analysis)
  const filter = filterOf(options)
  const rated = [...ratedPaths(analysis, snapshot, filter)]
  switch (options.format) {
    case 'json': {
      const report = { ...network, source: sourceOf(options), analysis, filter, analyzedAt: new Date().toISOString() }
      for (const line of networkReportLines(report)) output.print(line)
      break
    }
    case 'dot':
    case 'mermaid':
      for (const line of graphLines(graphOfPaths(rated.map(({ path }) => path)), options.format)) output.print(line)
      break
    case 'table':
      printPaths(rated, output)
      output.print(summary(rated, analysis))
      printNotices(analysis, output)
      printMissing(analysis.missing, output)
      printWarnings(network, output)
  }
  if (reached(options.failOn, rated)) return EXIT_CODES.threshold
  return isIncomplete(analysis) ? EXIT_CODES.incomplete : EXIT_CODES.done
}

function reached(failOn: Severity | null, rated: Iterable<{ readonly severity: Severity }>): boolean {
  if (failOn === null) return false
  for (const { severity } of rated) if (SEVERITY_RANK[severity] >= SEVERITY_RANK[failOn]) return true
  return false
}

function printPaths(rated: readonly RatedPath[], output: Output): void {
  if (rated.length === 0) return
  const sorted = rated.toSorted((a, b) => SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity])
  const lines = renderTable(
    sorted,
    [
      {
        title: 'Severity',
        text: row => row.severity,
        minWidth: 8,
        paint: (row, cell) => paintSeverity(row.severity, cell),
      },
      { title: 'Instance', text: row => instanceInWords(row.path), minWidth: 12 },
      { title: 'Edge', text: row => row.path.edge.id, minWidth: 10 },
      { title: 'Ports', text: row => `${row.path.protocol} ${portsInWords(row.path.ports)}`, minWidth: 9 },
      { title: 'Sources', text: row => sourcesInWords(row.path.sources), minWidth: 12 },
      { title: 'Via', text: row => viaInWords(row.path), minWidth: 6 },
      { title: 'Confidence', text: row => row.path.confidence, minWidth: 8 },
    ],
    output.table,
  )
  for (const line of lines) output.print(line)
}

function summary(rated: readonly RatedPath[], analysis: NetworkAnalysis): string {
  const instances = analysis.instanceIds.length
  const among = `${instances} instance${instances === 1 ? '' : 's'}`
  if (rated.length === 0) {
    return isIncomplete(analysis)
      ? `No open path to ${among} is known; not everything could be decided.`
      : `No open path to ${among}.`
  }
  const counts = SEVERITIES.toSorted((a, b) => SEVERITY_RANK[b] - SEVERITY_RANK[a])
    .map(severity => ({ severity, count: rated.filter(each => each.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
  return `${rated.length} open path${rated.length === 1 ? '' : 's'} to ${among}: ${counts.join(', ')}.`
}

/** What a person reads; JSON has all. */
const SHOWN = 20

function printNotices({ notices }: NetworkAnalysis, output: Output): void {
  const sorted = notices.toSorted((a, b) => (a.weight === b.weight ? 0 : a.weight === 'unknown' ? -1 : 1))
  for (const { weight, detail } of sorted.slice(0, SHOWN)) {
    output.note(`${weight === 'unknown' ? 'Not decided' : 'Note'}: ${plainText(detail)}`)
  }
  if (sorted.length > SHOWN) output.note(`and ${sorted.length - SHOWN} more notices (--format json has all).`)
}

/** Calls that nobody made are one line; what was refused or cannot be read is told one by one. */
function printMissing(missing: readonly MissingInput[], output: Output): void {
  const unmade = new Set(missing.filter(({ why }) => why === 'not-recorded').map(({ call }) => call))
  if (unmade.size > 0) output.note(`Not recorded: ${plainText([...unmade].sort().join(', '))}.`)
  const others = missing.filter(({ why }) => why !== 'not-recorded')
  for (const { call, accountId, region, why, detail } of others.slice(0, SHOWN)) {
    const where = [accountId, region].flatMap(part => part ?? []).join(' ')
    output.note(`Missing: ${plainText(`${call}${where === '' ? '' : ` (${where})`}, ${why}: ${detail}`)}`)
  }
  if (others.length > SHOWN) output.note(`and ${others.length - SHOWN} more (--format json has all).`)
}

function printWarnings({ warnings }: DescribedNetwork, output: Output): void {
  for (const warning of warnings.slice(0, SHOWN)) output.note(`Note: ${plainText(warning)}`)
  if (warnings.length > SHOWN) output.note(`and ${warnings.length - SHOWN} more notes.`)
}

async function difference(
  before: DescribedNetwork,
  directory: string,
  options: ReachabilityOptions,
  output: Output,
): Promise<ExitCode> {
  const after = await describeRecorded(directory)
  if (!after.ok) return refuse(output, after.error, EXIT_CODES.failed)
  const old = { ...before, source: sourceOf(options), analysis: analyzeNetwork(before.snapshot, options.analysis) }
  const now = { ...after.value, source: directory, analysis: analyzeNetwork(after.value.snapshot, options.analysis) }
  const differences = differencesBetween(old, now, filterOf(options))
  if (options.format === 'json') {
    for (const line of networkDifferenceLines(old, now, differences)) output.print(line)
  } else {
    printDifferences(differences, output)
    printMissing(now.analysis.missing, output)
    printWarnings(after.value, output)
  }
  const opened = differences.filter(({ is }) => is === 'opened')
  if (reached(options.failOn, opened.map(severityOfDifference))) return EXIT_CODES.threshold
  return isIncomplete(old.analysis) || isIncomplete(now.analysis) ? EXIT_CODES.incomplete : EXIT_CODES.done
}

function severityOfDifference({ path, ports }: PathDifference): { readonly severity: Severity } {
  return { severity: severityOf({ edge: path.edge, protocol: path.protocol, ports }) }
}

function printDifferences(differences: readonly PathDifference[], output: Output): void {
  const lines = renderTable(
    differences,
    [
      { title: 'Change', text: row => row.is, minWidth: 6 },
      {
        title: 'Severity',
        text: row => severityOfDifference(row).severity,
        minWidth: 8,
        paint: (row, cell) => paintSeverity(severityOfDifference(row).severity, cell),
      },
      { title: 'Instance', text: row => instanceInWords(row.path), minWidth: 12 },
      { title: 'Edge', text: row => row.path.edge.id, minWidth: 10 },
      { title: 'Ports', text: row => `${row.path.protocol} ${portsInWords(row.ports)}`, minWidth: 9 },
      { title: 'Sources', text: row => sourcesInWords(row.sources), minWidth: 12 },
      { title: 'Via', text: row => viaInWords(row.path), minWidth: 6 },
    ],
    output.table,
  )
  if (differences.length === 0) output.print('Nothing opened and nothing closed.')
  else for (const line of lines) output.print(line)
}

function printAnswer(
  answer: Answer,
  question: NetworkQuestion,
  format: ReachabilityOptions['format'],
  output: Output,
): void {
  if (format === 'json') return output.print(JSON.stringify(answerShape(answer, question), null, 2))
  if (format === 'table') for (const line of answerLines(answer, question)) output.print(line)
  else for (const line of graphLines(graphOfHops(question.from, answer.ways[0]?.hops ?? []), format)) output.print(line)
  for (const { weight, detail } of answer.remarks.slice(0, SHOWN)) {
    output.note(`${weight === 'unknown' ? 'Not decided' : 'Note'}: ${plainText(detail)}`)
  }
}

function instanceInWords({ instanceId, instanceState }: OpenPath): string {
  return instanceState === 'running' ? instanceId : `${instanceId} (${instanceState})`
}

function portsInWords({ begin, end }: OpenPath['ports']): string {
  return begin === end ? String(begin) : `${begin}-${end}`
}

/** Short names of load balancers and appliances, and the ports that clients contact. */
function viaInWords({ via, frontendPorts }: OpenPath): string {
  const names = via.map(id => (id.startsWith('arn:') ? id.split('/').slice(-2).join('/') : id)).join(', ')
  return frontendPorts.length === 0 ? names : `${names} on ${listInWords(frontendPorts.map(String))}`
}

function refuse(output: Output, error: string, code: ExitCode): ExitCode {
  output.endProgress()
  output.note(plainText(error))
  return code
}
