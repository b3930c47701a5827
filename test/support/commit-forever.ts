// Commits findings in batches until it is killed; prints the number of each batch once it is acknowledged.
import { instant } from '../../src/base/clock.ts'
import { vulnerabilityId } from '../../src/domain/ids.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { pgScanStore } from '../../src/store/pg-scan-store.ts'
import { aCoverage, aFinding, aResource } from './builders.ts'

const [place = ''] = process.argv.slice(2)
const database = await openDatabase(place.includes('://') ? { url: place } : { directory: place })
const store = pgScanStore(database)
const resource = aResource()
const seed = Date.now()

for (let batch = 0; ; batch++) {
  const changes = Array.from({ length: 50 }, (_, index) => ({
    is: 'opened' as const,
    finding: aFinding({
      resource,
      firstObservedAt: instant(seed),
      detection: { vulnerabilityId: vulnerabilityId(`CVE-${seed}-${batch}-${index}`) },
    }),
  }))
  await store.commit(resource, () => ({
    coverage: aCoverage({ resource }),
    inventory: 'keep',
    matchedWith: 'keep',
    changes,
    retire: false,
  }))
  process.stdout.write(`${seed} ${batch}\n`)
}
