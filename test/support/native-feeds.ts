import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vulnerabilityId } from '../../src/domain/ids.ts'
import type { InstalledPackage } from '../../src/domain/inventory.ts'
import { namespace } from '../../src/domain/namespace.ts'
import type { PurlType } from '../../src/domain/namespace.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import type { Feed, FeedFiles, FeedPart } from '../../src/feeds/feed.ts'
import { feedsFor } from '../../src/feeds/index.ts'
import type { AdvisoryIndex } from '../../src/matching/advisory-index.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import type { FeedUpdate } from '../../src/scanning/advisory-database.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { SOME_TIME } from './builders.ts'

export type Outcome = 'affected' | 'not affected' | 'undetermined'

/** What a feed says of one package and one vulnerability, checked by hand against the bounds that it names. */
export type CheckedPackage = readonly [
  type: PurlType,
  where: string,
  name: string,
  version: string,
  vulnerability: string,
  outcome: Outcome,
  why: string,
  more?: PackageDetails,
]

export interface PackageDetails {
  readonly source?: InstalledPackage['source']
  readonly module?: string
  readonly arch?: string
}

/** Every feed of this version, in the year of the mirrors. */
export function knownFeeds(): readonly Feed[] {
  return feedsFor(ECOSYSTEMS, 2026)
}

/** A part of a feed as its files have it; throws when it cannot be read. */
export async function loadPart(id: string, files: FeedFiles, part: string): Promise<FeedPart> {
  const feed = knownFeeds().find(one => one.id === id)
  const loaded = await feed?.load(files, part, null)
  if (loaded?.ok !== true || loaded.value === 'unchanged') throw new Error(`${id} ${part} was not read`)
  return loaded.value
}

/** An advisory database of its own with these parts, until it is closed. */
export async function indexWith(
  parts: readonly { readonly feed: string; readonly content: FeedPart }[],
): Promise<AdvisoryIndex> {
  const folder = mkdtempSync(join(tmpdir(), 'native-feeds-'))
  const database = openAdvisoryDatabase(folder)
  await database.apply(
    parts.map(({ feed, content }): FeedUpdate => ({ is: 'replace', feed, content })),
    SOME_TIME,
  )
  const index = database.open()
  if (index === null) throw new Error('the database has no version')
  return {
    ...index,
    close() {
      index.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export function packageOf(
  type: PurlType,
  where: string,
  name: string,
  version: string,
  { source = null, module, arch }: PackageDetails = {},
): InstalledPackage {
  const place = { manager: 'OS', filePath: 'db', layer: null, ownedBy: null } as const
  const pkg = { type, namespace: namespace(where), name, version, arch: arch ?? null, source, ...place }
  return module === undefined ? pkg : { ...pkg, module }
}

/** What the index says of the package on a host that has nothing else. */
export function outcomeOf(pkg: InstalledPackage, id: string, index: AdvisoryIndex): Outcome {
  const inventory = { distro: null, packages: [pkg], problems: [] }
  const { matches, undetermined } = matchInventory(inventory, index, { resourceKind: 'host' })
  if (matches.some(match => match.vulnerabilityId === vulnerabilityId(id))) return 'affected'
  return undetermined.length > 0 ? 'undetermined' : 'not affected'
}
