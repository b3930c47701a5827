import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { parseMetasploit } from './parse.ts'

export const METASPLOIT_FEED = 'metasploit'

/** (rapid7/metasploit-framework, `db/README.md`, read 2026) */
export const METASPLOIT_UPSTREAM = 'https://raw.githubusercontent.com/rapid7/metasploit-framework/master'

const PATH = 'db/modules_metadata_base.json'

/** Ten times the file of 2026. (observed: 11 MB) */
const FILE_LIMIT_BYTES = 128 * 1024 * 1024

/** Raise when the same file would now yield other exploits. */
const PARSER_REVISION = 1

/** Metasploit: which CVEs have a module that attacks them. Says nothing about packages. */
export function metasploitFeed(): Feed {
  return {
    id: METASPLOIT_FEED,
    title:
      'Metasploit: CVEs with a module that attacks them, by Rapid7. Only ids, names and days of modules are taken.',
    licence: 'BSD-3-Clause',
    parts: ['modules'],
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
  const read = parseMetasploit(fetched.value.bytes)
  if (!read.ok) return err({ is: 'malformed', what: `${files.base}/${PATH}`, detail: read.error })
  return ok({ part, advisories: [], ...read.value, validator: newValidator })
}
