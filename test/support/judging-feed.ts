import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InstalledPackage } from '../../src/domain/inventory.ts'
import { parsePurl } from '../../src/domain/purl.ts'
import { ecosystemOf } from '../../src/ecosystems/index.ts'
import type { Feed, FeedFiles } from '../../src/feeds/feed.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { SOME_TIME } from './builders.ts'

export interface FeedJudgement {
  /** `name version arch: vulnerability`, and the vendor's state behind it where there is one; sorted. */
  readonly affected: readonly string[]
  /** `name version arch: reason`, sorted. */
  readonly undetermined: readonly string[]
}

/** What one part of a feed says about packages, through a real advisory database. `channels` is what their system takes from. */
export async function judgeFeed(
  feed: Feed,
  files: FeedFiles,
  part: string,
  purls: readonly string[],
  channels: readonly string[] = [],
): Promise<FeedJudgement> {
  const loaded = await feed.load(files, part, null)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  if (loaded.value === 'unchanged') throw new Error('nothing was held')
  const packages = purls.map((text): InstalledPackage => {
    const purl = parsePurl(text)
    if (!purl.ok) throw new Error(`${text}: ${purl.error.is}`)
    const { distro, ...pkg } = purl.value
    const full = distro === null ? null : { ...distro, codename: null, prettyName: null }
    return {
      ...pkg,
      ...(channels.length > 0 && { channels }),
      namespace: ecosystemOf(pkg.type).namespaceOf(full),
      manager: 'OS',
      filePath: text,
      layer: null,
      ownedBy: null,
    }
  })
  const directory = mkdtempSync(join(tmpdir(), 'openinspector-judge-'))
  try {
    const database = openAdvisoryDatabase(directory)
    await database.apply([{ is: 'replace', feed: feed.id, content: loaded.value }], SOME_TIME)
    const index = database.open()
    if (index === null) throw new Error('the advisory database has no version')
    const report = matchInventory({ distro: null, packages, problems: [] }, index, { resourceKind: 'host' })
    index.close()
    const named = ({ name, version, arch }: InstalledPackage): string => `${name} ${version} ${arch}`
    return {
      affected: report.matches
        .map(({ package: pkg, vulnerabilityId, evidence }) => {
          const states = [...new Set(evidence.flatMap(({ state }) => state ?? []))]
          return `${named(pkg)}: ${vulnerabilityId}${states.map(state => ` ${state}`).join('')}`
        })
        .sort(),
      undetermined: report.undetermined.map(({ package: pkg, reason }) => `${named(pkg)}: ${reason}`).sort(),
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
