import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import type { Signal } from '../../domain/signal.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { SkipCounter } from '../skip-counter.ts'
import { ZipError, zipTexts } from '../zip.ts'
import { parseCveJson, VULNRICHMENT_FEED } from './parse.ts'

/** What a mirror may call the archive: the whole repository, or the records that matter to it. */
const PATHS = ['vulnrichment.zip', 'vulnrichment-subset.zip'] as const

/** Several times the whole repository in 2026. (inferred) */
const ARCHIVE_LIMIT_BYTES = 1024 * 1024 * 1024

/** Raise when the same file would now yield something else. */
const PARSER_REVISION = 1

/**
 * CVE records with what CISA adds to them: scores, known exploitation, rejected and disputed ids. Upstream is a git
 * repository without a file of its own to fetch, so that only mirrors have it.
 */
export function vulnrichmentFeed(): Feed {
  return {
    id: VULNRICHMENT_FEED,
    title: 'CVE records with CISA Vulnrichment: scores, exploitation, rejected and disputed ids',
    licence: 'CC0-1.0',
    parts: ['records'],
    mayLackParts: true,
    load,
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  let notFound: FeedError = { is: 'not-found', what: `${files.base}/${PATHS[0]}` }
  for (const path of PATHS) {
    const reader = `r${PARSER_REVISION} ${path} `
    const held = validator?.startsWith(reader) ? validator.slice(reader.length) : null
    const fetched = await files.fetch(path, { validator: held, limitBytes: ARCHIVE_LIMIT_BYTES })
    if (!fetched.ok) {
      if (fetched.error.is !== 'not-found') return fetched
      notFound = fetched.error
      continue
    }
    if (fetched.value === 'unchanged') return ok('unchanged')
    const newValidator = fetched.value.validator === null ? null : reader + fetched.value.validator
    try {
      return ok({ ...(await parseArchive(fetched.value.bytes, part)), validator: newValidator })
    } catch (error) {
      if (error instanceof ZipError) {
        return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
      }
      throw error
    }
  }
  return err(notFound)
}

/** Every record of the archive. Throws `ZipError` when the archive itself cannot be read. */
async function parseArchive(bytes: Uint8Array, part: string): Promise<FeedPart> {
  const skips = new SkipCounter()
  const advisories = new Map<string, Advisory>()
  const signals: Signal[] = []
  let recordCount = 0
  let newestModified: Instant | null = null
  for await (const entry of zipTexts(bytes)) {
    recordCount++
    if ('problem' in entry.content) {
      skips.add(entry.content.problem, entry.name)
      continue
    }
    const parsed = parseCveJson(entry.content.text)
    if (!parsed.ok) {
      skips.add(parsed.error.reason, entry.name)
      continue
    }
    const { advisory, droppedScores } = parsed.value
    for (const reason of droppedScores) skips.add(reason, advisory.id)
    if (advisories.has(advisory.id)) {
      skips.add('duplicate-id', entry.name)
      continue
    }
    advisories.set(advisory.id, advisory)
    signals.push(...parsed.value.signals)
    if (advisory.modified !== null && (newestModified === null || advisory.modified > newestModified)) {
      newestModified = advisory.modified
    }
  }
  return {
    part,
    advisories: [...advisories.values()],
    signals,
    recordCount,
    skipped: skips.list(),
    validator: null,
    newestModified,
  }
}
