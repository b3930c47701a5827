import { formatInstant, parseInstant, type Instant } from '../base/clock.ts'
import type { Namespace } from '../domain/namespace.ts'
import { countedEnds, isOver } from '../ecosystems/release-ends.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import type { ReleaseEnding } from './advisory-database.ts'

/**
 * What an assessment rests on: a version of the advisories, and the newest last day of support that has passed. Time
 * alone makes a platform end: with the day in the name, a scope is outdated the night that a release ends, and only
 * resources of that release are due. (decisions/0012)
 */
export interface Basis {
  readonly advisoryVersion: string
  /** `YYYY-MM-DD`; `null` in what was stored before platforms ended. */
  readonly endsSeen: string | null
}

type Advisories = Pick<AdvisoryIndex, 'version' | 'releaseEnds'>

/** The name under which stores keep the basis; equal names, equal findings. */
export function restsOn(index: Advisories, now: Instant): string {
  return formatBasis({ advisoryVersion: index.version, endsSeen: newestPassedEnd(index, now) })
}

export function formatBasis({ advisoryVersion, endsSeen }: Basis): string {
  return endsSeen === null ? advisoryVersion : `${advisoryVersion}@${endsSeen}`
}

export function readBasisName(name: string): Basis {
  const [, advisoryVersion = name, endsSeen = null] = /^(.*)@([0-9]{4}-[0-9]{2}-[0-9]{2})$/.exec(name) ?? []
  return { advisoryVersion, endsSeen }
}

/** Namespaces that ended since `seen` was the newest end, and those of which an end that is over or was has moved. */
export function newlyEnded(
  index: Advisories,
  seen: string | null,
  moved: readonly ReleaseEnding[],
  now: Instant,
): readonly Namespace[] {
  const after = seen === null ? null : parseInstant(`${seen}T00:00:00Z`)
  const ended = new Set<Namespace>()
  for (const [where, lastDay] of endsOf(index)) {
    if (isOver(lastDay, now) && (after === null || lastDay > after)) ended.add(where)
  }
  for (const { namespace, earliest } of moved) if (isOver(earliest, now)) ended.add(namespace)
  return [...ended].sort()
}

function newestPassedEnd(index: Advisories, now: Instant): string | null {
  let newest: Instant | null = null
  for (const lastDay of endsOf(index).values()) {
    if (isOver(lastDay, now) && (newest === null || lastDay > newest)) newest = lastDay
  }
  return newest === null ? null : formatInstant(newest).slice(0, 10)
}

/** By what the advisories tell, which stays the same object for a version: every assessment asks. */
const counted = new WeakMap<object, ReadonlyMap<Namespace, Instant>>()
const withoutFeed = countedEnds([])

function endsOf(index: Advisories): ReadonlyMap<Namespace, Instant> {
  const told = index.releaseEnds?.()
  if (told === undefined) return withoutFeed
  let ends = counted.get(told)
  if (ends === undefined) counted.set(told, (ends = countedEnds([...told.values()])))
  return ends
}
