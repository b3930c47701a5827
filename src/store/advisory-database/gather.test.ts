import { describe, expect, it } from 'vitest'
import { instant } from '../../base/clock.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { StoredRecord } from './encoding.ts'
import { gatherVulnerability } from './gather.ts'
import type { AboutRecord } from './gather.ts'

const CVE = vulnerabilityId('CVE-2022-37434')
const HIGH_31 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
const OTHER_31 = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H'
const HIGH_30 = 'CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
const V4 = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'
const V2 = 'AV:N/AC:L/Au:N/C:P/I:P/A:P'

function about(id: string, source: string, changes: Partial<StoredRecord> = {}, aboutCount = 1): AboutRecord {
  const record: StoredRecord = {
    id,
    source,
    sourceUrl: `https://example.org/${id}`,
    aliases: [],
    upstream: [],
    summary: null,
    details: null,
    severities: [],
    references: [],
    published: null,
    modified: null,
    withdrawn: null,
    ...changes,
  }
  return { record, aboutCount }
}

const dsa = about('DSA-5218-1', 'DEBIAN_CVE', { summary: 'zlib - security update', published: instant(1_000) })
const ubuntu = about('UBUNTU-CVE-2022-37434', 'UBUNTU_CVE', {
  details: 'What Ubuntu says.',
  severities: [
    { system: 'CVSS_V3', vector: OTHER_31 },
    { system: 'word', word: 'medium' },
  ],
})
const nvd = about(CVE, 'NVD', {
  details: 'What NVD says.',
  severities: [
    { system: 'CVSS_V3', vector: HIGH_30 },
    { system: 'CVSS_V2', vector: V2 },
    { system: 'CVSS_V4', vector: V4, source: 'cna@example.org' },
    { system: 'CVSS_V3', vector: OTHER_31, source: 'CISA-ADP' },
    { system: 'CVSS_V3', vector: HIGH_31, source: 'cna@example.org' },
  ],
})
const alas = about(
  'ALAS2-2022-1',
  'AMAZON_CVE',
  { details: `CVE-2022-10001:\n\tAnother flaw.\n\n${CVE}:\n\tWhat Amazon says.\n\n\nCVE-2022-10002:\n` },
  3,
)
const ghsa = about('GHSA-a', 'GITHUB', {
  details: 'What GitHub says.',
  severities: [
    { system: 'CVSS_V3', vector: HIGH_31 },
    { system: 'word', word: 'MODERATE' },
  ],
})

describe('gatherVulnerability', () => {
  it('keeps Debian as the source, and takes text and scores from NVD', () => {
    const vulnerability = gatherVulnerability(CVE, [ubuntu, nvd, dsa], ['DSA-5218-1'])

    expect(vulnerability).toMatchObject({
      source: 'DEBIAN_CVE',
      sourceUrl: 'https://security-tracker.debian.org/tracker/CVE-2022-37434',
      description: 'What NVD says.',
      vendorSeverity: null,
      vendorCreatedAt: 1_000,
    })
  })

  it('orders scores by vendor, NVD, numbering authority, CISA, others; then 4.0 and 2.0', () => {
    const scores = gatherVulnerability(CVE, [ghsa, dsa, nvd, ubuntu], ['DSA-5218-1'])?.cvss

    expect(scores?.map(({ version, source }) => `${version} ${source}`)).toEqual([
      '3.0 NVD',
      '3.1 cna@example.org',
      '3.1 CISA-ADP',
      '3.1 GITHUB',
      '3.1 UBUNTU_CVE',
      '4.0 cna@example.org',
      '2.0 NVD',
    ])
    const asUbuntu = gatherVulnerability(CVE, [ghsa, dsa, nvd, ubuntu], [ubuntu.record.id])
    expect(asUbuntu?.cvss.slice(0, 2).map(score => score.source)).toEqual(['UBUNTU_CVE', 'NVD'])
    expect(asUbuntu).toMatchObject({ vendorSeverity: 'medium', description: 'What Ubuntu says.', source: 'UBUNTU_CVE' })
  })

  it('keeps numbers without a vector apart: the vendor’s, else another’s, never another distribution’s or a wrong one', () => {
    const numbers = (...scores: number[]): Partial<StoredRecord> => {
      return { severities: scores.map(score => ({ system: 'score', score })) }
    }
    const photon = about('PHOTON-1', 'PHOTON_CVE', numbers(Number.NaN, 10.1, -1, 7.5))
    const rubysec = about('RUBYSEC-1', 'RUBYSEC', numbers(5))
    const alpine = about('ALPINE-1', 'ALPINE_CVE', numbers(9))

    expect(gatherVulnerability(CVE, [rubysec, photon, nvd], ['PHOTON-1'])?.bareScore).toEqual({
      score: 7.5,
      source: 'PHOTON_CVE',
    })
    expect(gatherVulnerability(CVE, [alpine, rubysec, dsa], ['DSA-5218-1'])?.bareScore?.source).toBe('RUBYSEC')
    expect(gatherVulnerability(CVE, [alpine, dsa], ['DSA-5218-1'])).not.toHaveProperty('bareScore')
    expect(gatherVulnerability(CVE, [photon, nvd], ['PHOTON-1'])?.cvss).toHaveLength(5)
  })

  it('keeps the advisory’s own text for a language package, whatever a distribution says', () => {
    const vulnerability = gatherVulnerability(CVE, [ubuntu, nvd, ghsa], ['GHSA-a'])

    expect(vulnerability).toMatchObject({
      source: 'GITHUB',
      description: 'What GitHub says.',
      vendorSeverity: 'MODERATE',
    })
    expect(vulnerability?.cvss[0]).toMatchObject({ source: 'NVD' })
  })

  it('prefers NVD’s text about one flaw to an advisory’s about many, and the vendor’s line to nothing', () => {
    const many = about('DLA-1-1', 'DEBIAN_CVE', { summary: 'zlib', details: 'Several vulnerabilities.' }, 5)

    expect(gatherVulnerability(CVE, [many, nvd], ['DLA-1-1'])?.description).toBe('What NVD says.')
    expect(gatherVulnerability(CVE, [many], ['DLA-1-1'])?.description).toBe('Several vulnerabilities.')
    expect(gatherVulnerability(CVE, [about('X-1', 'X', { summary: 'other' }), dsa], ['DSA-5218-1'])?.description).toBe(
      'zlib - security update',
    )
  })

  it('does not depend on the order of the records, and knows nothing without any', () => {
    const records = [dsa, ubuntu, nvd, ghsa]

    expect(gatherVulnerability(CVE, records.toReversed(), ['DSA-5218-1'])).toEqual(
      gatherVulnerability(CVE, records, ['DSA-5218-1']),
    )
    expect(gatherVulnerability(CVE, [])).toBeNull()
    expect(gatherVulnerability(CVE, records)?.source).toBe('UBUNTU_CVE')
    expect(gatherVulnerability(CVE, [nvd])).toMatchObject({ source: 'NVD', description: 'What NVD says.' })
  })
})

describe('a notice about several flaws', () => {
  it('describes each in its own section, and links the vendor’s page of the CVE', () => {
    const found = gatherVulnerability(CVE, [alas, nvd], [alas.record.id])

    expect(found).toMatchObject({ source: 'AMAZON_CVE', description: 'What Amazon says.' })
    expect(found?.sourceUrl).toBe(`https://explore.alas.aws.amazon.com/${CVE}.html`)
  })

  it('gives way to NVD where it has no section, or an empty one, about a flaw', () => {
    const other = vulnerabilityId('CVE-2022-10002')

    expect(gatherVulnerability(other, [alas, nvd], [alas.record.id])?.description).toBe('What NVD says.')
  })
})
