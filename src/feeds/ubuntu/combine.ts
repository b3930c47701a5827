import type { AffectedPackage, AffectedRange, UnreadableRange, VendorState } from '../../domain/advisory.ts'
import type { SchemeId } from '../../domain/version.ts'

/** Where Ubuntu stands with a flaw of a source package in a release, as VEX tells. (matching-and-feeds §2.3) */
export type Disposition =
  'needed' | 'deferred' | 'will-not-fix' | 'end-of-life' | 'needs-triage' | 'fixed' | 'not-present' | 'not-affected'

/** Which source package in which release and channel a statement is about. */
export interface Statement extends Pick<AffectedPackage, 'namespace' | 'name' | 'channel'> {
  readonly disposition: Disposition
}

/**
 * Of several statements about one package (a document may list a product twice) the first here counts: what calls for
 * more never gives way to what calls for less.
 */
const WEIGHT: readonly Disposition[] = [
  'needed',
  'deferred',
  'will-not-fix',
  'end-of-life',
  'needs-triage',
  'fixed',
  'not-present',
  'not-affected',
]

/** What a disposition makes of a package that OSV lists without a fix; `silent` takes the entry out. */
const STATES: Readonly<Record<Disposition, VendorState | 'as-published' | 'silent'>> = {
  needed: 'as-published',
  deferred: 'deferred',
  'will-not-fix': 'will-not-fix',
  'end-of-life': 'end-of-life',
  'needs-triage': 'under-investigation',
  // The fixed version is OSV's to say: a product's version is only the newest of its pocket. Until it does, no fix is known.
  fixed: 'as-published',
  // The archive does not hold the package; who has it installed all the same is not told that it is safe.
  'not-present': 'as-published',
  'not-affected': 'silent',
}

/** Statements that list a package which OSV leaves out: a release that it has dropped, as a rule. */
const AFFECTED_BY_ITSELF: ReadonlySet<Disposition> = new Set(['needed', 'deferred', 'will-not-fix', 'end-of-life'])

/**
 * The entries of a CVE record (OSV) with what VEX says of the same flaw. A fixed version of OSV always stands. Where OSV
 * knows none its range says "affected" for six states of the tracker, and VEX tells which it is. A statement about a
 * package that OSV does not name in the release at all becomes an entry of its own; one about another channel than those
 * that OSV names does not, because OSV has the channel in which the release is looked after. Pure.
 */
export function combine(
  entries: readonly AffectedPackage[],
  statements: readonly Statement[],
  scheme: SchemeId,
): readonly AffectedPackage[] {
  const said = new Map<string, Statement>()
  for (const statement of statements) {
    const known = said.get(keyOf(statement))
    if (known === undefined || WEIGHT.indexOf(statement.disposition) < WEIGHT.indexOf(known.disposition)) {
      said.set(keyOf(statement), statement)
    }
  }
  const combined = entries.flatMap(entry => withDisposition(entry, said.get(keyOf(entry))?.disposition))
  const open: AffectedRange = { scheme, introduced: 'beginning', end: 'no-fix-known' }
  const named = new Set(entries.map(({ namespace, name }) => `${namespace}\n${name}`))
  for (const { disposition, namespace, name, channel } of said.values()) {
    if (!AFFECTED_BY_ITSELF.has(disposition) || named.has(`${namespace}\n${name}`)) continue
    const own = { namespace, name, ranges: [open], versions: [], ...(channel !== undefined && { channel }) }
    combined.push(...withDisposition(own, disposition))
  }
  return combined
}

function withDisposition(entry: AffectedPackage, disposition: Disposition | undefined): AffectedPackage[] {
  if (disposition === undefined || entry.ranges.some(isFixed)) return [entry]
  const state = STATES[disposition]
  if (state === 'as-published') return [entry]
  return state === 'silent' ? [] : [{ ...entry, state }]
}

/**
 * The ranges of one package, release and channel, which a record may list twice: each once, and none without a fix when
 * another names one. (matching-and-feeds §6, "duplicate product entries")
 */
export function settledRanges(ranges: AffectedPackage['ranges']): AffectedPackage['ranges'] {
  if (ranges.length < 2) return ranges
  const distinct = new Map(ranges.map(range => [JSON.stringify(range), range]))
  const all = [...distinct.values()]
  const isAnswered = all.some(isFixed)
  return isAnswered ? all.filter(range => 'unreadable' in range || range.end !== 'no-fix-known') : all
}

function isFixed(range: AffectedRange | UnreadableRange): boolean {
  return !('unreadable' in range) && range.end !== 'no-fix-known' && 'fixed' in range.end
}

function keyOf({ namespace, name, channel }: Pick<AffectedPackage, 'namespace' | 'name' | 'channel'>): string {
  return `${namespace}\n${name}\n${channel ?? ''}`
}
