import { ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { CveRecordReader } from '../cve-record-reader.ts'
import type { Feed } from '../feed.ts'
import { fetchOne } from '../fetch-one.ts'
import type { FileContent, OneFile } from '../fetch-one.ts'
import { ZipError, zipTexts } from '../zip.ts'

export const VULNRICHMENT_FEED = 'vulnrichment'

/** What a mirror may call the archive: the whole repository, or the records that matter to it. */
const PATHS = ['vulnrichment.zip', 'vulnrichment-subset.zip'] as const

/** Several times the whole repository in 2026. (inferred) */
const ARCHIVE_LIMIT_BYTES = 1024 * 1024 * 1024

/** Raise when the same file would now yield something else. */
const PARSER_REVISION = 1

const FILE: OneFile = {
  paths: PATHS,
  limitBytes: ARCHIVE_LIMIT_BYTES,
  revision: PARSER_REVISION,
  parse: parseArchive,
  faults: [ZipError],
}

/**
 * CVE records with what CISA adds to them: scores, known exploitation, rejected and disputed ids. Upstream is a git
 * repository without a file of its own to fetch, so that only mirrors have it.
 */
export function vulnrichmentFeed(): Feed {
  return {
    id: VULNRICHMENT_FEED,
    title: 'CVE records with CISA Vulnrichment: scores, exploitation, rejected and disputed ids',
    licence: 'CC0-1.0',
    parts: ['records'],
    mayLackParts: true,
    load: (files, part, validator) => fetchOne(files, part, validator, FILE),
  }
}

/** Every record of the archive. Throws `ZipError` when the archive itself cannot be read. */
async function parseArchive(bytes: Uint8Array): Promise<Result<FileContent, string>> {
  const records = new CveRecordReader(VULNRICHMENT_FEED)
  for await (const { name, content } of zipTexts(bytes)) records.read(name, content)
  return ok(records.content())
}
