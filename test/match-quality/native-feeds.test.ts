import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Http } from '../../src/base/http.ts'
import { namespace } from '../../src/domain/namespace.ts'
import type { AdvisoryIndex } from '../../src/matching/advisory-index.ts'
import { feedFilesFor } from '../../src/system/feed-files.ts'
import { indexWith, knownFeeds, loadPart, outcomeOf, packageOf } from '../support/native-feeds.ts'
import type { CheckedPackage, PackageDetails } from '../support/native-feeds.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()

/** OSV's restatement of Debian stands beside the tracker, to show that it is not asked. */
const WANTED: Readonly<Record<string, (part: string) => boolean>> = {
  'alpine-secdb': part => part === 'v3.12' || part === 'edge',
  'amazon-linux': () => true,
  'debian-tracker': () => true,
  osv: part => part === 'Debian',
}

/** What the vendors' own records say of real packages, checked by hand against the bounds that each notice names. */
const CHECKED: readonly CheckedPackage[] = [
  ['deb', 'debian:11', 'curl', '7.74.0-1.3+deb11u1', 'CVE-2021-22946', 'affected', 'below the fix'],
  ['deb', 'debian:11', 'curl', '7.74.0-1.3+deb11u2', 'CVE-2021-22946', 'not affected', 'at the fix'],
  ['deb', 'debian:11', 'curl', '7.74.0-1.3+deb11u2+b1', 'CVE-2021-22946', 'not affected', 'the fix, built anew'],
  [
    'deb',
    'debian:11',
    'zlib1g',
    '1:1.2.11.dfsg-2+deb11u1',
    'CVE-2022-37434',
    'affected',
    'by its source',
    source('zlib', '1:1.2.11.dfsg-2+deb11u1'),
  ],
  ['deb', 'debian:11', 'zlib', '1:1.2.11.dfsg-2+deb11u2', 'CVE-2022-37434', 'not affected', 'with its epoch'],
  ['deb', 'debian:11', 'xz-utils', '5.2.5-2', 'CVE-2022-1271', 'affected', 'below 5.2.5-2.1~deb11u1'],
  ['deb', 'debian:11', 'xz-utils', '5.2.5-2.1', 'CVE-2022-1271', 'not affected', 'a tilde sorts before the end'],
  ['deb', 'debian:11', 'apache2', '2.4.52-1~deb11u2', 'CVE-2022-36760', 'affected', 'an older update'],
  ['deb', 'debian:11', 'apache2', '2.4.56-1~deb11u1', 'CVE-2022-36760', 'not affected', 'at the fix'],
  ['deb', 'debian:12', 'curl', '7.74.0-1.3', 'CVE-2021-22946', 'not affected', 'another release: nothing is known'],
  ['deb', 'ubuntu:20.04', 'curl', '7.74.0-1', 'CVE-2021-22946', 'not affected', "not Debian's package"],
  [
    'apk',
    'alpine:3.12',
    'libcrypto1.1',
    '1.1.1k-r0',
    'CVE-2021-3711',
    'affected',
    'by its origin',
    source('openssl', '1.1.1k-r0'),
  ],
  ['apk', 'alpine:3.12', 'openssl', '1.1.1l-r0', 'CVE-2021-3711', 'not affected', 'at the fix'],
  ['apk', 'alpine:3.12', 'busybox', '1.31.1-r19', 'CVE-2021-28831', 'affected', 'one revision below'],
  ['apk', 'alpine:3.12', 'busybox', '1.31.1-r20', 'CVE-2021-28831', 'not affected', 'at the fix'],
  ['apk', 'alpine:3.12', 'avahi', '0.1-r0', 'CVE-2021-26720', 'not affected', 'the version 0 of secdb'],
  ['apk', 'alpine:3.13', 'busybox', '1.31.1-r19', 'CVE-2021-28831', 'not affected', 'another branch'],
  ['rpm', 'amzn:2', 'qemu-kvm', '10:1.5.3-141.amzn2.5.2', 'CVE-2017-5715', 'affected', 'below the fix'],
  ['rpm', 'amzn:2', 'qemu-kvm', '10:1.5.3-141.amzn2.5.3', 'CVE-2017-5715', 'not affected', 'at the fix'],
  ['rpm', 'amzn:2', 'java-1.8.0-openjdk', '1:1.8.0.161-0.b13.amzn2', 'CVE-2018-2677', 'affected', 'with its epoch'],
  ['rpm', 'amzn:2', 'kernel', '4.14.243-185.432.amzn2', 'CVE-2021-22543', 'affected', 'a kernel of the core'],
  ['rpm', 'amzn:2', 'kernel', '4.14.243-185.433.amzn2', 'CVE-2021-22543', 'not affected', 'at the fix'],
  ['rpm', 'amzn:2', 'kernel', '4.14.243-185.433.amzn2', 'CVE-2022-1015', 'not affected', 'fixed in an extra only'],
  ['rpm', 'amzn:2', 'kernel', '5.15.35-18.121.amzn2', 'CVE-2022-1015', 'affected', 'a kernel of that extra'],
  ['rpm', 'amzn:2', 'kernel', '5.15.43-20.123.amzn2', 'CVE-2022-1015', 'not affected', 'at the fix of the extra'],
  ['rpm', 'amzn:2', 'kernel', '5.10.50-44.131.amzn2', 'CVE-2022-1015', 'not affected', 'a kernel of another extra'],
  ['rpm', 'amzn:2023', 'rsyslog', '8.2204.0-3.amzn2023.0.1', 'CVE-2022-24903', 'affected', 'below the fix'],
  ['rpm', 'amzn:2023', 'rsyslog', '8.2204.0-3.amzn2023.0.2', 'CVE-2022-24903', 'not affected', 'at the fix'],
  ['rpm', 'amzn:2018.03', 'git', '2.14.5-1.58.amzn1', 'CVE-2018-17456', 'affected', 'Amazon Linux 1'],
  ['rpm', 'amzn:2', 'git', '2.14.5-1.58.amzn1', 'CVE-2018-17456', 'not affected', 'another release'],
  ['rpm', 'amzn:2023', 'kernel-livepatch-6.1.12-19.43', '1.0-0.amzn2023', 'CVE-2023-26545', 'affected', 'a live patch'],
]

const CASES = CHECKED.map(([type, where, name, version, id, expected, why, more]) => ({
  pkg: packageOf(type, where, name, version, more),
  id,
  expected,
  why,
  what: `${where} ${name} ${version}`,
}))

function source(name: string, version: string): PackageDetails {
  return { source: { name, version } }
}

const noHttp: Http = { send: url => Promise.reject(new Error(`nobody may ask ${url}`)) }

describe("the vendors' own feeds", () => {
  describe.skipIf(FEEDS === null)('of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
    let index: AdvisoryIndex

    beforeAll(async () => {
      index = await indexWith(await partsFrom(FEEDS ?? ''))
    })
    afterAll(() => index.close())

    it.each(CASES)('$what: $id $expected ($why)', ({ pkg, id, expected }) => {
      expect(outcomeOf(pkg, id, index)).toBe(expected)
    })

    it('are the only ones that are asked about their releases', () => {
      const feedsOf = (where: string, name: string) => [
        ...new Set(index.entriesFor(namespace(where), name).map(entry => entry.feed)),
      ]

      expect(feedsOf('debian:11', 'curl')).toEqual(['debian-tracker'])
      // The tracker of the mirror does not know this release.
      expect(feedsOf('debian:8', 'curl')).toEqual(['osv'])
    })
  })
})

async function partsFrom(feeds: string) {
  const loaded: Awaited<ReturnType<typeof partOf>>[] = []
  for (const { id, parts } of knownFeeds()) {
    for (const part of parts.filter(WANTED[id] ?? (() => false))) loaded.push(await partOf(feeds, id, part))
  }
  return loaded
}

async function partOf(feeds: string, feed: string, part: string) {
  const files = feedFilesFor(feed, feeds, noHttp)
  if (!files.ok) throw new Error(`the mirror has no ${feed}`)
  return { feed, content: await loadPart(feed, files.value, part) }
}
