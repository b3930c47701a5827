import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { jsonMembers, JsonMembersError } from '../json-members.ts'
import { SkipCounter } from '../skip-counter.ts'
import { fetchTogether } from '../fetch-together.ts'
import { parseNoticeList } from './notice-list.ts'
import type { Notice } from './notice-list.ts'
import { DEBIAN_TRACKER_FEED, TrackerReader } from './parse.ts'
import type { DebianEcosystem } from './parse.ts'
import { issuesOfPackage, readIssue, TrackerError } from './schema.ts'

/** Debian's security tracker; the lists of notices stand in the repository that it is made from. */
export const DEBIAN_TRACKER_UPSTREAM = 'https://security-tracker.debian.org'
export const DEBIAN_NOTICES_UPSTREAM = 'https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master'

const TRACKER_PATH = 'tracker/data/json'
/** Relative to the upstream of the notices, and in a mirror to the feed's own folder. */
export const DEBIAN_NOTICES_FOLDER = 'data'
const NOTICE_PATHS = [`${DEBIAN_NOTICES_FOLDER}/DSA/list`, `${DEBIAN_NOTICES_FOLDER}/DLA/list`]

/** Several times the file of 2026. (tens of megabytes; matching-and-feeds §1.1) */
const TRACKER_LIMIT_BYTES = 512 * 1024 * 1024
const NOTICES_LIMIT_BYTES = 64 * 1024 * 1024
const MEMBER_LIMITS = { valueBytes: 128 * 1024 * 1024, members: 500_000, depth: 32 } as const
/** Packages read between two turns of the event loop. */
const BATCH = 100

/** Raise when the same files would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** Debian's own word on its source packages, with the ids and days of its notices (DSA, DLA). */
export function debianTrackerFeed(ecosystem: DebianEcosystem): Feed {
  return {
    id: DEBIAN_TRACKER_FEED,
    title: 'Debian security tracker: state of every flaw in every release, with DSA and DLA',
    licence: 'open, by the Debian security team (no licence file)',
    parts: ['tracker'],
    // A mirror need not hold it.
    mayLackParts: true,
    load: (files, part, validator) => load(files, part, validator, ecosystem),
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystem: DebianEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const fetched = await fetchTogether(
    files,
    [
      { path: TRACKER_PATH, limitBytes: TRACKER_LIMIT_BYTES, need: 'required' },
      ...NOTICE_PATHS.map(path => ({ path, limitBytes: NOTICES_LIMIT_BYTES, need: 'once-held' }) as const),
    ],
    { revision: PARSER_REVISION, validator },
  )
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const { contents, missing, validator: newValidator } = fetched.value
  const skips = new SkipCounter()
  // Without its list a notice has no id here; which versions are affected the tracker tells all the same.
  for (const path of missing) skips.add('notice-list-not-there', path)
  const notices: Notice[] = []
  for (const path of NOTICE_PATHS) {
    const bytes = contents.get(path)
    if (bytes === undefined) continue
    for (const notice of parseNoticeList(decodeUtf8(bytes), line => skips.add('notice-unreadable', line))) {
      notices.push(notice)
    }
  }
  const tracker = contents.get(TRACKER_PATH) ?? new Uint8Array()
  try {
    return ok({ ...(await readTracker(tracker, notices, ecosystem, skips)), part, validator: newValidator })
  } catch (error) {
    if (!(error instanceof JsonMembersError)) throw error
    return err({ is: 'malformed', what: `${files.base}/${TRACKER_PATH}`, detail: error.message })
  }
}

/** A record is what the tracker says about one flaw of one source package. */
async function readTracker(
  bytes: Uint8Array,
  notices: readonly Notice[],
  ecosystem: DebianEcosystem,
  skips: SkipCounter,
): Promise<Omit<FeedPart, 'part' | 'validator'>> {
  const reader = new TrackerReader(ecosystem, notices, skips)
  let recordCount = 0
  let packageCount = 0
  for (const member of jsonMembers(bytes, MEMBER_LIMITS)) {
    if (++packageCount % BATCH === 0) await nextTurn()
    if (member.is === 'too-large') {
      skips.add('package-too-large', member.key)
      continue
    }
    try {
      const issues = issuesOfPackage(decodeUtf8(member.bytes))
      recordCount += issues.length
      for (const [id, value] of issues) addIssue(reader, member.key, id, value, skips)
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error
      skips.add(error.reason, member.key)
    }
  }
  const advisories = reader.advisories()
  return { advisories, recordCount, skipped: skips.list(), newestModified: newestOf(notices) }
}

function addIssue(reader: TrackerReader, sourcePackage: string, id: string, value: unknown, skips: SkipCounter): void {
  try {
    reader.add(sourcePackage, readIssue(id, value))
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error
    skips.add(error.reason, `${sourcePackage} ${id}`)
  }
}

/** The tracker dates nothing; its newest notice tells how fresh it is. */
function newestOf(notices: readonly Notice[]): Instant | null {
  let newest: Instant | null = null
  for (const { published } of notices) if (published !== null && published > (newest ?? 0)) newest = published
  return newest
}
