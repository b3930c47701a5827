import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Feed } from '../feed.ts'
import { fetchOne } from '../fetch-one.ts'
import type { FileContent } from '../fetch-one.ts'
import { jsonMembers, JsonMembersError } from '../json-members.ts'
import { SkipCounter } from '../skip-counter.ts'
import { RETIREJS_FEED, RetireReader } from './parse.ts'
import type { NpmEcosystem } from './parse.ts'
import { readLibrary } from './schema.ts'

/** retire.js's list of libraries. (github.com/RetireJS/retire.js) */
export const RETIREJS_UPSTREAM = 'https://raw.githubusercontent.com/RetireJS/retire.js/master/repository'

const PART = 'npm'
const PATH = 'jsrepository-v4.json'

/** Twenty times the file of 2026. */
const FILE_LIMIT_BYTES = 32 * 1024 * 1024
const MEMBER_LIMITS = { valueBytes: 8 * 1024 * 1024, members: 10_000, depth: 32 } as const

/** Raise when the same file would now yield other advisories: an unchanged file is then parsed anew. */
const PARSER_REVISION = 1

/** retire.js: flaws of JavaScript libraries, as far as they are packages of npm; believed after every reviewed source. */
export function retirejsFeed(ecosystem: NpmEcosystem): Feed {
  return {
    id: RETIREJS_FEED,
    title: 'retire.js: flaws of JavaScript libraries that npm has, also such without a CVE',
    licence: 'Apache-2.0',
    parts: [PART],
    mayLackParts: true,
    load: (files, part, validator) =>
      fetchOne(files, part, validator, {
        paths: [PATH],
        limitBytes: FILE_LIMIT_BYTES,
        revision: PARSER_REVISION,
        parse: bytes => ok(parse(bytes, ecosystem)),
        faults: [JsonMembersError],
      }),
  }
}

/** Throws `JsonMembersError` when the file as a whole cannot be read. */
function parse(bytes: Uint8Array, ecosystem: NpmEcosystem): FileContent {
  const skips = new SkipCounter()
  const reader = new RetireReader(ecosystem, skips)
  let recordCount = 0
  for (const member of jsonMembers(bytes, MEMBER_LIMITS)) {
    const library = member.is === 'member' ? readLibrary(member.key, parsed(member.bytes)) : null
    if (library !== null) recordCount += reader.add(library)
    else {
      skips.add(member.is === 'too-large' ? 'too-large' : 'malformed-library', member.key)
      recordCount++
    }
  }
  return { advisories: reader.advisories(), recordCount, skipped: skips.list(), newestModified: null }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes))
  } catch {
    return null
  }
}
