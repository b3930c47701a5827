import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { fetchTogether } from '../fetch-together.ts'
import type { WantedFile } from '../fetch-together.ts'
import { SkipCounter } from '../skip-counter.ts'
import { SecdbReader } from '../secdb-advisories.ts'
import type { ApkEcosystem, SecdbPublisher } from '../secdb-advisories.ts'
import { readSecdb, SecdbError } from '../secdb.ts'
import { allRejections, readRejections } from './rejections.ts'

/** Alpine's security database: which package version fixed what, by branch. */
export const ALPINE_SECDB_UPSTREAM = 'https://secdb.alpinelinux.org'

/** Flaws that Alpine rejects. (anchore's Alpine provider reads them there, 2026) */
export const ALPINE_REJECTIONS_UPSTREAM = 'https://gitlab.alpinelinux.org/alpine/security'
export const ALPINE_REJECTIONS_FOLDER = 'security-rejections'

const ALPINE: SecdbPublisher = {
  feed: 'alpine-secdb',
  source: 'ALPINE_CVE',
  prefix: 'ALPINE',
  page: cve => `https://security.alpinelinux.org/vuln/${cve}`,
}

const REPOSITORIES = ['main', 'community']
const REJECTIONS = REPOSITORIES.map(repository => `${ALPINE_REJECTIONS_FOLDER}/-/raw/master/${repository}.yaml`)

/** The first branch with a database. */
const FIRST_BRANCH = 3
/** Several times the largest. */
const FILE_LIMIT_BYTES = 64 * 1024 * 1024
const REJECTIONS_LIMIT_BYTES = 4 * 1024 * 1024

/** Raise when the same files would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 2

/** Alpine's own word on its source packages: fixes only, so a flaw without a fix is not known. Parts are the branches. */
export function alpineSecdbFeed(ecosystem: ApkEcosystem, currentYear: number): Feed {
  return {
    id: ALPINE.feed,
    title: 'Alpine secdb: fixed versions of source packages, by branch, without what Alpine rejects',
    licence: 'open, by Alpine Linux (no licence file)',
    parts: ['edge', ...branchesUntil(currentYear)],
    // A mirror may hold some branches only, and the newest may not have been cut yet.
    mayLackParts: true,
    load: (files, part, validator) => load(files, part, validator, ecosystem),
  }
}

/** A branch is cut each spring and each autumn; v3.22 was the spring's of 2025. (alpinelinux.org/releases) */
function branchesUntil(currentYear: number): readonly string[] {
  const newest = Math.min(23 + 2 * (currentYear - 2025), 200)
  return Array.from({ length: Math.max(0, newest - FIRST_BRANCH + 1) }, (_, at) => `v3.${FIRST_BRANCH + at}`)
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystem: ApkEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const paths = REPOSITORIES.map(repository => `${part}/${repository}.json`)
  const fetched = await fetchTogether(
    files,
    [
      // Every branch has `main`; one without `community` would lose half of its fixes unseen if it had had it.
      ...paths.map((path, at): WantedFile => {
        return { path, limitBytes: FILE_LIMIT_BYTES, need: at === 0 ? 'required' : 'once-held' }
      }),
      // Of all branches together. Without them more counts as a flaw, which is the safe side.
      ...REJECTIONS.map((path): WantedFile => ({ path, limitBytes: REJECTIONS_LIMIT_BYTES, need: 'once-held' })),
    ],
    { revision: PARSER_REVISION, validator },
  )
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')

  const skips = new SkipCounter()
  const rejections = REJECTIONS.flatMap(path => {
    const bytes = fetched.value === 'unchanged' ? undefined : fetched.value.contents.get(path)
    if (bytes === undefined) return []
    return [readRejections(decodeUtf8(bytes), where => skips.add('malformed-rejection', `${path} ${where}`))]
  })
  const home = namespace(`alpine:${part.replace(/^v/, '')}`)
  const reader = new SecdbReader(ALPINE, ecosystem, home, skips, allRejections(rejections))
  let recordCount = 0
  for (const path of paths) {
    const bytes = fetched.value.contents.get(path)
    if (bytes === undefined) {
      skips.add('repository-not-there', path)
      continue
    }
    try {
      for (const pkg of readSecdb(decodeUtf8(bytes), name => skips.add('malformed-package', name))) {
        recordCount += reader.add(pkg)
      }
    } catch (error) {
      if (!(error instanceof SecdbError)) throw error
      return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
    }
  }
  const advisories = reader.advisories()
  return ok({
    part,
    advisories,
    recordCount,
    skipped: skips.list(),
    validator: fetched.value.validator,
    newestModified: null,
  })
}
