import { ok } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed } from '../feed.ts'
import { fetchOne } from '../fetch-one.ts'
import type { FileContent } from '../fetch-one.ts'
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
    load: (files, part, validator) =>
      fetchOne(files, part, validator, {
        paths: [PATH],
        limitBytes: UPDATEINFO_LIMIT_BYTES,
        revision: PARSER_REVISION,
        parse: async bytes => ok(await parse(bytes, ecosystem)),
        faults: [XmlError, GunzipError],
      }),
  }
}

/** Throws `XmlError` or `GunzipError` when the file as a whole cannot be read. */
async function parse(bytes: Uint8Array, ecosystem: RpmEcosystem): Promise<FileContent> {
  const skips = new SkipCounter()
  const reader = new NoticeReader(BOTTLEROCKET, ecosystem, skips)
  const unread = await readNotices(bytes, PATH, HOME, reader, skips)
  const advisories = reader.advisories()
  return {
    advisories,
    recordCount: reader.noticeCount + unread,
    skipped: skips.list(),
    newestModified: newestOf(advisories),
  }
}
