import { formatInstant } from '../base/clock.ts'
import { holdsRange, parseCidr } from '../base/ip-range.ts'
import type { MissingInput, NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { ExposureLevel, OpenPath } from '../domain/network/open-path.ts'
import type { Severity } from '../domain/severity.ts'
import { rateRange } from '../findings/network/severity-table.ts'
import type { NetworkAnalysis } from '../reachability/analysis.ts'
import { INTERNET_EDGES } from '../reachability/edge.ts'
import { pathDifferences, type PathDifference } from '../reachability/path-differences.ts'

export type { NetworkAnalysis, PathDifference }

/** A path with the severity of the finding that it makes. */
export interface RatedPath {
  readonly path: OpenPath
  readonly severity: Severity
}

/** Whether paths may exist that nobody can see: then "no path" means "not known". */
export function isIncomplete({ notices, missing }: NetworkAnalysis): boolean {
  return notices.some(({ weight }) => weight === 'unknown') || isBlind(missing)
}

/** Whether there may be instances that are not listed. Their interfaces list them as well. */
function isBlind(missing: readonly MissingInput[]): boolean {
  const whole = missing.filter(({ resourceId }) => resourceId === null)
  if (whole.some(({ call, why }) => call === '*' || (LISTS.has(call) && why === 'truncated'))) return true
  const unlisted = whole.filter(({ call }) => LISTS.has(call))
  const scopes = new Set(unlisted.map(({ accountId, region }) => `${accountId ?? ''} ${region ?? ''}`))
  return scopes.size < unlisted.length
}

const LISTS: ReadonlySet<string> = new Set(['DescribeInstances', 'DescribeNetworkInterfaces'])

/** Which paths somebody wants to see; `null` is all. */
export interface PathFilter {
  readonly from: PathOrigin | null
  /** Instance or interface. */
  readonly to: string | null
  readonly port: number | null
  readonly protocol: 'TCP' | 'UDP' | null
}

export type PathOrigin =
  | { readonly is: 'internet' }
  | { readonly is: 'prefix'; readonly text: string }
  /** Edge or component on the way. */
  | { readonly is: 'component'; readonly id: string }

/** `internet`, an address, a prefix, or the id of an edge, an interface or a component. */
export function parseOrigin(text: string): PathOrigin {
  if (text === 'internet') return { is: 'internet' }
  const cidr = parseCidr(text)
  return cidr === null ? { is: 'component', id: text } : { is: 'prefix', text: cidr.text }
}

/** Paths that the filter lets through, each with its severity, in the order of the analysis. */
export function* ratedPaths(
  analysis: NetworkAnalysis,
  snapshot: NetworkSnapshot,
  filter: PathFilter,
): Generator<RatedPath> {
  for (const path of analysis.paths) {
    if (passes(path, filter, snapshot)) yield { path, severity: severityOf(path) }
  }
}

export function severityOf({ edge, protocol, ports }: Pick<OpenPath, 'edge' | 'protocol' | 'ports'>): Severity {
  return rateRange(edge.kind, protocol, ports).severity
}

function passes(path: OpenPath, { from, to, port, protocol }: PathFilter, snapshot: NetworkSnapshot): boolean {
  if (to !== null && path.instanceId !== to && path.interfaceId !== to) return false
  if (port !== null && (port < path.ports.begin || port > path.ports.end)) return false
  if (protocol !== null && path.protocol !== protocol) return false
  return from === null || comesFrom(path, from, snapshot)
}

function comesFrom(path: OpenPath, from: PathOrigin, snapshot: NetworkSnapshot): boolean {
  if (from.is === 'internet') return INTERNET_EDGES.has(path.edge.kind)
  if (from.is === 'prefix') return path.sources.some(source => overlaps(source, from.text))
  if (path.edge.id === from.id || path.via.includes(from.id)) return true
  // An interface: its own addresses are where it comes from.
  const own = snapshot.interfaces.find(({ id }) => id === from.id)
  const addresses = own?.addresses.flatMap(({ text, publicAddress }) => [text, publicAddress].flatMap(a => a ?? []))
  return addresses?.some(address => path.sources.some(source => overlaps(source, address))) === true
}

/** Of two prefixes that share an address one holds the other. */
function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)]
  return a !== null && b !== null && (holdsRange(a, b) || holdsRange(b, a))
}

export interface NetworkReport {
  readonly source: string
  readonly snapshot: NetworkSnapshot
  readonly warnings: readonly string[]
  readonly analysis: NetworkAnalysis
  readonly filter: PathFilter
  readonly analyzedAt: string
}

/**
 * What `reachability --format json` prints, line by line: estates have more paths than one text should hold. The shape is
 * described in docs/reference/reachability-report.md; a change of meaning raises `schemaVersion`.
 */
export function* networkReportLines({
  source,
  snapshot,
  warnings,
  analysis,
  filter,
  analyzedAt,
}: NetworkReport): Generator<string> {
  const { takenAt } = snapshot
  yield '{'
  yield `  "schemaVersion": 1,`
  yield `  "source": ${JSON.stringify(source)},`
  yield `  "analyzedAt": ${JSON.stringify(analyzedAt)},`
  yield `  "takenAt": ${JSON.stringify(takenAt === null ? null : formatInstant(takenAt))},`
  yield* list('instances', instancesOf(analysis))
  yield* list('paths', shapes(ratedPaths(analysis, snapshot, filter)))
  yield* list('notices', analysis.notices)
  yield* list('missing', analysis.missing)
  yield* list('warnings', warnings, '')
  yield '}'
}

/** What `reachability --diff --format json` prints. */
export function* networkDifferenceLines(
  before: Pick<NetworkReport, 'source' | 'analysis' | 'snapshot'>,
  after: Pick<NetworkReport, 'source' | 'analysis' | 'snapshot'>,
  differences: readonly PathDifference[],
): Generator<string> {
  yield '{'
  yield `  "schemaVersion": 1,`
  yield `  "before": ${JSON.stringify(before.source)},`
  yield `  "after": ${JSON.stringify(after.source)},`
  yield* list('differences', differences.map(differenceShape))
  yield* list('missingBefore', before.analysis.missing)
  yield* list('missingAfter', after.analysis.missing, '')
  yield '}'
}

/** What opened and what closed between two analyses, among the paths that the filter lets through. */
export function differencesBetween(
  before: { readonly analysis: NetworkAnalysis; readonly snapshot: NetworkSnapshot },
  after: { readonly analysis: NetworkAnalysis; readonly snapshot: NetworkSnapshot },
  filter: PathFilter,
): readonly PathDifference[] {
  const pathsOf = ({ analysis, snapshot }: typeof before): OpenPath[] =>
    [...ratedPaths(analysis, snapshot, filter)].map(({ path }) => path)
  return pathDifferences(pathsOf(before), pathsOf(after))
}

function* list(name: string, items: Iterable<unknown>, comma = ','): Generator<string> {
  let isFirst = true
  for (const item of items) {
    yield isFirst ? `  ${JSON.stringify(name)}: [` : ','
    yield `    ${JSON.stringify(item)}`
    isFirst = false
  }
  yield isFirst ? `  ${JSON.stringify(name)}: []${comma}` : `  ]${comma}`
}

interface InstanceShape {
  readonly instanceId: string
  readonly exposure: ExposureLevel
}

function* instancesOf(analysis: NetworkAnalysis): Generator<InstanceShape> {
  for (const instanceId of analysis.instanceIds) yield { instanceId, exposure: analysis.exposureOf(instanceId) }
}

function* shapes(paths: Iterable<RatedPath>): Generator<object> {
  for (const { path, severity } of paths) yield { severity, ...path }
}

function differenceShape({ is, path, ports, sources }: PathDifference): object {
  return { is, severity: severityOf({ edge: path.edge, protocol: path.protocol, ports }), ...path, ports, sources }
}
