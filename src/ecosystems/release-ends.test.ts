import { describe, expect, it } from 'vitest'
import { instant, type Instant } from '../base/clock.ts'
import { namespace } from '../domain/namespace.ts'
import type { ReleaseEnd } from '../domain/release-end.ts'
import { platformNamespaceOf } from './platform-namespace.ts'
import { countedEnds, releaseStanding } from './release-ends.ts'

const at = (text: string): Instant => instant(Date.parse(text))

function told(given: Partial<ReleaseEnd> & { readonly of: string }): ReleaseEnd {
  const { of, ...rest } = given
  return {
    namespace: namespace(of),
    label: of,
    ends: 'not-planned',
    extendedUntil: null,
    page: 'https://dates.example/',
    ...rest,
  }
}

const NOW = at('2026-11-23T00:00:00Z')

describe('releaseStanding', () => {
  it.each([
    ['debian:10', 'ended'],
    ['debian:11', 'ended'],
    ['debian:12', 'supported'],
    ['alpine:3.9', 'ended'],
    ['alpine:3.24', 'supported'],
    ['amzn:2018.03', 'ended'],
    ['sles:15', 'ended'],
    ['ubuntu:18.04', 'supported'],
    ['ubuntu:19.10', 'unknown'],
    ['wolfi', 'supported'],
    ['somewhere:1', 'unknown'],
  ])('knows without any feed that %s is %s', (where, is) => {
    expect(releaseStanding(namespace(where), null, NOW).is).toBe(is)
  })

  it('lets a release end with the last moment of its last day', () => {
    const standing = (now: string): string => releaseStanding(namespace('debian:11'), null, at(now)).is

    expect(standing('2026-08-31T23:59:59.999Z')).toBe('supported')
    expect(standing('2026-09-01T00:00:00Z')).toBe('ended')
  })

  it('takes the day of Amazon Inspector before that of the feed, and tells of extended support', () => {
    const word = told({ of: 'ubuntu:16.04', ends: at('2021-04-02'), extendedUntil: at('2031-04-02') })

    expect(releaseStanding(namespace('ubuntu:16.04'), word, NOW)).toMatchObject({
      is: 'ended',
      lastDay: at('2026-04-01'),
      extendedUntil: at('2031-04-02'),
      source: 'AMAZON_INSPECTOR',
    })
  })

  it('takes the day of the feed where Inspector has none, without counting extended support', () => {
    const word = told({ of: 'ubuntu:19.10', ends: at('2020-07-17'), extendedUntil: at('2099-01-01') })

    expect(releaseStanding(namespace('ubuntu:19.10'), word, NOW)).toMatchObject({
      is: 'ended',
      lastDay: at('2020-07-17'),
      source: 'ENDOFLIFE_DATE',
    })
  })

  it.each([
    ['over before Inspector listed it as supported', '2023-05-31', null, 'supported'],
    ['over before, extended since', '2023-05-31', '2026-10-01', 'ended'],
    ['over before, extended still', '2023-05-31', '2028-04-01', 'supported'],
    ['over after', '2026-10-01', '2030-01-01', 'ended'],
    ['to come', '2027-10-01', null, 'supported'],
  ])('of a release that Inspector lists as supported: regular support %s', (_what, ends, extended, is) => {
    const word = told({
      of: 'ubuntu:18.04',
      ends: at(ends),
      extendedUntil: extended === null ? null : at(extended),
    })

    expect(releaseStanding(namespace('ubuntu:18.04'), word, NOW).is).toBe(is)
  })

  it('says that a release is over also where nobody knows since when', () => {
    expect(releaseStanding(namespace('fedora:9'), told({ of: 'fedora:9', ends: 'day-unknown' }), NOW)).toMatchObject({
      is: 'ended',
      lastDay: null,
    })
    expect(releaseStanding(namespace('fedora:45'), told({ of: 'fedora:45' }), NOW).is).toBe('supported')
  })
})

describe('countedEnds', () => {
  it('are those of the tables, which the feed adds to and does not move', () => {
    const ends = countedEnds([
      told({ of: 'debian:11', ends: at('2024-08-14') }),
      told({ of: 'mariner:2', ends: at('2025-07-31') }),
      told({ of: 'rocky:11' }),
    ])

    expect(ends.get(namespace('debian:11'))).toBe(at('2026-08-31'))
    expect(ends.get(namespace('mariner:2'))).toBe(at('2025-07-31'))
    expect(ends.has(namespace('rocky:11'))).toBe(false)
  })
})

describe('the tables', () => {
  it('name every release as an installation of it is named', () => {
    for (const where of countedEnds([]).keys()) {
      const [id = '', versionId = ''] = where.split(':')
      const distro = { id, versionId, codename: null, prettyName: null }

      expect(platformNamespaceOf({ distro, packages: [] })).toBe(where)
    }
  })
})
