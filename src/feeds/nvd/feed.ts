import { createHash } from 'node:crypto'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { SkipCounter } from '../skip-counter.ts'
import { gunzip, GunzipError } from '../gunzip.ts'
import { JsonListError, JsonListSplitter } from '../json-list.ts'
import type { JsonListElement } from '../json-list.ts'
import { readMeta } from './meta.ts'
import { NVD_FEED, parseNvdJson } from './parse.ts'
import { nameOfElement } from './schema.ts'

/** NVD's yearly feeds in format 2.0. (nvd.nist.gov/vuln/data-feeds) */
export const NVD_UPSTREAM = 'https://nvd.nist.gov/feeds/json/cve/2.0'
/** The folder of a mirror in which they stand as upstream lays them out. */
export const NVD_MIRROR_FOLDER = 'nvd/feeds/json/cve/2.0'

/** The first year that has a file upstream; it holds all earlier CVEs. (nvd.nist.gov/vuln/data-feeds) */
const FIRST_YEAR = 2002

/** Largest compressed year that is taken: ten times the largest published. (observed, 2025) */
const FILE_LIMIT_BYTES = 256 * 1024 * 1024
const META_LIMIT_BYTES = 4 * 1024

/** The largest of 16,017 records seen has 144,069 bytes, lists of thousands of products some megabytes. (observed) */
const LIST_LIMITS = { elementBytes: 16 * 1024 * 1024, elements: 1_000_000, depth: 64 } as const

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** NVD: what a CVE is and how severe. Says nothing about packages. Parts are the years up to `currentYear`. */
export function nvdFeed(currentYear: number): Feed {
  const parts = Array.from({ length: Math.max(0, currentYear - FIRST_YEAR + 1) }, (_, at) => String(FIRST_YEAR + at))
  return {
    id: NVD_FEED,
    title:
      'NVD: scores and descriptions of CVEs. Uses data from the NVD API but is not endorsed or certified by the NVD.',
    licence: 'public domain',
    parts,
    // A mirror may hold some years only, and a year has no file before its first CVE.
    mayLackParts: true,
    load,
  }
}

async function load(
  files: FeedFiles,
  year: string,
  validator: string | null,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const path = `nvdcve-2.0-${year}.json.gz`
  const held = validatorParts(validator)
  // The small .meta tells whether the large file changed, and what it must be. A mirror without it is read all the same.
  const meta = await readMeta(files, `nvdcve-2.0-${year}.meta`, META_LIMIT_BYTES)
  if (!meta.ok) return meta
  if (meta.value !== null && meta.value === held?.sha256) return ok('unchanged')

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
    if (meta.value !== null && meta.value !== sha256) {
      return err({ is: 'malformed', what, detail: 'its content does not have the SHA-256 that its .meta file gives' })
    }
    const fileValidator = fetched.value.validator
    const newValidator =
      meta.value !== null ? `${SHA256_PREFIX}${sha256}` : fileValidator === null ? null : FILE_PREFIX + fileValidator
    return ok({ ...part, validator: newValidator })
  } catch (error) {
    if (error instanceof GunzipError || error instanceof JsonListError) {
      return err({ is: 'malformed', what, detail: error.message })
    }
    throw error
  }
}

const SHA256_PREFIX = `r${PARSER_REVISION} sha256 `
const FILE_PREFIX = `r${PARSER_REVISION} file `

function validatorParts(validator: string | null): { readonly sha256?: string; readonly file?: string } | null {
  if (validator?.startsWith(SHA256_PREFIX)) return { sha256: validator.slice(SHA256_PREFIX.length) }
  if (validator?.startsWith(FILE_PREFIX)) return { file: validator.slice(FILE_PREFIX.length) }
  return null
}

/**
 * Every record of one compressed year, with the SHA-256 of its inflated bytes. One record at a time is in memory as
 * JSON. Throws `GunzipError` or `JsonListError` when the file itself cannot be read.
 */
export async function parseNvdYear(
  bytes: Uint8Array,
  year: string,
): Promise<{ readonly part: FeedPart; readonly sha256: string }> {
  const reader = new YearReader()
  const splitter = new JsonListSplitter('vulnerabilities', LIST_LIMITS)
  const hash = createHash('sha256')
  for await (const chunk of gunzip(bytes)) {
    hash.update(chunk)
    for (const element of splitter.push(chunk)) reader.read(element)
  }
  splitter.end()
  return { part: reader.part(year), sha256: hash.digest('hex') }
}

class YearReader {
  private readonly advisories = new Map<string, Advisory>()
  private readonly skips = new SkipCounter()
  private readonly decoder = new TextDecoder('utf-8', { fatal: true })
  private recordCount = 0
  private newestModified: Instant | null = null

  read(element: JsonListElement): void {
    this.recordCount++
    if (element.is === 'too-large') {
      this.skip('element-too-large', Buffer.from(element.beginning).toString('latin1'))
      return
    }
    const text = this.textOf(element.bytes)
    if (text === null) {
      this.skip('not-utf8', Buffer.from(element.bytes.subarray(0, 4_000)).toString('latin1'))
      return
    }
    const parsed = parseNvdJson(text)
    if (!parsed.ok) {
      this.skip(parsed.error.reason, text)
      return
    }
    const { advisory, droppedScores } = parsed.value
    for (const reason of droppedScores) this.skips.add(reason, advisory.id)
    if (this.advisories.has(advisory.id)) this.skips.add('duplicate-id', advisory.id)
    else this.advisories.set(advisory.id, advisory)
    if (advisory.modified !== null && (this.newestModified === null || advisory.modified > this.newestModified)) {
      this.newestModified = advisory.modified
    }
  }

  part(year: string): FeedPart {
    return {
      part: year,
      advisories: [...this.advisories.values()],
      recordCount: this.recordCount,
      skipped: this.skips.list(),
      validator: null,
      newestModified: this.newestModified,
    }
  }

  private skip(reason: string, text: string): void {
    this.skips.add(reason, nameOfElement(text) ?? `record ${this.recordCount}`)
  }

  private textOf(bytes: Uint8Array): string | null {
    try {
      return this.decoder.decode(bytes)
    } catch {
      return null
    }
  }
}
