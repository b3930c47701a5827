import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import type { Feed } from '../feed.ts'
import { fetchOne, utf8Text } from '../fetch-one.ts'
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
    load: (files, part, validator) =>
      fetchOne(files, part, validator, {
        paths: [PATH],
        limitBytes: FILE_LIMIT_BYTES,
        revision: PARSER_REVISION,
        parse(bytes) {
          const text = utf8Text(bytes)
          return text.ok ? parseEndOfLife(text.value, ecosystems) : text
        },
      }),
  }
}
