// Takes the one job of the queue, says so, and never ends it.
import { silentLog } from '../../src/base/log.ts'
import { pgBossQueue } from '../../src/jobs/pg-boss-queue.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { aJobKind } from './job-kind.ts'

const [place = '', mode] = process.argv.slice(2)
const database = await openDatabase(place.includes('://') ? { url: place } : { directory: place })
const queue = await pgBossQueue(database, { log: silentLog })
if (mode === 'enqueue') await queue.enqueue(aJobKind, { n: 1 }, { lane: 'push' })
await queue.work(aJobKind, async () => {
  process.stdout.write('working\n')
  await new Promise(() => setInterval(() => undefined, 1_000))
})
