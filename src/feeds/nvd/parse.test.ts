import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNvdJson, parseNvdRecord } from './parse.ts'

const NVD_31 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
const CNA_31 = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H'
const V2 = 'AV:N/AC:L/Au:N/C:P/I:P/A:P'
const V4 = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'
const CISA = '134c704f-9b21-4f2e-91b3-4a467353bcc0'

function aRecord(changes: object = {}): object {
  return {
    cve: {
      id: 'CVE-2022-37434',
      sourceIdentifier: 'cve@mitre.org',
      published: '2022-08-05T07:15:07.240',
      lastModified: '2022-10-20T12:00:00.000',
      vulnStatus: 'Analyzed',
      descriptions: [
        { lang: 'es', value: 'Otro texto.' },
        { lang: 'en', value: 'A text about zlib.' },
      ],
      ...changes,
    },
  }
}

function aScore(source: string | undefined, vectorString: unknown, type = 'Primary'): object {
  return { source, type, cvssData: { version: '3.1', vectorString, baseScore: 1 } }
}

function parsed(value: unknown) {
  const result = parseNvdRecord(value)
  if (!result.ok) throw new Error(result.error.detail)
  return result.value
}

describe('parseNvdRecord', () => {
  it('makes an advisory that says nothing about packages', () => {
    expect(parsed(aRecord()).advisory).toEqual({
      id: 'CVE-2022-37434',
      feed: 'nvd',
      source: 'NVD',
      sourceUrl: 'https://nvd.nist.gov/vuln/detail/CVE-2022-37434',
      aliases: [],
      upstream: [],
      summary: null,
      details: 'A text about zlib.',
      severities: [],
      references: [],
      published: Date.UTC(2022, 7, 5, 7, 15, 7, 240),
      modified: Date.UTC(2022, 9, 20, 12),
      withdrawn: null,
      affected: [],
    })
  })

  it('keeps the scores of others apart from those of NVD, whatever type they bear', () => {
    const metrics = {
      cvssMetricV2: [aScore('nvd@nist.gov', V2)],
      cvssMetricV31: [
        aScore('security@example.org', CNA_31, 'Primary'),
        aScore(CISA, CNA_31, 'Secondary'),
        aScore('nvd@nist.gov', NVD_31),
        aScore('nvd@nist.gov', NVD_31, 'Secondary'),
      ],
      cvssMetricV40: [aScore('security@example.org', V4, 'Secondary')],
      ssvcV203: [{ source: CISA }],
      __proto__: { polluted: true },
    }

    const { advisory, droppedScores } = parsed(aRecord({ metrics }))

    expect(advisory.severities).toEqual([
      { system: 'CVSS_V3', vector: NVD_31 },
      { system: 'CVSS_V2', vector: V2 },
      { system: 'CVSS_V3', vector: CNA_31, source: 'security@example.org' },
      { system: 'CVSS_V3', vector: CNA_31, source: 'CISA-ADP' },
      { system: 'CVSS_V4', vector: V4, source: 'security@example.org' },
    ])
    expect(droppedScores).toEqual([])
  })

  it('leaves out and counts a score that cannot be read or is nobody’s, and keeps the record', () => {
    const cvssMetricV31 = [
      aScore('nvd@nist.gov', 'CVSS:3.1/AV:N'),
      aScore('nvd@nist.gov', 7.5),
      aScore(undefined, NVD_31),
      null,
      aScore('nvd@nist.gov', NVD_31),
    ]

    const { advisory, droppedScores } = parsed(aRecord({ metrics: { cvssMetricV31 } }))

    expect(advisory.severities).toEqual([{ system: 'CVSS_V3', vector: NVD_31 }])
    expect(droppedScores.toSorted()).toEqual([
      'score-of-nobody',
      'score-unreadable',
      'score-unreadable',
      'score-unreadable',
    ])
  })

  it('takes a rejected CVE for withdrawn since it was last changed', () => {
    const { advisory } = parsed(aRecord({ vulnStatus: 'Rejected' }))

    expect(advisory.withdrawn).toBe(Date.UTC(2022, 9, 20, 12))
  })

  it.each([
    ['2022-10-20T12:00:00', Date.UTC(2022, 9, 20, 12)],
    ['2022-10-20T12:00Z', Date.UTC(2022, 9, 20, 12)],
    ['2022-10-20T12:00:00.5+02:00', Date.UTC(2022, 9, 20, 10, 0, 0, 500)],
  ])('reads the time %s as UTC wherever the machine stands', (lastModified, time) => {
    expect(parsed(aRecord({ lastModified })).advisory.modified).toBe(time)
  })

  it.each([
    ['not an object', 7, 'not-an-object'],
    ['without a record', {}, 'missing-field'],
    ['without an id', aRecord({ id: undefined }), 'missing-field'],
    ['an id that leaves its place', aRecord({ id: '../CVE-2022-1' }), 'bad-id'],
    ['an id of another kind', aRecord({ id: 'GHSA-xvch-5gv4-984h' }), 'bad-id'],
    ['without a status', aRecord({ vulnStatus: undefined }), 'missing-field'],
    ['without a time', aRecord({ lastModified: undefined }), 'missing-field'],
    ['a time that is none', aRecord({ lastModified: 'soon' }), 'time-unreadable'],
    ['a list in place of scores', aRecord({ metrics: [] }), 'not-an-object'],
    ['text in place of a list', aRecord({ descriptions: 'A text.' }), 'wrong-type'],
    ['too many scores', aRecord({ metrics: { cvssMetricV2: Array(101).fill(null) } }), 'limit-exceeded'],
  ])('refuses %s', (_what, value, reason) => {
    expect(parseNvdRecord(value)).toMatchObject({ ok: false, error: { reason } })
  })

  it('shortens a long description', () => {
    const { advisory } = parsed(aRecord({ descriptions: [{ lang: 'en', value: 'a'.repeat(100_000) }] }))

    expect(advisory.details).toHaveLength(4_000)
  })

  it('never throws, whatever the text or the value', () => {
    const where = fc.constantFrom('id', 'metrics', 'descriptions', 'published', 'vulnStatus')
    fc.assert(
      fc.property(fc.string(), text => {
        expect(() => parseNvdJson(text)).not.toThrow()
      }),
    )
    fc.assert(
      fc.property(fc.jsonValue(), where, (value, at) => {
        expect(() => parseNvdRecord(aRecord({ [at]: value }))).not.toThrow()
      }),
    )
  })
})
