import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { CveRecordReader } from '../cve-record-reader.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { ZipError, zipTexts } from '../zip.ts'

export const VULNRICHMENT_FEED = 'vulnrichment'

/** What a mirror may call the archive: the whole repository, or the records that matter to it. */
const PATHS = ['vulnrichment.zip', 'vulnrichment-subset.zip'] as const

/** Several times the whole repository in 2026. (inferred) */
const ARCHIVE_LIMIT_BYTES = 1024 * 1024 * 1024

/** Raise when the same file would now yield something else. */
const PARSER_REVISION = 1

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
    load,
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  let notFound: FeedError = { is: 'not-found', what: `${files.base}/${PATHS[0]}` }
  for (const path of PATHS) {
    const reader = `r${PARSER_REVISION} ${path} `
    const held = validator?.startsWith(reader) ? validator.slice(reader.length) : null
    const fetched = await files.fetch(path, { validator: held, limitBytes: ARCHIVE_LIMIT_BYTES })
    if (!fetched.ok) {
      if (fetched.error.is !== 'not-found') return fetched
      notFound = fetched.error
      continue
    }
    if (fetched.value === 'unchanged') return ok('unchanged')
    const newValidator = fetched.value.validator === null ? null : reader + fetched.value.validator
    try {
      return ok({ ...(await parseArchive(fetched.value.bytes, part)), validator: newValidator })
    } catch (error) {
      if (error instanceof ZipError) {
        return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
      }
      throw error
    }
  }
  return err(notFound)
}

/** Every record of the archive. Throws `ZipError` when the archive itself cannot be read. */
async function parseArchive(bytes: Uint8Array, part: string): Promise<FeedPart> {
  const records = new CveRecordReader(VULNRICHMENT_FEED)
  for await (const { name, content } of zipTexts(bytes)) records.read(name, content)
  return { part, ...records.content(), validator: null }
}
