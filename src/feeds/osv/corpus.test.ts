import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testFeeds } from '../../../test/support/test-feeds.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import { osvFeed } from './feed.ts'

const FEEDS = testFeeds()

/** Entries of releases that no ecosystem knows (old Debian, Ubuntu Pro), or of ecosystems without a folder. */
const UNKNOWN_ONLY = ['unsupported-ecosystem']
/** Records about several ecosystems: each entry is read from the archive of its own. */
const OF_SEVERAL = ['entry-of-another-part']

describe('real OSV archives', () => {
  // Counts of a mirror of public sources of August 2026.
  describe.skipIf(FEEDS === null)('of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
    it.each([
      // Bug fixes and enhancements that name no vulnerability: 976 ALBA and 221 ALEA of 5,637.
      { part: 'AlmaLinux', records: 5_637, atLeast: 4_440, skipped: ['no-vulnerability'], unreadable: [] },
      // Six fixes are written as apk does not write versions.
      {
        part: 'Alpine',
        records: 9_191,
        atLeast: 9_191,
        skipped: [],
        unreadable: ['1.11-20-r0', '1.34.0_r0', '10.0.11-0', '2021-03-27-r5', '4.10-1-r1', '57-1-r2'],
      },
      // One record has a bound that names a nightly build.
      { part: 'Bitnami', records: 7_444, atLeast: 7_444, skipped: [], unreadable: ['nightly.2026-03-10.0'] },
      { part: 'Debian', records: 8_907, atLeast: 5_800, skipped: UNKNOWN_ONLY, unreadable: [] },
      // Claims of "every version" by records that nobody reviewed.
      { part: 'GitHub Actions', records: 1, atLeast: 1, skipped: [], unreadable: [] },
      { part: 'Go', records: 4_305, atLeast: 4_305, skipped: OF_SEVERAL, unreadable: [''] },
      { part: 'Hex', records: 2, atLeast: 2, skipped: [], unreadable: [] },
      { part: 'Maven', records: 1_083, atLeast: 1_083, skipped: OF_SEVERAL, unreadable: [] },
      { part: 'NuGet', records: 9, atLeast: 9, skipped: OF_SEVERAL, unreadable: [] },
      { part: 'Packagist', records: 2_189, atLeast: 2_189, skipped: OF_SEVERAL, unreadable: [] },
      { part: 'Pub', records: 1, atLeast: 1, skipped: [], unreadable: [] },
      {
        part: 'PyPI',
        records: 7_089,
        atLeast: 7_069,
        // Twenty records of PYSEC name a package and neither range nor version.
        skipped: [...OF_SEVERAL, 'no-affected-versions'],
        // Bounds that no order of PyPI places: dates, tags of a repository, builds, Debian's own version.
        unreadable: [
          '0.2.0-alpha\\.33',
          '0.2.0-n653',
          '2.6.0-cu124',
          '2018-04-22b',
          '2019-09-12',
          '2024-09-19',
          '2024-09-25',
          '2024-12-04',
          '4.6.0.stable11',
          '7.2.0-12.1',
        ],
      },
      { part: 'Rocky Linux', records: 7, atLeast: 7, skipped: [], unreadable: [] },
      { part: 'RubyGems', records: 1_240, atLeast: 1_240, skipped: OF_SEVERAL, unreadable: [] },
      { part: 'SwiftURL', records: 3, atLeast: 3, skipped: OF_SEVERAL, unreadable: [] },
      { part: 'Ubuntu', records: 12_664, atLeast: 12_600, skipped: UNKNOWN_ONLY, unreadable: [] },
      // The 476 entries that RustSec marks as unmaintained, unsound or notice are no vulnerabilities.
      { part: 'crates.io', records: 1_218, atLeast: 742, skipped: ['informational'], unreadable: [] },
      {
        part: 'npm',
        records: 947,
        atLeast: 947,
        skipped: OF_SEVERAL,
        // Two converted records of ember name versions such as 1.2.0-*, which npm has not.
        unreadable: ['1.0.0-*', '1.1.0-*', '1.2.0-*', '1.3.0-*', '1.4.0-*'],
      },
    ])(
      '$part: $records records, at least $atLeast to match',
      async ({ part, records, atLeast, skipped, unreadable }) => {
        const loaded = await osvFeed(ECOSYSTEMS).load(folderFeedFiles(join(FEEDS ?? '', 'osv')), part, null)
        if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the archive was not read')
        const content = loaded.value

        expect(content.recordCount).toBe(records)
        expect(content.advisories.length).toBeGreaterThanOrEqual(atLeast)
        // An entry of an ecosystem without a folder may still be told from one of another part.
        const reasons = content.skipped.map(skip => skip.reason)
        expect(reasons.filter(reason => reason !== 'unsupported-ecosystem' || skipped === UNKNOWN_ONLY).sort()).toEqual(
          skipped,
        )
        const ranges = content.advisories.flatMap(advisory => advisory.affected.flatMap(entry => entry.ranges))
        const texts = ranges.flatMap(range => ('unreadable' in range ? [range.unreadable.text] : []))
        expect([...new Set(texts)].sort()).toEqual(unreadable)
      },
    )

    // Times of ties, of the future and of refused records are where a list could go on being followed for ever.
    it.each(['Alpine', 'PyPI', 'RubyGems', 'crates.io', 'npm'])(
      '%s: the list of changes names nothing that the archive does not have',
      async part => {
        const feed = osvFeed(ECOSYSTEMS)
        const files = folderFeedFiles(join(FEEDS ?? '', 'osv'))
        const loaded = await feed.load(files, part, null)
        if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the archive was not read')

        const followed = await feed.patch?.(files, part, loaded.value.validator ?? '')

        if (followed?.ok !== true || typeof followed.value === 'string') throw new Error('the list was not followed')
        expect(followed.value).toMatchObject({ advisories: [], goneIds: [], recordCount: loaded.value.recordCount })
        expect(await feed.patch?.(files, part, followed.value.validator ?? '')).toEqual({
          ok: true,
          value: 'unchanged',
        })
      },
    )
  })
})
