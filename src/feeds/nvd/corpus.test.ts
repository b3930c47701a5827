import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderFeedFiles } from '../../system/feed-files.ts'
import { NVD_MIRROR_FOLDER, nvdFeed } from './feed.ts'

const FEEDS = process.env['OPENINSPECTOR_TEST_FEEDS'] ?? join(import.meta.dirname, '../../../../shared/feeds')
const isHere = existsSync(join(FEEDS, NVD_MIRROR_FOLDER))

describe('real years of NVD', () => {
  // Counts of a mirror of public sources of August 2026; it also has the years before the first of upstream.
  describe.skipIf(!isHere && process.env['CI'] !== 'true')('of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
    it('16,017 records, none left out', async () => {
      const files = folderFeedFiles(join(FEEDS, NVD_MIRROR_FOLDER))
      const counts = { records: 0, advisories: 0, rejected: 0, ownV3: 0, ofOthers: 0 }
      const missing: number[] = []
      for (let year = 1999; year <= 2026; year++) {
        const loaded = await nvdFeed(2026).load(files, String(year), null)
        if (!loaded.ok) {
          if (loaded.error.is !== 'not-found') throw new Error(JSON.stringify(loaded.error))
          missing.push(year)
          continue
        }
        if (loaded.value === 'unchanged') throw new Error('nothing was held')
        const { recordCount, advisories, skipped } = loaded.value
        expect(skipped).toEqual([])
        counts.records += recordCount
        counts.advisories += advisories.length
        for (const { withdrawn, severities } of advisories) {
          if (withdrawn !== null) counts.rejected++
          for (const severity of severities) {
            if (severity.system === 'word') continue
            if (severity.source !== undefined) counts.ofOthers++
            else if (severity.system === 'CVSS_V3') counts.ownV3++
          }
        }
      }

      expect(missing).toEqual([2004, 2006, 2007, 2008, 2009, 2011, 2012, 2015])
      expect(counts).toEqual({ records: 16_017, advisories: 16_017, rejected: 225, ownV3: 15_517, ofOthers: 72 })
    })
  })
})
