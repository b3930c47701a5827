import type { Feed } from '../feed.ts'
import { fetchOne } from '../fetch-one.ts'
import type { OneFile } from '../fetch-one.ts'
import { parseMetasploit } from './parse.ts'

export const METASPLOIT_FEED = 'metasploit'

/** (rapid7/metasploit-framework, `db/README.md`, read 2026) */
export const METASPLOIT_UPSTREAM = 'https://raw.githubusercontent.com/rapid7/metasploit-framework/master'

const PATH = 'db/modules_metadata_base.json'

/** Ten times the file of 2026. (observed: 11 MB) */
const FILE_LIMIT_BYTES = 128 * 1024 * 1024

/** Raise when the same file would now yield other exploits. */
const PARSER_REVISION = 1

const FILE: OneFile = {
  paths: [PATH],
  limitBytes: FILE_LIMIT_BYTES,
  revision: PARSER_REVISION,
  parse: parseMetasploit,
}

/** Metasploit: which CVEs have a module that attacks them. Says nothing about packages. */
export function metasploitFeed(): Feed {
  return {
    id: METASPLOIT_FEED,
    title:
      'Metasploit: CVEs with a module that attacks them, by Rapid7. Only ids, names and days of modules are taken.',
    licence: 'BSD-3-Clause',
    parts: ['modules'],
    mayLackParts: true,
    load: (files, part, validator) => fetchOne(files, part, validator, FILE),
  }
}
