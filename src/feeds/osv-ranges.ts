import type { AffectedRange, UnreadableRange } from '../domain/advisory.ts'
import type { Version, VersionScheme } from '../domain/version.ts'
import type { OsvEvent, OsvRange } from './osv-schema.ts'

type Introduced = Version | 'beginning'

interface Point {
  readonly is: OsvEvent['is']
  readonly at: Introduced
}

/**
 * The windows that the events of one range open, in the order of the scheme. Empty when the source says that nothing
 * is affected (`introduced` equals `fixed`). One version that cannot be read makes the whole range unreadable: its
 * neighbours may end at it. (OSV schema, evaluation; matching-and-feeds §2.2)
 */
export function windowsOf(range: OsvRange, scheme: VersionScheme): readonly (AffectedRange | UnreadableRange)[] {
  const points: Point[] = []
  for (const event of range.events) {
    // A limit of `*` is no limit.
    if (event.is === 'limit' && event.version === '*') continue
    // `0` sorts before everything; `fixed: 0` is how some sources write "not affected".
    if ((event.is === 'introduced' || event.is === 'fixed') && event.version === '0') {
      points.push({ is: event.is, at: 'beginning' })
      continue
    }
    const version = scheme.parse(event.version)
    if (!version.ok) return [{ unreadable: version.error }]
    if (scheme.canBound?.(version.value) === false) {
      return [unreadable(scheme, event.version, 'versions cannot be held against it')]
    }
    points.push({ is: event.is, at: version.value })
  }
  const [first] = range.events
  if (!points.some(point => point.is === 'introduced')) {
    return [unreadable(scheme, first?.version ?? '', 'the range has no introduced event')]
  }
  const windows = walk(points, scheme)
  const limits = points.flatMap(point => (point.is === 'limit' && point.at !== 'beginning' ? [point.at] : []))
  return limits.length === 0 ? windows : withinLimits(windows, limits, scheme)
}

/** Events of equal version form one step: a window that is open there ends before a new one starts. */
function walk(points: readonly Point[], scheme: VersionScheme): AffectedRange[] {
  const sorted = points.filter(point => point.is !== 'limit').sort((a, b) => comparePoints(a.at, b.at, scheme))
  const windows: AffectedRange[] = []
  let open: Introduced | null = null
  for (let start = 0; start < sorted.length;) {
    const at: Introduced = sorted[start]?.at ?? 'beginning'
    let end = start
    const here = new Set<OsvEvent['is']>()
    for (; end < sorted.length; end++) {
      const point = sorted[end]
      if (point === undefined || comparePoints(point.at, at, scheme) !== 0) break
      here.add(point.is)
    }
    start = end
    if (at === 'beginning') {
      open = here.has('introduced') && !here.has('fixed') ? at : null
      continue
    }
    const wasOpen: boolean = open !== null
    if (!wasOpen && here.has('introduced')) open = at
    if (open === null) continue
    if (here.has('last_affected')) windows.push({ scheme: scheme.id, introduced: open, end: { lastAffected: at } })
    // `introduced` and `fixed` of one version, with nothing open before them, are an empty window.
    else if (here.has('fixed') && wasOpen) windows.push({ scheme: scheme.id, introduced: open, end: { fixed: at } })
    if (here.has('fixed') || here.has('last_affected')) open = wasOpen && here.has('introduced') ? at : null
  }
  if (open !== null) windows.push({ scheme: scheme.id, introduced: open, end: 'no-fix-known' })
  return windows
}

/**
 * Versions at or above every limit are outside the range. Such a bound is not a fix and must not be shown as one, so a
 * window that a limit cuts is unreadable; those wholly below or above it are kept or dropped.
 */
function withinLimits(
  windows: readonly AffectedRange[],
  limits: readonly Version[],
  scheme: VersionScheme,
): (AffectedRange | UnreadableRange)[] {
  const highest = limits.reduce((a, b) => (scheme.compare(a, b) >= 0 ? a : b))
  return windows.flatMap((window): (AffectedRange | UnreadableRange)[] => {
    if (window.introduced !== 'beginning' && scheme.compare(window.introduced, highest) >= 0) return []
    const { end } = window
    if (end !== 'no-fix-known') {
      if ('fixed' in end && scheme.compare(end.fixed, highest) <= 0) return [window]
      if ('lastAffected' in end && scheme.compare(end.lastAffected, highest) < 0) return [window]
    }
    return [unreadable(scheme, highest.text, 'the range is cut by a limit event, which names no fixed version')]
  })
}

function comparePoints(a: Introduced, b: Introduced, scheme: VersionScheme): number {
  if (a === 'beginning') return b === 'beginning' ? 0 : -1
  return b === 'beginning' ? 1 : scheme.compare(a, b)
}

function unreadable(scheme: VersionScheme, text: string, reason: string): UnreadableRange {
  return { unreadable: { is: 'unreadable-version', scheme: scheme.id, text, reason } }
}
