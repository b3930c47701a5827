import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Feed } from '../../src/feeds/feed.ts'
import type { FeedMirror, MirrorFiles, MirrorText } from './feed-mirror.ts'

const FEEDS_FOLDER = join(import.meta.dirname, '../../src/feeds')

/** A file of a feed's own test data. */
export function sample(feed: string, name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FEEDS_FOLDER, feed, 'testdata', name)))
}

/** Where an index gives the checksum of the notices beside it. */
const CHECKSUM = '@checksum@'

/** Small sources of the feeds that say of packages of distributions what is fixed or affected. */
export function mirrorsOfDistributions(feedOf: (id: string) => Feed): readonly FeedMirror[] {
  return [
    {
      feed: feedOf('alpine-secdb'),
      part: 'v3.12',
      texts: [
        { path: 'v3.12/main.json', kind: 'secdb', content: sample('alpine-secdb', 'main.json') },
        { path: 'v3.12/community.json', kind: 'secdb', content: sample('alpine-secdb', 'community.json') },
        {
          path: 'security-rejections/-/raw/master/main.yaml',
          kind: 'rejections',
          content: '# reasons\nopenssl:\n  - CVE-2021-3449 # not here\n"tcpdump":\n- CVE-2021-3711\nlib++: []\n',
        },
      ],
    },
    ...rolling(feedOf),
    {
      feed: feedOf('almalinux'),
      part: '8',
      texts: [{ path: '8/errata.full.json', kind: 'errata', content: sample('almalinux', 'errata.full.json') }],
    },
    {
      feed: feedOf('almalinux'),
      part: '9',
      texts: [{ path: '9/errata.json', kind: 'old errata', content: sample('almalinux', 'errata.json') }],
    },
    {
      feed: feedOf('amazon-linux'),
      part: '2/core',
      texts: [
        {
          path: '2/core/latest/x86_64/mirror.list',
          kind: 'mirror list',
          content: 'https://cdn.amazonlinux.com/2/core/2.0/x86_64/a/\nhttps://elsewhere.example/b\n',
        },
        ...repository('2/core/2.0/x86_64/a/', amazonNotices()),
      ],
      finish: withChecksum('2/core/2.0/x86_64/a/'),
    },
    {
      feed: feedOf('amazon-linux'),
      part: '2/extras',
      texts: [
        {
          path: '2/extras-catalog-x86_64.json',
          kind: 'catalogue',
          content:
            '{"topics":[{"n":"docker","inst":["docker"],"versions":["18.06.1"]},{"n":"kernel-5.10"}],"version":1}',
        },
        {
          path: '2/extras/docker/latest/x86_64/mirror.list',
          kind: 'mirror list of an extra',
          content: 'https://cdn.amazonlinux.com/2/extras/docker/x86_64/a\n',
        },
        ...repository('2/extras/docker/x86_64/a/', amazonNotices(), ' of an extra'),
      ],
      finish: withChecksum('2/extras/docker/x86_64/a/'),
    },
    {
      feed: feedOf('bottlerocket'),
      part: 'Bottlerocket',
      texts: [{ path: 'updateinfo.xml.gz', kind: 'notices', content: sample('bottlerocket', 'updateinfo.xml') }],
    },
    {
      feed: feedOf('rocky'),
      part: '9',
      texts: repository('pub/rocky/9/AppStream/x86_64/os/', sample('rocky', 'updateinfo.xml')),
      finish: withChecksum('pub/rocky/9/AppStream/x86_64/os/'),
      // It looks for forty repositories.
      unitInputs: 25,
    },
    {
      feed: feedOf('photon'),
      part: '4.0',
      texts: [{ path: 'cve_data_photon4.0.json', kind: 'list', content: sample('photon', 'cve_data_photon4.0.json') }],
    },
    {
      feed: feedOf('azure-linux'),
      part: 'azurelinux-3',
      texts: [
        {
          path: 'azurelinux-3.0-oval.xml',
          kind: 'definitions',
          content: sample('azure-linux', 'azurelinux-3.0-oval.xml'),
        },
      ],
    },
    {
      feed: feedOf('oracle-oval'),
      part: '8',
      texts: [{ path: 'com.oracle.elsa-ol8.xml.bz2', kind: 'packing', content: sample('oracle-oval', 'elsa.xml.bz2') }],
    },
    {
      feed: feedOf('suse-oval'),
      part: '15.1',
      texts: [
        {
          path: 'suse.linux.enterprise.15-sp1-affected.xml.gz',
          kind: 'definitions',
          content: sample('suse-oval', 'definitions.xml'),
        },
      ],
      unitInputs: 30,
    },
    {
      feed: feedOf('debian-tracker'),
      part: 'tracker',
      texts: [
        { path: 'tracker/data/json', kind: 'tracker', content: sample('debian-tracker', 'tracker.json') },
        { path: 'data/DSA/list', kind: 'notice list', content: sample('debian-tracker', 'DSA-list') },
      ],
    },
    {
      feed: feedOf('ubuntu'),
      part: 'osv-and-vex',
      texts: [
        { path: 'osv/osv-all.tar.xz!osv/cve/UBUNTU-CVE-2022-24823.json', kind: 'record', content: ubuntuRecord() },
        { path: 'vex/vex-all.tar.xz!vex/cve/CVE-2022-24823.json', kind: 'vex', content: ubuntuVex() },
      ],
      unitInputs: 30,
    },
    {
      feed: feedOf('redhat-csaf'),
      part: 'vex',
      texts: redHatTexts(),
      unitInputs: 25,
    },
  ]
}

function rolling(feedOf: (id: string) => Feed): readonly FeedMirror[] {
  const content = JSON.stringify({
    packages: [
      { pkg: { name: 'left', secfixes: { '1.2.0-r1': ['CVE-2099-0001'], '0': ['CVE-2099-0002'] } } },
      {
        pkg: {
          name: 'right',
          secfixes: { '3-r0': ['CGA-aaaa-bbbb-cc11 CVE-2099-0001'], '4-r0': ['GHSA-aaaa-bbbb-cc22'] },
        },
      },
    ],
  })
  return ['chainguard-secdb', 'minimos-secdb', 'wolfi-secdb'].map(id => {
    const feed = feedOf(id)
    return { feed, part: feed.parts[0] ?? '', texts: [{ path: 'security.json', kind: 'secdb', content }] }
  })
}

/** The files of one repository; what is said behind their kinds tells them from those of another. */
function repository(folder: string, notices: string | Uint8Array, of = ''): readonly MirrorText[] {
  const index = `<?xml version="1.0"?><repomd xmlns="r"><revision>1</revision>
    <data type="primary"><checksum type="sha256">00</checksum><location href="repodata/primary.xml.gz"/></data>
    <data type="updateinfo"><checksum type="sha256">${CHECKSUM}</checksum>
    <location href="repodata/updateinfo.xml.gz"/></data></repomd>`
  return [
    { path: `${folder}repodata/repomd.xml`, kind: `index${of}`, content: index },
    { path: `${folder}repodata/updateinfo.xml.gz`, kind: `notices${of}`, content: notices },
  ]
}

function withChecksum(folder: string) {
  return (files: MirrorFiles): MirrorFiles => {
    const notices = files[`${folder}repodata/updateinfo.xml.gz`] ?? new Uint8Array()
    const checksum = createHash('sha256').update(notices).digest('hex')
    return filledIn(files, `${folder}repodata/repomd.xml`, CHECKSUM, checksum)
  }
}

/** The files with one text in one of them put in the place of another. */
export function filledIn(files: MirrorFiles, path: string, blank: string, text: string): MirrorFiles {
  const before = Buffer.from(files[path] ?? new Uint8Array()).toString('latin1')
  return { ...files, [path]: Buffer.from(before.replace(blank, text), 'latin1') }
}

function amazonNotices(): string {
  return `<?xml version="1.0" ?><updates><update author="a" from="a" status="final" type="security" version="1.4">
    <id>ALAS2-2018-939</id><title>Amazon &amp; co</title><issued date="2018-01-11 21:05"/><updated date="2018-01-16 01:28"/>
    <severity>important</severity><description>a flaw</description><references>
    <reference href="http://cve.example/CVE-2099-0001" id="CVE-2099-0001" title="" type="cve"/>
    <reference href="https://rhn.example/errata" id="RHSA-1" title="" type="redhat"/></references>
    <pkglist><collection short="al2"><name>AL2</name><module stream="1" name="m" version="2" context="c" arch="x86_64"/>
    <package name="kernel" version="4.9.76" release="38.79.amzn2" epoch="0" arch="x86_64"><filename>f</filename></package>
    <package name="perf" version="4.9.76" release="38.79.amzn2" epoch="1" arch="noarch"><filename>f</filename></package>
    </collection></pkglist></update></updates>`
}

function ubuntuRecord(): string {
  const entry = (ecosystem: string, fixed: string, distro: string) => ({
    package: { ecosystem, name: 'netty', purl: `pkg:deb/ubuntu/netty?arch=source&distro=${distro}` },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
    versions: ['1:4.1.7-4'],
    ecosystem_specific: { availability: 'Available with Ubuntu Pro', ubuntu_priority: 'medium' },
  })
  return JSON.stringify({
    id: 'UBUNTU-CVE-2022-24823',
    upstream: ['CVE-2022-24823'],
    published: '2022-05-06T12:15:00Z',
    modified: '2026-06-08T16:11:47Z',
    severity: [
      { type: 'Ubuntu', score: 'low' },
      { type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N' },
    ],
    affected: [
      entry('Ubuntu:Pro:18.04:LTS', '1:4.1.7-4ubuntu0.1+esm3', 'esm-apps/bionic'),
      entry('Ubuntu:22.04:LTS', '1:4.1.48-4+deb11u1build0.22.04.1', 'jammy'),
    ],
  })
}

function ubuntuVex(): string {
  const products = (distro: string) => [
    { '@id': `pkg:deb/ubuntu/netty@1?arch=source&distro=${distro}` },
    { '@id': `pkg:deb/ubuntu/libnetty-java@1?arch=amd64&distro=${distro}` },
  ]
  const vulnerability = {
    '@id': 'https://ubuntu.com/security/CVE-2022-24823',
    name: 'CVE-2022-24823',
    description: 'words',
  }
  return JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    statements: [
      { vulnerability, products: products('jammy'), status: 'fixed' },
      {
        vulnerability,
        products: products('noble'),
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
      },
      { vulnerability, products: products('esm-apps/xenial'), status: 'under_investigation', status_notes: 'deferred' },
      { vulnerability, products: products('trusty'), status: 'affected', action_statement: 'decided to not fix it' },
    ],
  })
}

const CSAF = 'data/csaf/v2/vex'

function redHatTexts(): readonly MirrorText[] {
  const document = (name: string) => sample('redhat-csaf', name)
  const archive = `${CSAF}/csaf_vex_2026-08-04.tar.zst`
  return [
    { path: `${CSAF}/archive_latest.txt`, kind: 'archive name', content: 'csaf_vex_2026-08-04.tar.zst\n' },
    {
      path: `${CSAF}/changes.csv`,
      kind: 'dated paths',
      content:
        '"2026/cve-2026-0968.json","2026-08-05T01:00:00+00:00"\n"2023/cve-2023-28484.json","2026-08-01T01:00:00+00:00"\n',
    },
    {
      path: `${CSAF}/deletions.csv`,
      kind: 'dated paths',
      content: '"2022/cve-2022-24834.json","2026-08-02T00:00:00+00:00"\n',
    },
    { path: `${archive}!2023/cve-2023-28484.json`, kind: 'document', content: document('cve-2023-28484.json') },
    { path: `${CSAF}/2026/cve-2026-0968.json`, kind: 'changed document', content: document('cve-2026-0968.json') },
  ]
}
