import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { instant } from '../../src/base/clock.ts'
import { err, ok } from '../../src/base/result.ts'
import type { Feed, FeedApi } from '../../src/feeds/feed.ts'
import { aCveRecord, fromCisa, ssvc } from '../support/cve-records.ts'
import type { FeedMirror } from './feed-mirror.ts'
import { filledIn, sample } from './mirrors-of-distributions.ts'

const NVD_META = 'nvdcve-2.0-2024.meta'
const NVD_YEAR = 'nvdcve-2.0-2024.json.gz'
const CHECKSUM = '@checksum@'
const CVE_ARCHIVE = 'archive/refs/heads/main.zip!cvelistV5-main/'

/** Small sources of the feeds that say of flaws what they are and how bad, and of language packages what they have. */
export function mirrorsOfFlaws(feedOf: (id: string) => Feed): readonly FeedMirror[] {
  return [
    osv(feedOf('osv')),
    {
      feed: feedOf('retirejs'),
      part: 'npm',
      texts: [{ path: 'jsrepository-v4.json', kind: 'libraries', content: sample('retirejs', 'jsrepository-v4.json') }],
    },
    nvd(feedOf('nvd')),
    cveList(feedOf('cve-list')),
    {
      feed: feedOf('vulnrichment'),
      part: 'records',
      texts: [
        { path: 'vulnrichment.zip!2024/0xxx/CVE-2024-0001.json', kind: 'record', content: cveRecord('CVE-2024-0001') },
      ],
    },
    {
      feed: feedOf('end-of-life'),
      part: 'releases',
      texts: [{ path: 'products/full', kind: 'products', content: products() }],
    },
    {
      feed: feedOf('kev'),
      part: 'catalog',
      texts: [{ path: 'known_exploited_vulnerabilities.json', kind: 'catalog', content: kev() }],
    },
    {
      feed: feedOf('exploit-db'),
      part: 'exploits',
      texts: [{ path: 'files_exploits.csv', kind: 'table', content: sample('exploit-db', 'files_exploits.csv') }],
    },
    {
      feed: feedOf('metasploit'),
      part: 'modules',
      texts: [
        {
          path: 'db/modules_metadata_base.json',
          kind: 'modules',
          content: sample('metasploit', 'modules_metadata_base.json'),
        },
      ],
    },
    {
      feed: feedOf('epss'),
      part: 'scores',
      texts: [
        {
          path: 'epss_scores-current.csv.gz',
          kind: 'scores',
          content:
            '#model_version:v2025.03.14,score_date:2026-08-16T00:00:00+0000\ncve,epss,percentile\nCVE-2021-44228,0.99999,1.00000\nCVE-1999-0001,0.03351,0.87650\n',
        },
      ],
    },
  ]
}

function osv(feed: Feed): FeedMirror {
  return {
    feed,
    part: 'npm',
    texts: [
      { path: 'npm/all.zip!GHSA-1.json', kind: 'record', content: OSV_RECORDS[0] ?? '' },
      { path: 'npm/all.zip!GHSA-2.json', kind: 'record', content: OSV_RECORDS[1] ?? '' },
      {
        path: 'npm/modified_id.csv',
        kind: 'change list',
        content: '2026-06-01T00:00:00Z,GHSA-3\n2026-05-02T00:00:00Z,GHSA-2\n2026-05-01T00:00:00.5Z,GHSA-1\n',
      },
      {
        path: 'npm/GHSA-3.json',
        kind: 'changed record',
        content: osvRecord({ id: 'GHSA-3', modified: '2026-06-01T00:00:00Z' }),
      },
    ],
  }
}

function osvRecord(changes: object): string {
  return JSON.stringify({
    schema_version: '1.7.0',
    id: 'GHSA-1',
    aliases: ['CVE-2099-0001'],
    published: '2026-01-01T00:00:00Z',
    modified: '2026-05-01T00:00:00.5Z',
    summary: 'words',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    references: [{ type: 'WEB', url: 'https://a.example/b' }],
    affected: [
      {
        package: { ecosystem: 'npm', name: '@a/b', purl: 'pkg:npm/%40a/b' },
        ranges: [
          {
            type: 'SEMVER',
            events: [{ introduced: '0' }, { fixed: '1.2.3' }, { introduced: '2.0.0-rc.1' }, { last_affected: '2.1.0' }],
          },
        ],
        versions: ['1.0.0', '1.2.0'],
        ecosystem_specific: {
          imports: [{ path: 'a', goos: ['windows'] }],
          affects: { os: ['windows'] },
          urgency: 'low',
        },
        database_specific: { source: 'https://a.example/c', informational: null },
      },
    ],
    database_specific: { severity: 'HIGH', review_status: 'UNREVIEWED' },
    ...changes,
  })
}

/** Records of the shapes that the ecosystems have. */
export const OSV_RECORDS: readonly string[] = [
  osvRecord({}),
  osvRecord({ id: 'GHSA-2', modified: '2026-05-02T00:00:00Z', withdrawn: '2026-05-02T00:00:00Z', aliases: [] }),
  osvRecord({
    id: 'DEBIAN-CVE-2099-0002',
    upstream: ['CVE-2099-0002'],
    affected: [
      {
        package: { ecosystem: 'Debian:11', name: 'curl' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '7.74.0-1.3+deb11u2' }] }],
        ecosystem_specific: { urgency: 'not yet assigned' },
      },
    ],
  }),
  osvRecord({
    id: 'PYSEC-2099-3',
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'Pillow' },
        ranges: [
          { type: 'GIT', repo: 'https://a.example', events: [{ introduced: '0' }, { fixed: '0123abcd' }] },
          { type: 'ECOSYSTEM', events: [{ introduced: '1!0' }, { limit: '2.0rc1' }] },
        ],
        versions: ['1.0.post1', '0.9'],
      },
    ],
  }),
  osvRecord({
    id: 'ALSA-2099:4',
    related: ['CVE-2099-0004'],
    affected: [{ package: { ecosystem: 'AlmaLinux:8', name: 'nodejs' }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1:14.18.2-2.module_el8.5.0+1' }] }] }],
  }),
] // prettier-ignore

function nvd(feed: Feed): FeedMirror {
  const list = JSON.stringify({ resultsPerPage: 2, startIndex: 0, totalResults: 2, vulnerabilities: [nvdRecord('CVE-2024-0001'), nvdRecord('CVE-2024-0002')] }) // prettier-ignore
  return {
    feed,
    part: '2024',
    texts: [
      {
        path: NVD_META,
        kind: 'meta',
        content: `lastModifiedDate:2026-11-20T03:00:01-04:00\r\nsize:1\r\nsha256:${CHECKSUM}\r\n`,
      },
      { path: NVD_YEAR, kind: 'year', content: list },
      { path: 'page', kind: 'page', content: list },
    ],
    finish: files => filledIn(files, NVD_META, CHECKSUM, inflatedChecksum(files[NVD_YEAR])),
    api: texts => nvdAnswering(texts['page']),
  }
}

/** Of what comes out; of nothing where nothing does. */
function inflatedChecksum(bytes: Uint8Array | undefined): string {
  const hash = createHash('sha256')
  try {
    return hash.update(gunzipSync(bytes ?? new Uint8Array())).digest('hex')
  } catch {
    return hash.digest('hex')
  }
}

function nvdAnswering(page: Uint8Array | undefined): FeedApi {
  return {
    now: () => instant(Date.UTC(2026, 10, 23)),
    ask: () => Promise.resolve(page === undefined ? err({ is: 'not-found', what: 'page' }) : ok(page)),
  }
}

function nvdRecord(id: string): object {
  return {
    cve: {
      id,
      sourceIdentifier: 'cve@mitre.org',
      published: '2022-08-05T07:15:07.240',
      lastModified: '2026-11-20T12:00:00.000',
      vulnStatus: 'Analyzed',
      cveTags: [{ sourceIdentifier: 'cve@mitre.org', tags: ['disputed'] }],
      descriptions: [{ lang: 'es', value: 'Otro.' }, { lang: 'en', value: 'words' }],
      metrics: {
        cvssMetricV31: [{ source: 'nvd@nist.gov', type: 'Primary', cvssData: { version: '3.1', vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', baseScore: 9.8 } }],
        cvssMetricV2: [{ source: 'nvd@nist.gov', type: 'Primary', cvssData: { version: '2.0', vectorString: 'AV:N/AC:L/Au:N/C:P/I:P/A:P' } }],
      },
      weaknesses: [{ source: 'nvd@nist.gov', type: 'Primary', description: [{ lang: 'en', value: 'CWE-787' }] }],
      references: [{ url: 'https://a.example/b', source: 'cve@mitre.org' }],
    },
  }
} // prettier-ignore

function cveList(feed: Feed): FeedMirror {
  const midnight = '2026-08-20T00:00:03.000Z'
  const log = (...entries: readonly (readonly [fetchTime: string, ids: readonly string[]])[]) =>
    JSON.stringify(
      entries.map(([fetchTime, ids]) => ({ fetchTime, new: [], updated: ids.map(cveId => ({ cveId })), error: [] })),
    )
  return {
    feed,
    part: '2024',
    texts: [
      {
        path: `${CVE_ARCHIVE}cves/deltaLog.json`,
        kind: 'log in the archive',
        content: log([midnight, ['CVE-2024-0001']]),
      },
      { path: `${CVE_ARCHIVE}cves/2024/0xxx/CVE-2024-0001.json`, kind: 'record', content: cveRecord('CVE-2024-0001') },
      {
        path: 'cves/deltaLog.json',
        kind: 'log',
        content: log(['2026-08-20T01:00:03.000Z', ['CVE-2024-0002']], [midnight, ['CVE-2024-0001']]),
      },
      { path: 'cves/2024/0xxx/CVE-2024-0002.json', kind: 'changed record', content: cveRecord('CVE-2024-0002') },
    ],
  }
}

/** A CVE record with all that is read of one. */
export function cveRecord(cveId: string): string {
  return aCveRecord({
    metadata: { cveId },
    cna: {
      tags: ['disputed', 'unsupported-when-assigned'],
      references: [{ url: 'https://a.example/b' }],
      metrics: [{ cvssV3_1: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', baseScore: 9.8 } }],
    },
    adp: [fromCisa([ssvc('poc', 'active'), { cvssV4_0: { vectorString: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' } }])],
  })
} // prettier-ignore

function products(): string {
  const release = (name: string) => ({ name, label: `${name} (words)`, isEol: false, eolFrom: '2029-05-31', eoesFrom: '2032-05-31' })
  return JSON.stringify({
    generated_at: '2026-11-23T01:02:03+00:00',
    result: [
      { name: 'debian', label: 'Debian', links: { html: 'https://endoflife.date/debian' }, releases: [release('12'), release('13')] },
      { name: 'rhel', label: 'RHEL', releases: [release('9')] },
    ],
  })
} // prettier-ignore

function kev(): string {
  return JSON.stringify({
    dateReleased: '2026-08-07T16:45:47.0648Z',
    count: 1,
    vulnerabilities: [
      { cveID: 'CVE-2021-44228', dateAdded: '2021-12-10', dueDate: '2021-12-24', requiredAction: 'words', knownRansomwareCampaignUse: 'Known' },
    ],
  })
} // prettier-ignore
