/**
 * Replaces and patches a part of 2,000 advisories in turn until it is killed; every version has one fixed version in all.
 */
import { instant } from '../../src/base/clock.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { parseOsvRecord } from '../../src/feeds/osv-record.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'

const [folder = '', round = ''] = process.argv.slice(2)
const database = openAdvisoryDatabase(folder)
for (let minor = 0; ; minor++) {
  const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: `${round}.${minor}.1` }] }]
  const affected = [{ package: { ecosystem: 'npm', name: 'pad' }, ranges }]
  const advisories = Array.from({ length: 2_000 }, (_, at) => {
    const parsed = parseOsvRecord({ id: `GHSA-${at}`, affected }, { feed: 'osv', part: 'npm', ecosystems: ECOSYSTEMS })
    if (!parsed.ok) throw new Error(parsed.error.detail)
    return parsed.value.advisory
  })
  const counts = { recordCount: 2_000, skipped: [], validator: `v${minor}`, newestModified: null }
  const content = { part: 'npm', advisories, ...counts }
  await database.apply(
    [
      minor % 2 === 0
        ? { is: 'replace', feed: 'osv', content }
        : { is: 'patch', feed: 'osv', since: `v${minor - 1}`, content: { ...content, goneIds: [] } },
    ],
    instant(minor),
  )
  process.stdout.write('applied\n')
}
