import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Inventory } from '../../src/domain/inventory.ts'
import type { MatchReport } from '../../src/domain/match.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { osvFeed } from '../../src/feeds/osv/feed.ts'
import { analyzeFile, analyzerSet } from '../../src/inventory/analyzer-set.ts'
import { inventoryOfFiles } from '../../src/inventory/inventory-of-files.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { folderFeedFiles } from '../../src/system/feed-files.ts'
import { SOME_TIME } from './builders.ts'

export interface LockFile {
  readonly path: string
  readonly content: string
  /** Packages that are affected, each with all its vulnerabilities; every other package of the file has none. */
  readonly affected: Readonly<Record<string, readonly string[]>>
}

export interface ScannedLockFiles {
  readonly inventory: Inventory
  readonly report: MatchReport
}

/** A sample of an ecosystem: `npm/testdata/yarn-1.lock`. */
export function ecosystemSample(path: string): string {
  return readFileSync(join(import.meta.dirname, '../../src/ecosystems', path), 'utf8')
}

/** What the files hold, and what OSV's records in a folder of feeds say of it. */
export async function scanLockFiles(
  feeds: string,
  osvParts: readonly string[],
  lockFiles: readonly LockFile[],
): Promise<ScannedLockFiles> {
  const directory = mkdtempSync(join(tmpdir(), 'match-quality-'))
  try {
    const database = openAdvisoryDatabase(directory)
    const files = folderFeedFiles(join(feeds, 'osv'))
    for (const part of osvParts) {
      const loaded = await osvFeed(ECOSYSTEMS).load(files, part, null)
      if (!loaded.ok || loaded.value === 'unchanged') throw new Error(`${part} was not read`)
      await database.apply([{ is: 'replace', feed: 'osv', content: loaded.value }], SOME_TIME)
    }
    const set = analyzerSet(ECOSYSTEMS)
    const visible = lockFiles.flatMap(({ path, content }) =>
      set.wanting(path).map(analyzer => ({
        path,
        analysis: analyzeFile(set, analyzer, path, new TextEncoder().encode(content)),
        layerOf: () => null,
      })),
    )
    const inventory = inventoryOfFiles(visible, ECOSYSTEMS, [])
    const index = database.open()
    if (index === null) throw new Error('nothing was stored')
    try {
      return { inventory, report: matchInventory(inventory, index, { resourceKind: 'image' }) }
    } finally {
      index.close()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** As `affected` of a lock file: what was found in it. */
export function affectedIn(path: string, { report }: ScannedLockFiles): LockFile['affected'] {
  const found = new Map<string, string[]>()
  for (const { package: pkg, vulnerabilityId } of report.matches.filter(match => match.package.filePath === path)) {
    const key = `${pkg.name} ${pkg.version}`
    found.set(key, [...(found.get(key) ?? []), vulnerabilityId].sort())
  }
  return Object.fromEntries(found)
}
