// Re-matches a fleet in one round of advisories after the other until it is killed; prints a line before each transaction
// that changes something, so that a kill at a line meets it anywhere in that transaction.
import { setTimeout as pause } from 'node:timers/promises'
import { planRematches, rematchScope } from '../../src/scanning/rematch.ts'
import type { RematchStore } from '../../src/scanning/rematch-store.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { rematchPartsOf, roundOf } from './rounds-of-advisories.ts'

const [place = ''] = process.argv.slice(2)
const database = await openDatabase(place.includes('://') ? { url: place } : { directory: place })
let round = 0
const parts = rematchPartsOf(database, () => round)
const [scope] = await parts.store.outdated('none')
round = roundOf(scope?.matchedWith ?? '')

/** The reader of the line needs a moment to kill: at most as long as the transaction takes. */
async function announced<T>(what: string, act: () => Promise<T>): Promise<T> {
  process.stdout.write(`${round} ${what}\n`)
  await pause(Math.random() * 3)
  return act()
}

const store: RematchStore = {
  ...parts.store,
  plan: (...given) => announced('plan', () => parts.store.plan(...given)),
  commitAll: (...given) => announced('commit', () => parts.store.commitAll(...given)),
}

for (;;) {
  for (const where of await planRematches({ ...parts, store })) {
    await rematchScope({ ...parts, store }, where, AbortSignal.timeout(60_000))
  }
  round++
}
