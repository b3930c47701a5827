import type { DatabaseSync } from 'node:sqlite'
import { instant, type Instant } from '../../base/clock.ts'
import { namespace, type Namespace } from '../../domain/namespace.ts'
import type { ReleaseEnd } from '../../domain/release-end.ts'
import type { ReleaseEnding } from '../../scanning/advisory-database.ts'

type StoredEnd = readonly [
  label: string,
  ends: number | 'day-unknown' | 'not-planned',
  extended: number | null,
  page: string,
]

/** Whose day nobody knows is over since ever. */
const LONG_AGO = instant(0)

/** One text for each end, as the hash of its part reads it. */
export function releaseEndLines(ends: readonly ReleaseEnd[]): string[] {
  return ends.map(end => `release-end ${end.namespace} ${encode(end)}`)
}

/** Makes the part say these ends and no others. */
export function writeReleaseEnds(database: DatabaseSync, part: number, ends: readonly ReleaseEnd[]): void {
  removeReleaseEnds(database, part)
  const row = database.prepare('INSERT OR REPLACE INTO release_end (namespace, part, json) VALUES (?, ?, ?)')
  for (const end of ends) row.run(end.namespace, part, encode(end))
}

export function removeReleaseEnds(database: DatabaseSync, part: number): void {
  database.prepare('DELETE FROM release_end WHERE part = ?').run(part)
}

/** One word for each namespace: of several parts the first. */
export function readReleaseEnds(database: DatabaseSync): ReadonlyMap<Namespace, ReleaseEnd> {
  const ends = new Map<Namespace, ReleaseEnd>()
  for (const row of database.prepare('SELECT namespace, json FROM release_end ORDER BY namespace, part').iterate()) {
    const where = namespace(String(row['namespace']))
    if (!ends.has(where)) ends.set(where, decode(where, String(row['json'])))
  }
  return ends
}

/** Releases of which the two versions tell another end, each with the first day that plays a part. */
export function movedEnds(before: DatabaseSync, after: DatabaseSync): readonly ReleaseEnding[] {
  const [old, now] = [readReleaseEnds(before), readReleaseEnds(after)]
  const moved: ReleaseEnding[] = []
  for (const where of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(where), now.get(where)]
    if (was !== undefined && is !== undefined && encode(was) === encode(is)) continue
    const days = [...daysOf(was), ...daysOf(is)]
    if (days.length > 0) moved.push({ namespace: where, earliest: instant(Math.min(...days)) })
  }
  return moved
}

/** Also the end of extended support may be the one that counts: see `releaseStanding`. */
function daysOf(end: ReleaseEnd | undefined): readonly Instant[] {
  if (end === undefined) return []
  const extended = end.extendedUntil === null ? [] : [end.extendedUntil]
  if (end.ends === 'not-planned') return extended
  return [end.ends === 'day-unknown' ? LONG_AGO : end.ends, ...extended]
}

function encode({ label, ends, extendedUntil, page }: ReleaseEnd): string {
  return JSON.stringify([label, ends, extendedUntil, page] satisfies StoredEnd)
}

function decode(where: Namespace, json: string): ReleaseEnd {
  // Written by `encode` of the same layout revision.
  const [label, ends, extended, page] = JSON.parse(json) as StoredEnd
  return {
    namespace: where,
    label,
    ends: typeof ends === 'number' ? instant(ends) : ends,
    extendedUntil: extended === null ? null : instant(extended),
    page,
  }
}
