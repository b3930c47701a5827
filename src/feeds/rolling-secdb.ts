import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { namespace } from '../domain/namespace.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from './feed.ts'
import { SecdbReader } from './secdb-advisories.ts'
import type { ApkEcosystem, SecdbPublisher } from './secdb-advisories.ts'
import { readSecdb, SecdbError } from './secdb.ts'
import { SkipCounter } from './skip-counter.ts'

/** Several times the largest, Chainguard's. */
const FILE_LIMIT_BYTES = 256 * 1024 * 1024

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** A distribution of apk packages without releases, which has one database for all. */
export interface RollingDistribution extends SecdbPublisher {
  readonly title: string
  readonly licence: string
  /** The one part, and its file below the upstream. */
  readonly part: string
  readonly path: string
  /** First and only part of the namespace. */
  readonly namespace: string
}

/** The feed of one such distribution: its own word on its source packages, fixes only. */
export function rollingSecdbFeed(distribution: RollingDistribution, ecosystem: ApkEcosystem): Feed {
  const { feed, title, licence, part } = distribution
  return {
    id: feed,
    title,
    licence,
    parts: [part],
    // Its terms may keep a mirror from passing it on.
    mayLackParts: true,
    load: (files, _part, validator) => load(files, distribution, validator, ecosystem),
  }
}

async function load(
  files: FeedFiles,
  distribution: RollingDistribution,
  validator: string | null,
  ecosystem: ApkEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const { part, path } = distribution
  const prefix = `r${PARSER_REVISION} `
  const held = validator?.startsWith(prefix) ? validator.slice(prefix.length) : null
  const fetched = await files.fetch(path, { validator: held, limitBytes: FILE_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')

  const skips = new SkipCounter()
  const reader = new SecdbReader(distribution, ecosystem, namespace(distribution.namespace), skips)
  let recordCount = 0
  try {
    for (const pkg of readSecdb(decodeUtf8(fetched.value.bytes), name => skips.add('malformed-package', name))) {
      recordCount += reader.add(pkg)
    }
  } catch (error) {
    if (!(error instanceof SecdbError)) throw error
    return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
  }
  return ok({
    part,
    advisories: reader.advisories(),
    recordCount,
    skipped: skips.list(),
    validator: fetched.value.validator === null ? null : prefix + fetched.value.validator,
    newestModified: null,
  })
}
