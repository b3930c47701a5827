import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testFeeds } from '../../../test/support/test-feeds.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import { osvFeed } from './feed.ts'

const FEEDS = testFeeds()

describe('real OSV archives', () => {
  // Counts of a mirror of public sources of August 2026.
  describe.skipIf(FEEDS === null)('of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
    it.each([
      { part: 'Debian', records: 8_907, atLeast: 5_800, unreadable: [] },
      { part: 'Ubuntu', records: 12_664, atLeast: 12_600, unreadable: [] },
      // Two converted records of ember name versions such as 1.2.0-*, which npm has not.
      {
        part: 'npm',
        records: 947,
        atLeast: 947,
        unreadable: ['1.0.0-*', '1.1.0-*', '1.2.0-*', '1.3.0-*', '1.4.0-*'],
      },
    ])('$part: $records records, at least $atLeast to match', async ({ part, records, atLeast, unreadable }) => {
      const loaded = await osvFeed(ECOSYSTEMS).load(folderFeedFiles(join(FEEDS ?? '', 'osv')), part, null)
      if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the archive was not read')
      const content = loaded.value

      expect(content.recordCount).toBe(records)
      expect(content.advisories.length).toBeGreaterThanOrEqual(atLeast)
      // Releases that no ecosystem knows (old Debian, Ubuntu Pro) are all that is left out.
      expect(content.skipped.map(skip => skip.reason)).toEqual(['unsupported-ecosystem'])
      const ranges = content.advisories.flatMap(advisory => advisory.affected.flatMap(entry => entry.ranges))
      const texts = ranges.flatMap(range => ('unreadable' in range ? [range.unreadable.text] : []))
      expect([...new Set(texts)].sort()).toEqual(unreadable)
    })
  })
})
