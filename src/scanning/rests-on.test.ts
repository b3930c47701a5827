import { describe, expect, it } from 'vitest'
import { instant, type Instant } from '../base/clock.ts'
import { namespace } from '../domain/namespace.ts'
import type { ReleaseEnd } from '../domain/release-end.ts'
import { formatBasis, newlyEnded, readBasisName, restsOn } from './rests-on.ts'

const at = (text: string): Instant => instant(Date.parse(text))
const MARINER = namespace('mariner:2')

function anIndex(...ends: readonly string[]) {
  const told = ends.map((day): readonly [typeof MARINER, ReleaseEnd] => [
    MARINER,
    { namespace: MARINER, label: 'Mariner 2', ends: at(day), extendedUntil: null, page: 'https://dates.example/' },
  ])
  return { version: 'v1', releaseEnds: () => new Map(told) }
}

describe('restsOn', () => {
  it('names the newest last day that has passed, from the tables and from the feed', () => {
    expect(restsOn({ version: 'v1' }, at('2026-09-01T00:00:00Z'))).toBe('v1@2026-08-31')
    expect(restsOn({ version: 'v1' }, at('2026-08-31T23:00:00Z'))).toBe('v1@2026-07-09')
    expect(restsOn(anIndex('2026-10-01'), at('2026-10-02T00:00:00Z'))).toBe('v1@2026-10-01')
    expect(restsOn({ version: 'v1' }, instant(0))).toBe('v1')
  })

  it('is read back', () => {
    for (const basis of [
      { advisoryVersion: 'v1', endsSeen: '2026-08-31' },
      { advisoryVersion: 'v1', endsSeen: null },
    ]) {
      expect(readBasisName(formatBasis(basis))).toEqual(basis)
    }
  })
})

describe('newlyEnded', () => {
  it('are the releases that ended since, and no others', () => {
    const now = at('2026-10-02T00:00:00Z')

    expect(newlyEnded(anIndex('2026-10-01'), '2026-07-09', [], now)).toEqual(['debian:11', 'mariner:2'])
    expect(newlyEnded(anIndex('2026-10-01'), '2026-10-01', [], now)).toEqual([])
    expect(newlyEnded(anIndex('2026-10-02'), '2026-08-31', [], now)).toEqual([])
  })

  it('are all that are over for what was stored before platforms ended', () => {
    expect(newlyEnded(anIndex(), null, [], at('2017-05-02T00:00:00Z'))).toContain('alpine:3.2')
  })

  it('hold a release whose day was moved into or out of the past, and none that only moved in the future', () => {
    const moved = (day: string) => [{ namespace: MARINER, earliest: at(day) }]

    expect(newlyEnded(anIndex(), '2026-08-31', moved('2025-07-31'), at('2026-11-01'))).toEqual([MARINER])
    expect(newlyEnded(anIndex(), '2026-08-31', moved('2027-07-31'), at('2026-11-01'))).toEqual([])
  })
})
