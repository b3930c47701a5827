import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { aCoverage, anInventory, aResource, aScope, SOME_TIME } from '../../test/support/builders.ts'
import { runUntilKilled } from '../../test/support/killed-process.ts'
import { advisoriesOf, FLAWS, isAffected, rematchPartsOf, roundOf } from '../../test/support/rounds-of-advisories.ts'
import { resourceId } from '../domain/ids.ts'
import { planRematches, rematchScope } from '../scanning/rematch.ts'
import { restsOn } from '../scanning/rests-on.ts'
import type { Database } from './database.ts'
import { pgScanStore } from './pg-scan-store.ts'

/** More than two transactions of a re-match take. (scanning/rematch.ts, `BATCH_RESOURCES`) */
const RESOURCES = 220

/** A moment to kill a process: after so many lines, and milliseconds. A round has a line for its plan and three batches. */
export type Kill = readonly [lines: number, delayMs: number]

interface Step {
  readonly id: string
  readonly change: string
  readonly status: string
  readonly events: number
}

/** A process that is killed while it re-matches loses nothing and does nothing twice, on whatever database. */
export function survivesKillsOfTheRematch(
  place: () => Promise<string>,
  open: (place: string) => Promise<Database>,
  kills: readonly Kill[],
): void {
  it('loses and doubles nothing when it is killed, and ends what was due', async () => {
    const where = await place()
    await withDatabase(where, seed)

    const rounds: number[] = []
    for (const [lines, delayMs] of kills) {
      await runUntilKilled('rematch-forever.ts', [where], lines, delayMs)
      rounds.push(await withDatabase(where, checkAgreement))
    }

    expect(rounds.toSorted((a, b) => a - b)).toEqual(rounds)
    expect(rounds.at(-1)).toBeGreaterThan(1)
    await withDatabase(where, endWhatIsDue)
  }, 120_000)

  async function withDatabase<T>(where: string, act: (database: Database) => Promise<T>): Promise<T> {
    const database = await open(where)
    try {
      return await act(database)
    } finally {
      await database.close()
    }
  }
}

async function seed(database: Database): Promise<void> {
  const inventory = anInventory()
  const advisoryVersion = restsOn(advisoriesOf(0), SOME_TIME)
  for (let number = 0; number < RESOURCES; number++) {
    const resource = aResource({ id: resourceId(`r-${String(number).padStart(4, '0')}`) })
    await pgScanStore(database).commit(resource, () => ({
      coverage: aCoverage({ resource }),
      inventory,
      matchedWith: { advisoryVersion },
      changes: [],
      retire: false,
    }))
  }
}

/** What must hold whenever the process dies. Returns the round of the scope. */
async function checkAgreement(database: Database): Promise<number> {
  const { version, resources, steps } = await stateOf(database)
  const round = roundOf(version)

  // Whoever does not agree with the scope is due: nothing is lost.
  expect(resources).toHaveLength(RESOURCES)
  expect(resources.filter(each => each.basis !== version && !each.isDue)).toEqual([])
  // Whoever agrees is due no more: nothing is done twice.
  expect(resources.filter(each => each.basis === version && each.isDue)).toEqual([])
  // Findings are those of the round that their resource rests on, neither more nor less.
  const wrong = resources.filter(each => each.open !== (isAffected(roundOf(each.basis)) ? FLAWS.length : 0))
  expect(wrong).toEqual([])
  checkLives(steps)
  return round
}

/** Each finding opens once, then closes and reopens in turn; each step has one event, and the last is what is stored. */
function checkLives(steps: readonly Step[]): void {
  for (const [id, life] of Map.groupBy(steps, step => step.id)) {
    const expected = life.map((_step, at) => (at === 0 ? 'opened' : at % 2 === 1 ? 'closed' : 'reopened'))
    expect({ id, life: life.map(step => step.change) }).toEqual({ id, life: expected })
    expect({ id, isClosed: life.at(-1)?.status === 'CLOSED' }).toEqual({ id, isClosed: life.length % 2 === 0 })
  }
  expect(steps.filter(step => step.events !== 1)).toEqual([])
}

async function endWhatIsDue(database: Database): Promise<void> {
  const { version } = await stateOf(database)
  const parts = rematchPartsOf(database, () => roundOf(version))
  for (const where of await planRematches(parts)) await rematchScope(parts, where, AbortSignal.timeout(60_000))

  const { resources } = await stateOf(database)
  await checkAgreement(database)
  expect(resources.filter(each => each.isDue || each.basis !== version)).toEqual([])
  expect(await planRematches(parts)).toEqual([])
}

interface Held {
  readonly id: string
  readonly basis: string
  readonly isDue: boolean
  readonly open: number
}

async function stateOf(database: Database) {
  return database.transaction([aScope().accountId], async statements => {
    const [scope] = await statements.rows<{ version: string }>(sql`select version from matched_versions`)
    const resources = await statements.rows<Held>(sql`
      select resource_id as id, advisory_version as basis,
        exists (select from rematches_due d where d.resource_id = r.resource_id) as "isDue",
        (select count(*)::integer from findings f
          where f.resource_id = r.resource_id and f.status <> 'CLOSED') as open
      from resources r order by resource_id`)
    const steps = await statements.rows<Step>(sql`
      select h.finding_id::text as id, h.change, f.status,
        (select count(*)::integer from outbox o where o.seq = h.seq) as events
      from finding_history h left join findings f using (region, account_id, finding_id) order by h.seq`)
    return { version: scope?.version ?? '', resources, steps }
  })
}
