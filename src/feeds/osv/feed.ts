import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { SkipCounter } from '../skip-counter.ts'
import { parseOsvJson } from '../osv-record.ts'
import type { OsvEcosystem } from '../osv-record.ts'
import { ZipError, zipTexts } from '../zip.ts'

/** The public export of OSV.dev. (google.github.io/osv.dev/data, read 2026) */
export const OSV_UPSTREAM = 'https://storage.googleapis.com/osv-vulnerabilities'

/** OSV base ecosystems that the folders of `ecosystems/` can match; each is one file upstream. Sorted. */
export const OSV_PARTS = [
  'AlmaLinux',
  'Alpine',
  'Bitnami',
  'CRAN',
  'Chainguard',
  'ConanCenter',
  'Debian',
  'GitHub Actions',
  'Go',
  'Hex',
  'Maven',
  'NuGet',
  'Packagist',
  'Pub',
  'PyPI',
  'Rocky Linux',
  'RubyGems',
  'SwiftURL',
  'Ubuntu',
  'Wolfi',
  'crates.io',
  'npm',
] as const

/** Largest archive that is taken: several times npm's, the largest published. */
const ARCHIVE_LIMIT_BYTES = 1024 * 1024 * 1024

/**
 * Raise when the same file would now yield other advisories, also because an ecosystem takes other OSV names: unchanged
 * files are then parsed anew.
 */
const PARSER_REVISION = 7

/** OSV.dev: one zip of OSV records for each ecosystem. */
export function osvFeed(ecosystems: readonly OsvEcosystem[]): Feed {
  return {
    id: 'osv',
    title: 'OSV.dev: open source vulnerabilities, by ecosystem',
    licence: 'CC-BY-4.0 and others, named by each source database',
    parts: OSV_PARTS,
    // Mirrors leave out what they may not pass on or do not need; the report says `absent` for each.
    mayLackParts: true,
    load: (files, part, validator) => load(files, part, validator, ecosystems),
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystems: readonly OsvEcosystem[],
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  // What the file says depends on who reads it: a validator of another revision or other ecosystems does not hold.
  const reader = `r${PARSER_REVISION}.${ecosystems.map(ecosystem => ecosystem.scheme.id).join('.')} `
  const held = validator?.startsWith(reader) ? validator.slice(reader.length) : null
  const path = `${part}/all.zip`
  const fetched = await files.fetch(path, { validator: held, limitBytes: ARCHIVE_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const newValidator = fetched.value.validator === null ? null : reader + fetched.value.validator
  try {
    return ok(await parseOsvArchive(fetched.value.bytes, part, ecosystems, newValidator))
  } catch (error) {
    if (error instanceof ZipError) {
      return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
    }
    throw error
  }
}

/** Every record of one archive. Throws `ZipError` when the archive itself cannot be read. */
async function parseOsvArchive(
  bytes: Uint8Array,
  part: string,
  ecosystems: readonly OsvEcosystem[],
  validator: string | null,
): Promise<FeedPart> {
  const context = { feed: 'osv', part, ecosystems }
  const skips = new SkipCounter()
  const advisories = new Map<string, Advisory>()
  let recordCount = 0
  let newestModified: Instant | null = null
  for await (const entry of zipTexts(bytes)) {
    recordCount++
    if ('problem' in entry.content) {
      skips.add(entry.content.problem, entry.name)
      continue
    }
    const parsed = parseOsvJson(entry.content.text, context)
    if (!parsed.ok) {
      skips.add(parsed.error.reason, entry.name)
      continue
    }
    const { advisory, dropped } = parsed.value
    for (const reason of dropped) skips.add(reason, entry.name)
    if (advisories.has(advisory.id)) skips.add('duplicate-id', entry.name)
    else advisories.set(advisory.id, advisory)
    if (advisory.modified !== null && (newestModified === null || advisory.modified > newestModified)) {
      newestModified = advisory.modified
    }
  }
  return {
    part,
    advisories: [...advisories.values()],
    recordCount,
    skipped: skips.list(),
    validator,
    newestModified,
  }
}
