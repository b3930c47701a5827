import type { Clock, Instant } from '../base/clock.ts'
import { parseInstant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Advisory } from '../domain/advisory.ts'
import type { FeedFiles, FeedPart } from '../feeds/feed.ts'
import { OSV_PARTS } from '../feeds/osv/feed.ts'
import { basePart, parseOsvRecord } from '../feeds/osv-record.ts'
import type { OsvEcosystem } from '../feeds/osv-record.ts'
import { SkipCounter } from '../feeds/skip-counter.ts'
import type { AdvisoryDatabase } from './advisory-database.ts'

/**
 * The bundled advisories: about a hundred well-known, widely exploited vulnerabilities, so that a first scan without a
 * network shows something true. They are no substitute for a feed: each part goes as soon as the real source of its
 * ecosystem has been fetched, because a handful of bounds of one day must not argue with the source they came from.
 */
export const STARTER_FEED = 'starter'

/** Files of `data/starter-advisories/`; each holds `{ "asOf": RFC 3339, "records": OSV records }`. */
const STARTER_FILES = ['deb.json', 'go.json', 'maven.json', 'npm.json', 'pypi.json'] as const

const FILE_LIMIT_BYTES = 1024 * 1024

export interface StarterAdvisories {
  /** The day whose knowledge they hold; to be shown wherever they are used. */
  readonly asOf: Instant
  /** One for each ecosystem that can be matched and that the bundle speaks about. */
  readonly parts: readonly FeedPart[]
  /** Bundled records that this version cannot match, by ecosystem. */
  readonly unsupported: FeedPart['skipped']
}

/** Reads the bundled records. Throws when the bundle is damaged: it is part of the program. */
export async function loadStarterAdvisories(
  files: FeedFiles,
  ecosystems: readonly OsvEcosystem[],
): Promise<StarterAdvisories> {
  const loaded = await Promise.all(STARTER_FILES.map(name => readStarterFile(files, name)))
  const records = loaded.flatMap(file => file.records)
  const asOf = loaded.reduce(
    (latest, file) => (file.asOf > latest ? file.asOf : latest),
    loaded[0]?.asOf ?? badBundle('empty'),
  )
  const unsupported = new SkipCounter()
  for (const record of records) {
    for (const part of partsOf(record)) if (!isMatchable(part)) unsupported.add(part, idOf(record))
  }
  return {
    asOf,
    parts: OSV_PARTS.map(part => starterPart(part, records, ecosystems, asOf)).filter(part => part.recordCount > 0),
    unsupported: unsupported.list(),
  }
}

/**
 * Puts the bundled advisories into a database that has nothing yet; returns whether it did. A database that has any
 * part of its own is left alone.
 */
export async function ensureStarterAdvisories(options: {
  readonly database: AdvisoryDatabase
  readonly files: FeedFiles
  readonly ecosystems: readonly OsvEcosystem[]
  readonly clock: Clock
  readonly log: Log
}): Promise<boolean> {
  const { database, files, ecosystems, clock, log } = options
  if (database.currentVersion() !== null) return false
  const { parts, unsupported } = await loadStarterAdvisories(files, ecosystems)
  await database.apply(
    parts.map(content => ({ is: 'replace', feed: STARTER_FEED, content })),
    clock.now(),
  )
  const advisoryCount = parts.reduce((sum, part) => sum + part.advisories.length, 0)
  log.info('starter advisories in use', { advisoryCount, unsupported })
  return true
}

function starterPart(
  part: string,
  records: readonly unknown[],
  ecosystems: readonly OsvEcosystem[],
  asOf: Instant,
): FeedPart {
  const skips = new SkipCounter()
  const advisories: Advisory[] = []
  const own = records.filter(record => partsOf(record).has(part))
  for (const record of own) {
    const parsed = parseOsvRecord(record, { feed: STARTER_FEED, part, ecosystems })
    if (!parsed.ok) {
      skips.add(parsed.error.reason, idOf(record))
      continue
    }
    for (const reason of parsed.value.dropped) if (reason !== 'entry-of-another-part') skips.add(reason, idOf(record))
    advisories.push(parsed.value.advisory)
  }
  // The bundle's day stands for the newest change: nothing later is known to it.
  return { part, advisories, recordCount: own.length, skipped: skips.list(), validator: null, newestModified: asOf }
}

function isMatchable(part: string): boolean {
  return OSV_PARTS.some(one => one === part)
}

/** OSV base ecosystems that a bundled record names. */
function partsOf(record: unknown): Set<string> {
  const affected = (record as { readonly affected: readonly { readonly package: { readonly ecosystem: string } }[] })
    .affected
  return new Set(affected.map(entry => basePart(entry.package.ecosystem)))
}

function idOf(record: unknown): string {
  return (record as { readonly id: string }).id
}

async function readStarterFile(
  files: FeedFiles,
  name: string,
): Promise<{ readonly asOf: Instant; readonly records: readonly unknown[] }> {
  const fetched = await files.fetch(name, { validator: null, limitBytes: FILE_LIMIT_BYTES })
  if (!fetched.ok || fetched.value === 'unchanged') return badBundle(`${name} cannot be read`)
  const content: unknown = JSON.parse(new TextDecoder().decode(fetched.value.bytes))
  if (typeof content !== 'object' || content === null || !('asOf' in content) || !('records' in content)) {
    return badBundle(`${name} lacks asOf or records`)
  }
  const asOf = parseInstant(String(content.asOf))
  if (asOf === null || !Array.isArray(content.records)) return badBundle(`${name} lacks a time or a list`)
  return { asOf, records: content.records }
}

function badBundle(what: string): never {
  throw new Error(`the bundled starter advisories are damaged: ${what}`)
}
