import type { Result } from '../../base/result.ts'
import type { Feed } from '../feed.ts'
import { fetchOne, utf8Text } from '../fetch-one.ts'
import type { FileContent, OneFile } from '../fetch-one.ts'
import { parseKev } from './parse.ts'

export const KEV_FEED = 'kev'

/** (cisa.gov/known-exploited-vulnerabilities-catalog, read 2026) */
export const KEV_UPSTREAM = 'https://www.cisa.gov/sites/default/files/feeds'

const PATH = 'known_exploited_vulnerabilities.json'

/** Twenty times the catalog of August 2026. (observed: 1.6 MB) */
const FILE_LIMIT_BYTES = 32 * 1024 * 1024

/** Raise when the same file would now yield other entries. */
const PARSER_REVISION = 1

const FILE: OneFile = { paths: [PATH], limitBytes: FILE_LIMIT_BYTES, revision: PARSER_REVISION, parse }

/** CISA's catalog of flaws that are known to be exploited. Says nothing about packages. */
export function kevFeed(): Feed {
  return {
    id: KEV_FEED,
    title: 'KEV: flaws that are known to be exploited, by CISA',
    licence: 'CC0-1.0',
    parts: ['catalog'],
    mayLackParts: true,
    load: (files, part, validator) => fetchOne(files, part, validator, FILE),
  }
}

function parse(bytes: Uint8Array): Result<FileContent, string> {
  const text = utf8Text(bytes)
  return text.ok ? parseKev(text.value) : text
}
