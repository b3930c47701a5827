import { ok } from '../base/result.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { namespace } from '../domain/namespace.ts'
import type { Feed } from './feed.ts'
import { fetchOne } from './fetch-one.ts'
import type { FileContent } from './fetch-one.ts'
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
  const { feed, title, licence, part, path } = distribution
  return {
    id: feed,
    title,
    licence,
    parts: [part],
    // Its terms may keep a mirror from passing it on.
    mayLackParts: true,
    load: (files, _part, validator) =>
      fetchOne(files, part, validator, {
        paths: [path],
        limitBytes: FILE_LIMIT_BYTES,
        revision: PARSER_REVISION,
        parse: bytes => ok(parse(bytes, distribution, ecosystem)),
        faults: [SecdbError],
      }),
  }
}

/** Throws `SecdbError` when the file as a whole cannot be read. */
function parse(bytes: Uint8Array, distribution: RollingDistribution, ecosystem: ApkEcosystem): FileContent {
  const skips = new SkipCounter()
  const reader = new SecdbReader(distribution, ecosystem, namespace(distribution.namespace), skips)
  let recordCount = 0
  for (const pkg of readSecdb(decodeUtf8(bytes), name => skips.add('malformed-package', name))) {
    recordCount += reader.add(pkg)
  }
  return { advisories: reader.advisories(), recordCount, skipped: skips.list(), newestModified: null }
}
