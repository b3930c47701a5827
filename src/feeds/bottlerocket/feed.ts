import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { GunzipError } from '../gunzip.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import { SkipCounter } from '../skip-counter.ts'
import { readNotices, UPDATEINFO_LIMIT_BYTES } from '../updateinfo-file.ts'
import { newestOf, NoticeReader } from '../updateinfo-notices.ts'
import type { NoticePublisher } from '../updateinfo-notices.ts'
import { XmlError } from '../../base/xml.ts'

/** Bottlerocket's notices, one file for all releases. (bottlerocket.dev, "Variants": Security Advisories, read 2026) */
export const BOTTLEROCKET_UPSTREAM = 'https://advisories.bottlerocket.aws'

const BOTTLEROCKET: NoticePublisher = { feed: 'bottlerocket', source: 'BOTTLEROCKET_CVE', page: null }

const PART = 'Bottlerocket'
const PATH = 'updateinfo.xml.gz'

/** Every release so far; a second major one would have notices of its own. */
const HOME = { namespace: namespace('bottlerocket:1'), channel: null }

/** Raise when the same file would now yield other advisories: an unchanged file is then parsed anew. */
const PARSER_REVISION = 1

/** Bottlerocket's own word on what its images are built of: fixes only. */
export function bottlerocketFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: BOTTLEROCKET.feed,
    title: 'Bottlerocket security notices (GHSA, BRSA), by package',
    licence: 'Apache-2.0 OR MIT',
    parts: [PART],
    mayLackParts: true,
    load: (files, _part, validator) => load(files, validator, ecosystem),
  }
}

async function load(
  files: FeedFiles,
  validator: string | null,
  ecosystem: RpmEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const prefix = `r${PARSER_REVISION} `
  const held = validator?.startsWith(prefix) ? validator.slice(prefix.length) : null
  const fetched = await files.fetch(PATH, { validator: held, limitBytes: UPDATEINFO_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')

  const skips = new SkipCounter()
  const reader = new NoticeReader(BOTTLEROCKET, ecosystem, skips)
  let unread: number
  try {
    unread = await readNotices(fetched.value.bytes, PATH, HOME, reader, skips)
  } catch (error) {
    if (!(error instanceof XmlError || error instanceof GunzipError)) throw error
    return err({ is: 'malformed', what: `${files.base}/${PATH}`, detail: error.message })
  }
  const advisories = reader.advisories()
  return ok({
    part: PART,
    advisories,
    recordCount: reader.noticeCount + unread,
    skipped: skips.list(),
    validator: fetched.value.validator === null ? null : prefix + fetched.value.validator,
    newestModified: newestOf(advisories),
  })
}
