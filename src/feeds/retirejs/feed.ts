import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
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
    load: (files, _part, validator) => load(files, validator, ecosystem),
  }
}

async function load(
  files: FeedFiles,
  validator: string | null,
  ecosystem: NpmEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const prefix = `r${PARSER_REVISION} `
  const held = validator?.startsWith(prefix) ? validator.slice(prefix.length) : null
  const fetched = await files.fetch(PATH, { validator: held, limitBytes: FILE_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')

  const skips = new SkipCounter()
  const reader = new RetireReader(ecosystem, skips)
  let recordCount = 0
  try {
    for (const member of jsonMembers(fetched.value.bytes, MEMBER_LIMITS)) {
      const library = member.is === 'member' ? readLibrary(member.key, parsed(member.bytes)) : null
      if (library !== null) recordCount += reader.add(library)
      else {
        skips.add(member.is === 'too-large' ? 'too-large' : 'malformed-library', member.key)
        recordCount++
      }
    }
  } catch (error) {
    if (!(error instanceof JsonMembersError)) throw error
    return err({ is: 'malformed', what: `${files.base}/${PATH}`, detail: error.message })
  }
  return ok({
    part: PART,
    advisories: reader.advisories(),
    recordCount,
    skipped: skips.list(),
    validator: fetched.value.validator === null ? null : prefix + fetched.value.validator,
    newestModified: null,
  })
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes))
  } catch {
    return null
  }
}
