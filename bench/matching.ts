import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { advisoryDirectory, syncAdvisoriesFrom } from '../src/app/local-advisories.ts'
import { silentLog } from '../src/base/log.ts'
import type { InstalledPackage, Inventory } from '../src/domain/inventory.ts'
import { namespace, type PurlType } from '../src/domain/namespace.ts'
import type { AdvisoryIndex } from '../src/matching/advisory-index.ts'
import { matchInventory } from '../src/matching/match-inventory.ts'
import type { AdvisoryDatabase } from '../src/scanning/advisory-database.ts'
import { assessInventory } from '../src/scanning/assess-inventory.ts'
import { openAdvisoryDatabase } from '../src/store/advisory-database/database.ts'
import { systemClock } from '../src/system/clock.ts'
import { testFeeds } from '../test/support/test-feeds.ts'

/** An image of Debian with an application in it, of packages that advisories speak about: most of a real one's have none. */
const SHARES: readonly (readonly [type: PurlType, where: string, count: number, version: string])[] = [
  ['deb', 'debian:11', 191, '1:1.0-1'],
  ['npm', 'npm', 209, '1.0.0'],
  ['pypi', 'pypi', 100, '1.0.0'],
]
const ROUNDS = 20

/** Matching alone, and with the words and scores of what was found, on the whole of a mirror's advisories. */
export async function measureMatching(): Promise<void> {
  await withAdvisoriesOfMirror(async (database, inventory) => {
    const opened = timed(() => database.open())
    const index = opened.value
    if (index === null) throw new Error('the advisory database has no version')
    const first = timed(() => matchInventory(inventory, index, { resourceKind: 'image' }))
    const best = bestMatchingMs(inventory, index)
    const assessed = timed(() => assessInventory(inventory, index, 'image', systemClock.now()))
    const again = timed(() => assessInventory(inventory, index, 'image', systemClock.now()))
    index.close()

    console.log(
      `${inventory.packages.length} packages, ${first.value.matches.length} matches; open ${opened.ms.toFixed(1)} ms`,
    )
    console.log(`matching: first ${first.ms.toFixed(1)} ms, then best ${best.toFixed(1)} ms (target 10)`)
    console.log(`with words and scores: first ${assessed.ms.toFixed(1)} ms, then ${again.ms.toFixed(1)} ms`)
  })
}

/** Runs `work` on a database of the mirror's advisories, and on packages that they speak about. */
export async function withAdvisoriesOfMirror(
  work: (database: AdvisoryDatabase, inventory: Inventory, home: string) => Promise<void>,
): Promise<void> {
  const feeds = testFeeds()
  if (feeds === null) throw new Error('name a mirror of the feeds with OPENINSPECTOR_TEST_FEEDS')
  const home = await mkdtemp(join(tmpdir(), 'openinspector-bench-'))
  try {
    const database = openAdvisoryDatabase(advisoryDirectory(home))
    const synced = await syncAdvisoriesFrom(feeds, database, { log: silentLog, cveList: null })
    if (!synced.ok) throw new Error(synced.error)
    const inventory = inventoryFrom(join(advisoryDirectory(home), `advisories-${synced.value.version}.sqlite`))
    console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
    await work(database, inventory, home)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** Milliseconds of the fastest of some rounds. */
export function bestMatchingMs(inventory: Inventory, index: AdvisoryIndex): number {
  const rounds = Array.from({ length: ROUNDS }, () =>
    timed(() => matchInventory(inventory, index, { resourceKind: 'image' })),
  )
  return Math.min(...rounds.map(({ ms }) => ms))
}

function timed<T>(work: () => T): { readonly value: T; readonly ms: number } {
  const startedAt = performance.now()
  const value = work()
  return { value, ms: performance.now() - startedAt }
}

/** Names that advisories speak about, evenly out of all: some have one entry, some hundreds. */
function inventoryFrom(file: string): Inventory {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const names = database.prepare('SELECT DISTINCT name FROM match_entry WHERE namespace = ? ORDER BY name')
    const packages = SHARES.flatMap(([type, where, count, version]) =>
      evenly(names.all(where), count).map((row): InstalledPackage => ({
        type,
        namespace: namespace(where),
        name: String(row['name']),
        version,
        arch: null,
        source: null,
        manager: 'OTHER',
        filePath: 'bench',
        layer: null,
        ownedBy: null,
      })),
    )
    return { distro: null, packages, problems: [] }
  } finally {
    database.close()
  }
}

function evenly<T>(all: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, all.length / count)
  return all.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step)).slice(0, count)
}
