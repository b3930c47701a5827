import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { parseKev } from './parse.ts'

export const KEV_FEED = 'kev'

/** (cisa.gov/known-exploited-vulnerabilities-catalog, read 2026) */
export const KEV_UPSTREAM = 'https://www.cisa.gov/sites/default/files/feeds'

const PATH = 'known_exploited_vulnerabilities.json'

/** Twenty times the catalog of August 2026. (observed: 1.6 MB) */
const FILE_LIMIT_BYTES = 32 * 1024 * 1024

/** Raise when the same file would now yield other entries. */
const PARSER_REVISION = 1

/** CISA's catalog of flaws that are known to be exploited. Says nothing about packages. */
export function kevFeed(): Feed {
  return {
    id: KEV_FEED,
    title: 'KEV: flaws that are known to be exploited, by CISA',
    licence: 'CC0-1.0',
    parts: ['catalog'],
    mayLackParts: true,
    load,
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const reader = `r${PARSER_REVISION} `
  const held = validator?.startsWith(reader) ? validator.slice(reader.length) : null
  const fetched = await files.fetch(PATH, { validator: held, limitBytes: FILE_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const newValidator = fetched.value.validator === null ? null : reader + fetched.value.validator
  const what = `${files.base}/${PATH}`
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(fetched.value.bytes)
  } catch {
    return err({ is: 'malformed', what, detail: 'it is not UTF-8' })
  }
  const read = parseKev(text)
  if (!read.ok) return err({ is: 'malformed', what, detail: read.error })
  return ok({ part, advisories: [], ...read.value, validator: newValidator })
}
