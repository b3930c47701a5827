import { err, ok, type Result } from '../../base/result.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { parseEndOfLife } from './parse.ts'

export const END_OF_LIFE_FEED = 'end-of-life'

/** (endoflife.date, API v1; matching-and-feeds §1.1) */
export const END_OF_LIFE_UPSTREAM = 'https://endoflife.date/api/v1'

const PATH = 'products/full'

/** Several times the document of 2026, which has a few megabytes. (inferred: no sample in the corpus) */
const FILE_LIMIT_BYTES = 64 * 1024 * 1024

/** Raise when the same file would now yield other ends. */
const PARSER_REVISION = 1

/** When releases of distributions leave support, for what Amazon Inspector's own table does not say. No flaws, no packages. */
export function endOfLifeFeed(ecosystems: readonly Ecosystem[]): Feed {
  return {
    id: END_OF_LIFE_FEED,
    title: 'Ends of support of distributions, by endoflife.date',
    licence: 'MIT',
    parts: ['releases'],
    mayLackParts: true,
    load: (files, part, validator) => load(files, part, validator, ecosystems),
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystems: readonly Ecosystem[],
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
  const read = parseEndOfLife(text, ecosystems)
  if (!read.ok) return err({ is: 'malformed', what, detail: read.error })
  return ok({ part, advisories: [], ...read.value, validator: newValidator })
}
