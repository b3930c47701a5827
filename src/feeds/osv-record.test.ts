import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { parseOsvJson, parseOsvRecord } from './osv-record.ts'
import { OSV_LIMITS } from './osv-schema.ts'

const npmContext = { feed: 'osv', part: 'npm', ecosystems: ECOSYSTEMS }

function anEntry(overrides: object = {}): object {
  return {
    package: { ecosystem: 'npm', name: 'left-pad' },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.1' }] }],
    ...overrides,
  }
}

function aRecord(overrides: object = {}): object {
  return { id: 'GHSA-aaaa-bbbb-cccc', modified: '2026-01-02T03:04:05Z', affected: [anEntry()], ...overrides }
}

function advisoryOf(record: unknown, context = npmContext) {
  const parsed = parseOsvRecord(record, context)
  if (!parsed.ok) throw new Error(`${parsed.error.reason}: ${parsed.error.detail}`)
  return parsed.value.advisory
}

describe('parseOsvRecord', () => {
  it('keeps ids, times and where the record comes from', () => {
    const advisory = advisoryOf(aRecord({ aliases: ['CVE-2026-1', 'CVE-2026-1'], withdrawn: '2026-02-01T00:00:00Z' }))

    expect(advisory).toMatchObject({
      id: 'GHSA-aaaa-bbbb-cccc',
      source: 'GITHUB',
      sourceUrl: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
      aliases: ['CVE-2026-1'],
      withdrawn: Date.parse('2026-02-01T00:00:00Z'),
    })
  })

  it.each([
    ['DSA-1-1', 'DEBIAN_CVE', 'https://security-tracker.debian.org/tracker/DSA-1-1'],
    ['DEBIAN-CVE-2024-1', 'DEBIAN_CVE', 'https://security-tracker.debian.org/tracker/CVE-2024-1'],
    ['UBUNTU-CVE-2024-1', 'UBUNTU_CVE', 'https://ubuntu.com/security/CVE-2024-1'],
    ['CVE-2024-1', 'NVD', 'https://nvd.nist.gov/vuln/detail/CVE-2024-1'],
    ['RETIREJS-x', 'RETIREJS', null],
    ['NEWDB-1', 'NEWDB', null],
    ['GHSA-x/../../y?z', 'GITHUB', null],
  ])('%s is of %s with the page %s', (id, source, sourceUrl) => {
    expect(advisoryOf(aRecord({ id }))).toMatchObject({ source, sourceUrl })
  })

  it('tells what is about other systems only, apart from what is about all', () => {
    const record = aRecord({
      affected: [anEntry({ ecosystem_specific: { affects: { os: ['windows'] } } }), anEntry()],
    })
    const both = advisoryOf(record).affected

    expect(both).toMatchObject([{ name: 'left-pad', operatingSystems: ['windows'] }, { name: 'left-pad' }])
    expect(both[1]).not.toHaveProperty('operatingSystems')
  })

  describe('notices of AlmaLinux and Rocky', () => {
    const almaContext = { ...npmContext, part: 'AlmaLinux' }
    const notice = (id: string, names: readonly string[], related: readonly string[]): object => ({
      ...aRecord({ id, related }),
      affected: names.map(name => ({
        package: { ecosystem: 'AlmaLinux:9', name },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '5.4.4-4.el9' }] }],
      })),
    })

    it('are about the CVEs that they relate to', () => {
      const advisory = advisoryOf(notice('ALSA-2023:1', ['curl'], ['CVE-2023-1', 'RHSA-2023:1']), almaContext)

      expect(advisory).toMatchObject({ source: 'ALMALINUX_CVE', upstream: ['CVE-2023-1'] })
    })

    it('of Mageia are as theirs, by source package', () => {
      const record = {
        ...aRecord({ id: 'MGASA-2025-0124', related: ['CVE-2024-56161'] }),
        affected: [
          {
            package: { ecosystem: 'Mageia:9', name: 'microcode' },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '0.20250211-2.mga9.nonfree' }] }],
          },
        ],
      }

      expect(advisoryOf(record, { ...npmContext, part: 'Mageia' })).toMatchObject({
        source: 'MAGEIA_CVE',
        sourceUrl: 'https://advisories.mageia.org/MGASA-2025-0124.html',
        upstream: ['CVE-2024-56161'],
        affected: [{ namespace: 'mageia:9', name: 'microcode' }],
      })
    })

    it('count what records of others relate to for nothing', () => {
      expect(advisoryOf(aRecord({ related: ['CVE-2023-1'] })).upstream).toEqual([])
    })

    it('about bugs are dropped, unless they name a CVE', () => {
      expect(parseOsvRecord(notice('ALBA-2023:1', ['curl'], []), almaContext)).toMatchObject({
        ok: false,
        error: { reason: 'no-vulnerability' },
      })
      expect(parseOsvRecord(notice('ALBA-2023:1', ['curl'], ['CVE-2023-1']), almaContext).ok).toBe(true)
    })

    it('about security without a CVE stay, under their own id', () => {
      expect(advisoryOf(notice('ALSA-2023:1', ['curl'], []), almaContext).upstream).toEqual([])
    })

    it('hold for libraries that they leave out, built with what they name', () => {
      const { affected } = advisoryOf(notice('ALSA-2023:1', ['lua', 'gcc', 'libgcc'], ['CVE-2023-1']), almaContext)

      expect(affected.map(({ name }) => name)).toEqual(['lua', 'gcc', 'libgcc', 'lua-libs'])
      expect(affected.at(-1)?.ranges).toEqual(affected[0]?.ranges)
    })
  })

  it('keeps the entries of its own part and counts why others were dropped', () => {
    const parsed = parseOsvRecord(
      aRecord({
        affected: [
          anEntry(),
          anEntry({ package: { ecosystem: 'Hackage', name: 'x' } }),
          anEntry({ package: { ecosystem: 'Debian:11', name: 'x' } }),
          anEntry({ ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] }),
          anEntry({ ranges: [] }),
          { ranges: [] },
        ],
      }),
      npmContext,
    )

    expect(parsed.ok && parsed.value.dropped).toEqual([
      'unsupported-ecosystem',
      'entry-of-another-part',
      'git-ranges-only',
      'no-affected-versions',
      'unsupported-ecosystem',
    ])
    expect(parsed.ok && parsed.value.advisory.affected).toHaveLength(1)
  })

  it.each(['unmaintained', 'unsound', 'notice'])('drops what RustSec says of a crate for information: %s', word => {
    const informational = anEntry({ database_specific: { informational: word } })

    expect(parseOsvRecord(aRecord({ affected: [informational] }), npmContext)).toMatchObject({
      ok: false,
      error: { reason: 'informational' },
    })
    expect(parseOsvRecord(aRecord({ affected: [informational, anEntry()] }), npmContext)).toMatchObject({
      ok: true,
      value: { dropped: ['informational'] },
    })
  })

  it('does not drop what only calls itself informational otherwise', () => {
    expect(
      advisoryOf(aRecord({ affected: [anEntry({ database_specific: { informational: null } })] })).affected,
    ).toHaveLength(1)
  })

  it('makes one entry of two for one package', () => {
    const second = anEntry({ ranges: [{ type: 'SEMVER', events: [{ introduced: '2.0.0' }] }], versions: ['9.9.9'] })

    const [affected, ...others] = advisoryOf(aRecord({ affected: [anEntry(), second] })).affected

    expect(others).toEqual([])
    expect(affected?.ranges).toHaveLength(2)
    expect(affected?.versions).toEqual(['9.9.9'])
  })

  it('does not believe version lists of operating systems', () => {
    const entry = anEntry({ package: { ecosystem: 'Debian:11', name: 'sudo' }, versions: ['1.9.5p2-3'] })

    const [affected] = advisoryOf(aRecord({ affected: [entry] }), { ...npmContext, part: 'Debian' }).affected

    expect(affected).toMatchObject({ namespace: 'debian:11', name: 'sudo', versions: [] })
  })

  it('reads CVSS vectors and words, those of the entry first', () => {
    const advisory = advisoryOf(
      aRecord({
        severity: [
          { type: 'CVSS_V3', score: 'CVSS:3.1/top' },
          { type: 'Ubuntu', score: 'medium' },
        ],
        affected: [
          anEntry({ severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/own' }], ecosystem_specific: { urgency: 'low' } }),
        ],
        database_specific: { severity: 'HIGH' },
      }),
    )

    expect(advisory.severities).toEqual([
      { system: 'CVSS_V3', vector: 'CVSS:3.1/own' },
      { system: 'CVSS_V3', vector: 'CVSS:3.1/top' },
      { system: 'word', word: 'medium' },
      { system: 'word', word: 'low' },
      { system: 'word', word: 'HIGH' },
    ])
  })

  it('keeps numbers that came without a vector, that of CVSS 3 first, and nothing that is no score', () => {
    const own = { cvss_v2_score: 4.3, cvss_v3_score: 7.5, cvss_v4_score: 10.1 }

    expect(advisoryOf(aRecord({ severity: [], database_specific: own })).severities).toEqual([
      { system: 'score', score: 7.5 },
      { system: 'score', score: 4.3 },
    ])
    expect(advisoryOf(aRecord({ severity: [], database_specific: { cvss_v3_score: '9.8' } })).severities).toEqual([])
  })

  it('cuts endless prose and drops links that are not web links', () => {
    const advisory = advisoryOf(
      aRecord({
        details: 'x'.repeat(1_000_000),
        references: [{ type: 'WEB', url: 'javascript:alert(1)' }, { type: 'WEB', url: 'https://example.org/a' }, 7],
      }),
    )

    expect(advisory.details).toHaveLength(4_000)
    expect(advisory.references).toEqual(['https://example.org/a'])
  })

  it.each([
    ['a list', [], 'not-an-object'],
    ['null', null, 'not-an-object'],
    ['no id', aRecord({ id: undefined }), 'missing-field'],
    ['a number as id', aRecord({ id: 7 }), 'wrong-type'],
    ['an endless id', aRecord({ id: 'x'.repeat(10_000) }), 'limit-exceeded'],
    ['affected as an object', aRecord({ affected: {} }), 'wrong-type'],
    ['an entry that is a text', aRecord({ affected: ['x'] }), 'wrong-type'],
    [
      'an event without a known key',
      aRecord({ affected: [anEntry({ ranges: [{ type: 'SEMVER', events: [{ fixd: '1' }] }] })] }),
      'missing-field',
    ],
    [
      'too many aliases',
      aRecord({ aliases: Array.from({ length: OSV_LIMITS.aliases + 1 }, () => 'x') }),
      'limit-exceeded',
    ],
    ['an unreadable withdrawal', aRecord({ withdrawn: 'yesterday' }), 'withdrawn-time-unreadable'],
  ])('refuses %s, and says why', (_what, record, reason) => {
    const parsed = parseOsvRecord(record, npmContext)

    expect(parsed.ok ? null : parsed.error.reason).toBe(reason)
  })

  it('keeps a range that cannot be read as unreadable, never as safe', () => {
    const entry = anEntry({ ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '??' }] }] })

    expect(advisoryOf(aRecord({ affected: [entry] })).affected[0]?.ranges[0]).toHaveProperty('unreadable')
  })

  it('tells what nobody at the source reviewed, and does not believe its "every version"', () => {
    const go = { feed: 'osv', part: 'Go', ecosystems: ECOSYSTEMS }
    const anyVersion = [{ type: 'SEMVER', events: [{ introduced: '0' }] }]
    const custom = { custom_ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '6.6' }, { fixed: '6.7' }] }] }
    const affected = [
      { package: { ecosystem: 'Go', name: 'example.com/a' }, ranges: anyVersion, ecosystem_specific: custom },
      { package: { ecosystem: 'Go', name: 'example.com/B' }, ranges: anyVersion },
    ]

    const unreviewed = advisoryOf({ id: 'GO-1', affected, database_specific: { review_status: 'UNREVIEWED' } }, go)
    const reviewed = advisoryOf({ id: 'GO-2', affected, database_specific: { review_status: 'REVIEWED' } }, go)

    expect(unreviewed.affected).toMatchObject([
      { name: 'example.com/a', isUnreviewed: true, ranges: [{ unreadable: { scheme: 'go' } }] },
      { name: 'example.com/b', isUnreviewed: true, ranges: [{ end: 'no-fix-known' }] },
    ])
    expect(reviewed.affected).toMatchObject([{ ranges: [{ end: 'no-fix-known' }] }, { name: 'example.com/b' }])
    expect(reviewed.affected[0]).not.toHaveProperty('isUnreviewed')
  })
})

describe('parseOsvJson', () => {
  it('reads nothing from prototypes', () => {
    const text =
      '{"id":"X-1","__proto__":{"withdrawn":"2020-01-01T00:00:00Z"},"affected":[{"package":{"ecosystem":"npm","name":"__proto__"},"versions":["1.0.0"]}]}'

    const parsed = parseOsvJson(text, npmContext)

    expect(parsed.ok && parsed.value.advisory.withdrawn).toBeNull()
    expect(parsed.ok && parsed.value.advisory.affected[0]?.name).toBe('__proto__')
    expect(({} as { withdrawn?: string }).withdrawn).toBeUndefined()
  })

  it('survives deep nesting and a text of 100 MB', () => {
    const deep = `{"id":"X-1","affected":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    const long = JSON.stringify(aRecord({ summary: 'x'.repeat(100_000_000) }))

    expect(parseOsvJson(deep, npmContext).ok).toBe(false)
    expect(parseOsvJson(long, npmContext).ok).toBe(true)
  })

  it('never throws, whatever the text says', () => {
    const fields = fc.dictionary(
      fc.constantFrom('id', 'affected', 'severity', 'aliases', 'withdrawn', 'references', 'database_specific'),
      fc.jsonValue(),
    )
    const isAnswered = (text: string) => typeof parseOsvJson(text, npmContext).ok === 'boolean'
    const texts = fc.oneof(
      fc.string(),
      fields.map(value => JSON.stringify({ id: 'X-1', ...value })),
    )

    expect(fc.check(fc.property(texts, isAnswered), { numRuns: 500 }).failed).toBe(false)
  })
})
