import { createHash } from 'node:crypto'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Feed, FeedApi, FeedError, FeedFiles, FeedPart, FeedPatch } from '../feed.ts'
import { gunzip, GunzipError } from '../gunzip.ts'
import { JsonListError, JsonListSplitter } from '../json-list.ts'
import { heldText, readHeld } from './held.ts'
import { readMeta } from './meta.ts'
import { asOfFile, asOfQuestion, isFresh, readModified, type Modified } from './modified.ts'
import { NVD_FEED } from './parse.ts'
import { LIST_LIMITS, readElement, RecordReader } from './record-reader.ts'

/** NVD's yearly feeds in format 2.0. (nvd.nist.gov/vuln/data-feeds) */
export const NVD_UPSTREAM = 'https://nvd.nist.gov/feeds/json/cve/2.0'
/** The folder of a mirror in which they stand as upstream lays them out. */
export const NVD_MIRROR_FOLDER = 'nvd/feeds/json/cve/2.0'

/** What NVD answers about changes. (nvd.nist.gov/developers/vulnerabilities) */
export const NVD_API_UPSTREAM = 'https://services.nvd.nist.gov/rest/json/cves/2.0'
/** Where a mirror answers it, if it does. */
export const NVD_API_MIRROR_PATH = 'nvd/rest/json/cves/2.0'

/** The first year that has a file upstream; it holds all earlier CVEs. (nvd.nist.gov/vuln/data-feeds) */
const FIRST_YEAR = 2002

/** Largest compressed year that is taken: ten times the largest published. (observed, 2025) */
const FILE_LIMIT_BYTES = 256 * 1024 * 1024
const META_LIMIT_BYTES = 4 * 1024

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** NVD: what a CVE is and how severe. Says nothing about packages. Parts are the years up to `currentYear`. */
export function nvdFeed(currentYear: number): Feed {
  const parts = Array.from({ length: Math.max(0, currentYear - FIRST_YEAR + 1) }, (_, at) => String(FIRST_YEAR + at))
  const answers = new SharedAnswers()
  return {
    id: NVD_FEED,
    title:
      'NVD: scores and descriptions of CVEs. Uses data from the NVD API but is not endorsed or certified by the NVD.',
    licence: 'public domain',
    parts,
    // A mirror may hold some years only, and a year has no file before its first CVE.
    mayLackParts: true,
    load,
    patch: (files, year, validator) => patch(answers, files, year, validator),
  }
}

/** The part that holds a CVE: that of its year, the first for all before. */
function partOf(cveId: string): string {
  return String(Math.max(FIRST_YEAR, Number(cveId.slice(4, 8))))
}

/**
 * The interface has one list for all CVEs: the parts of a sync share what it answers. One that could not answer is not
 * asked again.
 */
class SharedAnswers {
  private readonly known = new WeakMap<FeedApi, Modified | 'failed'>()

  /** What changed in a part since `asOf`; each part's share is handed out once, and then forgotten. */
  async take(api: FeedApi, part: string, asOf: Instant): Promise<{ reader: RecordReader; to: Instant } | null> {
    let answer = this.known.get(api)
    if (answer === undefined || (answer !== 'failed' && (answer.from > asOf || answer.taken.has(part)))) {
      const asked = await readModified(api, asOf, partOf)
      // Other parts may have been read later.
      if (asked === 'too-many') return null
      answer = asked
      this.known.set(api, answer)
    }
    if (answer === 'failed') return null
    const reader = answer.byPart.get(part) ?? new RecordReader()
    answer.byPart.delete(part)
    answer.taken.add(part)
    return { reader, to: answer.to }
  }
}

/** By NVD's interface, where the source has one that answers; else the files are what there is. */
async function patch(
  answers: SharedAnswers,
  { api }: FeedFiles,
  part: string,
  validator: string,
): Promise<Result<FeedPatch | 'unchanged' | 'whole', FeedError>> {
  const held = readHeld(validator, PARSER_REVISION)
  if (api === undefined || held === null || held.asOf === null) return ok('whole')
  if (held.isPatched && isFresh(held.asOf, api.now())) return ok('unchanged')
  const changed = await answers.take(api, part, held.asOf)
  if (changed === null) return ok('whole')
  const { reader, to } = changed
  return ok({
    part,
    advisories: reader.advisories(),
    // NVD takes no record back, it rejects it; but what cannot be read would not be in a whole load either.
    goneIds: reader.unread(),
    recordCount: null,
    skipped: reader.skipped(),
    validator: heldText({ ...held, asOf: asOfQuestion(to), isPatched: true }, PARSER_REVISION),
    newestModified: reader.newestModified,
  })
}

async function load(
  files: FeedFiles,
  year: string,
  validator: string | null,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const path = `nvdcve-2.0-${year}.json.gz`
  const held = readHeld(validator, PARSER_REVISION)
  // The small .meta tells whether the large file changed, and what it must be. A mirror without it is read all the same.
  const meta = await readMeta(files, `nvdcve-2.0-${year}.meta`, META_LIMIT_BYTES)
  if (!meta.ok) return meta
  if (meta.value !== null && meta.value.sha256 === held?.sha256) return ok('unchanged')
  const madeAt = meta.value?.madeAt ?? null
  // Changes that were read since go further than the file: to take it would be to go back.
  if (held !== null && held.isPatched && held.asOf !== null && madeAt !== null && madeAt <= held.asOf) {
    return ok('unchanged')
  }

  const fetched = await files.fetch(path, {
    validator: meta.value === null ? (held?.file ?? null) : null,
    limitBytes: FILE_LIMIT_BYTES,
  })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const what = `${files.base}/${path}`
  try {
    const { part, sha256 } = await parseNvdYear(fetched.value.bytes, year)
    // Also when the two were read while upstream replaced them: the next sync finds a pair again.
    if (meta.value !== null && meta.value.sha256 !== sha256) {
      return err({ is: 'malformed', what, detail: 'its content does not have the SHA-256 that its .meta file gives' })
    }
    const made = madeAt ?? part.newestModified
    const read = {
      sha256: meta.value === null ? null : sha256,
      file: meta.value === null ? fetched.value.validator : null,
      asOf: made === null ? null : asOfFile(made),
      isPatched: false,
    }
    return ok({ ...part, validator: heldText(read, PARSER_REVISION) })
  } catch (error) {
    if (error instanceof GunzipError || error instanceof JsonListError) {
      return err({ is: 'malformed', what, detail: error.message })
    }
    throw error
  }
}

/**
 * Every record of one compressed year, with the SHA-256 of its inflated bytes. One record at a time is in memory as
 * JSON. Throws `GunzipError` or `JsonListError` when the file itself cannot be read.
 */
export async function parseNvdYear(
  bytes: Uint8Array,
  year: string,
): Promise<{ readonly part: FeedPart; readonly sha256: string }> {
  const reader = new RecordReader()
  const splitter = new JsonListSplitter('vulnerabilities', LIST_LIMITS)
  const hash = createHash('sha256')
  for await (const chunk of gunzip(bytes)) {
    hash.update(chunk)
    for (const element of splitter.push(chunk)) reader.add(readElement(element))
  }
  splitter.end()
  const { recordCount, newestModified } = reader
  const part: FeedPart = {
    part: year,
    advisories: reader.advisories(),
    recordCount,
    skipped: reader.skipped(),
    validator: null,
    newestModified,
  }
  return { part, sha256: hash.digest('hex') }
}
