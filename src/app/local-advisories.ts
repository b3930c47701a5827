import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatInstant, instant, type Instant } from '../base/clock.ts'
import { silentLog, type Log } from '../base/log.ts'
import { err, ok, type Result } from '../base/result.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { CVE_LIST_FEED } from '../feeds/cve-list/feed.ts'
import { END_OF_LIFE_FEED } from '../feeds/end-of-life/feed.ts'
import { EPSS_FEED } from '../feeds/epss/feed.ts'
import { EXPLOIT_DB_FEED } from '../feeds/exploit-db/feed.ts'
import { KEV_FEED } from '../feeds/kev/feed.ts'
import { METASPLOIT_FEED } from '../feeds/metasploit/feed.ts'
import { NVD_FEED } from '../feeds/nvd/parse.ts'
import { VULNRICHMENT_FEED } from '../feeds/vulnrichment/feed.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import type { AdvisoryDatabase, FeedGeneration } from '../scanning/advisory-database.ts'
import { ensureStarterAdvisories, STARTER_FEED } from '../scanning/starter-advisories.ts'
import type { PartReport, SyncReport } from '../scanning/sync-feeds.ts'
import { openAdvisoryDatabase } from '../store/advisory-database/database.ts'
import { systemClock } from '../system/clock.ts'
import { folderFeedFiles } from '../system/feed-files-folder.ts'
import { isWanted } from './wanted-feeds.ts'

const STARTER_FOLDER = fileURLToPath(new URL('../../data/starter-advisories/', import.meta.url))

/** The advisories of this machine, for reading. */
export interface LocalAdvisories {
  readonly index: AdvisoryIndex
  readonly directory: string
  /** What they are and how old, for a person. */
  readonly inWords: string
  readonly isStarter: boolean
  close(): void
}

export function advisoryDirectory(home: string): string {
  return join(home, 'advisories')
}

/** The database of this machine; a new one begins with the bundled starter advisories. */
export async function advisoryDatabaseOf(home: string, log: Log): Promise<AdvisoryDatabase> {
  const database = openAdvisoryDatabase(advisoryDirectory(home))
  const files = folderFeedFiles(STARTER_FOLDER)
  await ensureStarterAdvisories({ database, files, ecosystems: ECOSYSTEMS, clock: systemClock, log })
  return database
}

export async function openAdvisories(home: string): Promise<LocalAdvisories> {
  const database = await advisoryDatabaseOf(home, silentLog)
  const index = database.open()
  if (index === null) throw new Error(`the advisory database in ${advisoryDirectory(home)} has no version`)
  const generations = database.generations()
  return {
    index,
    directory: advisoryDirectory(home),
    inWords: generationsInWords(generations),
    isStarter: usesStarter(generations),
    close: () => index.close(),
  }
}

/** Whether any advisory in use is one of the bundled handful. */
export function usesStarter(generations: readonly FeedGeneration[]): boolean {
  return generations.some(generation => generation.feed === STARTER_FEED && generation.advisoryCount > 0)
}

/** One line: counts, age, and loudly when only the bundled handful is there. */
export function generationsInWords(generations: readonly FeedGeneration[]): string {
  const real = generations.filter(generation => generation.feed !== STARTER_FEED && hasContent(generation))
  const words: string[] = []
  if (real.length > 0) {
    const matchable = real.filter(generation => !ABOUT_FLAWS.has(generation.feed))
    const what = [
      ...(matchable.length === 0 ? [] : [`${countOf(matchable)} advisories (${feedsOf(matchable)})`]),
      ...[...ABOUT_FLAWS].flatMap(([feed, inWords]) => {
        const own = real.filter(generation => generation.feed === feed)
        return own.length === 0 ? [] : [inWords(own)]
      }),
    ].join(', ')
    const times = real.flatMap(generation => (generation.syncedAt === null ? [] : [generation.syncedAt]))
    const oldest = times.length === 0 ? '' : `, fetched ${day(instant(Math.min(...times)))}`
    words.push(`${what}${oldest}`)
  }
  if (usesStarter(generations)) {
    const starter = generations.filter(generation => generation.feed === STARTER_FEED)
    const newest = starter.map(generation => generation.newestModified).find(time => time !== null) ?? null
    words.push(
      `only ${countOf(starter)} starter advisories${newest === null ? '' : ` of ${day(newest)}`} for ${partsOf(starter)}: run \`openinspector advisories sync\``,
    )
  }
  return words.join('; ')
}

/** Feeds that say nothing about packages, each in words. */
const ABOUT_FLAWS: ReadonlyMap<string, (generations: readonly FeedGeneration[]) => string> = new Map([
  [NVD_FEED, generations => `NVD's word on ${countOf(generations)} CVEs`],
  [CVE_LIST_FEED, generations => `the CVE List's on ${countOf(generations)}`],
  [VULNRICHMENT_FEED, generations => `CISA's on ${countOf(generations)}`],
  [KEV_FEED, generations => `KEV with ${signalsOf(generations)} entries`],
  [EXPLOIT_DB_FEED, generations => `Exploit-DB on ${signalsOf(generations)} CVEs`],
  [METASPLOIT_FEED, generations => `Metasploit on ${signalsOf(generations)}`],
  [END_OF_LIFE_FEED, generations => `the ends of ${signalsOf(generations)} releases`],
  [EPSS_FEED, generations => `EPSS scores${dayOf(generations)}`],
])

function hasContent({ advisoryCount, signalCount }: FeedGeneration): boolean {
  return advisoryCount > 0 || signalCount > 0
}

function signalsOf(generations: readonly FeedGeneration[]): number {
  return generations.reduce((sum, generation) => sum + generation.signalCount, 0)
}

function dayOf(generations: readonly FeedGeneration[]): string {
  const newest = generations.map(generation => generation.newestModified).find(time => time !== null) ?? null
  return newest === null ? '' : ` of ${day(newest)}`
}

function countOf(generations: readonly FeedGeneration[]): number {
  return generations.reduce((sum, generation) => sum + generation.advisoryCount, 0)
}

/** Ids of the feeds, each once; their parts are too many for one line. */
function feedsOf(generations: readonly FeedGeneration[]): string {
  return [...new Set(generations.map(({ feed }) => feed))].join(', ')
}

function partsOf(generations: readonly FeedGeneration[]): string {
  return generations.map(generation => generation.part).join(', ')
}

function day(time: Instant): string {
  return formatInstant(time).slice(0, 10)
}

/** The value of OPENINSPECTOR_FEEDS at a site without a network: nothing is fetched, advisories are imported. */
export const NO_FEEDS = 'off'

/** Fetches what changed into `database`; `feeds` is OPENINSPECTOR_FEEDS. The error says what is wrong with that setting. */
export async function syncAdvisoriesFrom(
  feeds: string | null,
  database: AdvisoryDatabase,
  options: {
    readonly log: Log
    readonly progress?: (feed: string, part: string) => void
    readonly signal?: AbortSignal
    /** OPENINSPECTOR_NVD_API_KEY */
    readonly nvdApiKey?: string | null
    /** OPENINSPECTOR_CVE_LIST */
    readonly cveList: boolean | null
  },
): Promise<Result<SyncReport, string>> {
  if (feeds === NO_FEEDS) {
    return ok({ version: database.currentVersion(), isChanged: false, parts: [], isReached: false })
  }
  const { nvdApiKey = null, cveList, ...how } = options
  // Only who fetches needs the readers of all feeds: a scan must not wait for them.
  const [{ feedsFor }, { feedFilesFor }, { nodeHttp }, { syncFeeds }] = await Promise.all([
    import('../feeds/index.ts'),
    import('../system/feed-files.ts'),
    import('../system/http-client.ts'),
    import('../scanning/sync-feeds.ts'),
  ])
  const http = nodeHttp()
  try {
    const sources = []
    const currentYear = new Date(systemClock.now()).getUTCFullYear()
    for (const feed of feedsFor(ECOSYSTEMS, currentYear)) {
      if (!isWanted(feed.id, { feeds, cveList })) continue
      const files = feedFilesFor(feed.id, feeds, http, { nvd: nvdApiKey })
      if (!files.ok) return err(files.error)
      sources.push({ feed, files: files.value })
    }
    return ok(await syncFeeds({ feeds: sources, database, clock: systemClock, ...how }))
  } finally {
    http.close()
  }
}

export type { FeedGeneration, PartReport }
