import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Folder with a mirror of real advisory feeds: OPENINSPECTOR_TEST_FEEDS, or `shared/feeds` beside the checkout. `null`
 * where there is none; tests that need it then say so and skip, except in CI, where it must be there.
 */
export function testFeeds(): string | null {
  const place = process.env['OPENINSPECTOR_TEST_FEEDS'] ?? join(import.meta.dirname, '../../../shared/feeds')
  if (existsSync(join(place, 'osv'))) return place
  if (process.env['CI'] === 'true') throw new Error(`no advisory feeds in ${place}: CI must have them`)
  return null
}
