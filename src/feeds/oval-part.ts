import { setImmediate as nextTurn } from 'node:timers/promises'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { Advisory } from '../domain/advisory.ts'
import type { Instant } from '../base/clock.ts'
import { bunzip2, Bunzip2Error } from './bunzip2.ts'
import type { FeedError, FeedFiles, FeedPart } from './feed.ts'
import { gunzip, GunzipError } from './gunzip.ts'
import { OvalReader } from './oval-document.ts'
import type { OvalDefinition } from './oval-document.ts'
import { SkipCounter } from './skip-counter.ts'
import { XmlError, XmlReader } from '../base/xml.ts'

/** Largest file that is taken: several times SUSE's largest, some 20 MB compressed. (their indexes, 2026) */
const FILE_LIMIT_BYTES = 256 * 1024 * 1024

export interface OvalPartSource {
  readonly part: string
  /** Where the file may be, best first: what comes later says less, or the same in another packing. */
  readonly paths: readonly string[]
  /** The parser's: what another one has read is read anew. */
  readonly revision: number
}

/** Makes advisories of a document that has been read; what it leaves out it counts. */
export type OvalParser = (document: OvalReader, skips: SkipCounter) => Promise<readonly Advisory[]>

/** Definitions that are worked on between two turns of the event loop. */
const BATCH = 200

/** The definitions of a document one by one, letting others work in between: there are thousands. */
export async function* definitionsInTurns({ definitions }: OvalReader): AsyncGenerator<OvalDefinition> {
  for (const [at, definition] of definitions.entries()) {
    if (at % BATCH === 0) await nextTurn()
    yield definition
  }
}

/** Fetches and reads the file of one part. A file that was there before and is gone is a fault, not a reason to read less. */
export async function loadOvalPart(
  files: FeedFiles,
  { part, paths, revision }: OvalPartSource,
  validator: string | null,
  parse: OvalParser,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const held = heldFile(validator, revision)
  let missing: FeedError = { is: 'not-found', what: `${files.base}/${paths[0] ?? part}` }
  for (const path of paths) {
    const isHeld = held?.path === path
    const fetched = await files.fetch(path, { validator: isHeld ? held.validator : null, limitBytes: FILE_LIMIT_BYTES })
    if (!fetched.ok) {
      if (fetched.error.is !== 'not-found' || isHeld) return fetched
      missing = fetched.error
      continue
    }
    if (fetched.value === 'unchanged') return ok('unchanged')
    const skips = new SkipCounter()
    try {
      const document = await readOval(fetched.value.bytes, path, skips)
      const advisories = await parse(document, skips)
      const own = fetched.value.validator
      return ok({
        part,
        advisories,
        recordCount: document.definitionCount,
        skipped: skips.list(),
        validator: own === null ? null : `r${revision} ${JSON.stringify([path, own])}`,
        newestModified: newestOf(advisories),
      })
    } catch (error) {
      if (!(error instanceof XmlError || error instanceof GunzipError || error instanceof Bunzip2Error)) throw error
      return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
    }
  }
  return err(missing)
}

/** Reads a document piece by piece. Throws `XmlError`, `GunzipError` or `Bunzip2Error`. */
async function readOval(bytes: Uint8Array, path: string, skips: SkipCounter): Promise<OvalReader> {
  const xml = new XmlReader()
  const document = new OvalReader((reason, name) => skips.add(reason, name))
  const decoder = new TextDecoder()
  const take = (text: string): void => {
    for (const event of xml.push(text)) document.take(event)
  }
  for await (const piece of piecesOf(bytes, path)) take(decoder.decode(piece, { stream: true }))
  take(decoder.decode())
  xml.end()
  return document
}

async function* piecesOf(bytes: Uint8Array, path: string): AsyncGenerator<Uint8Array> {
  if (path.endsWith('.bz2')) yield* bunzip2(bytes)
  else if (path.endsWith('.gz')) yield* gunzip(bytes)
  else {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      yield bytes.subarray(at, at + PIECE_BYTES)
      await nextTurn()
    }
  }
}

/** As much as the decompressors hand out at once. */
const PIECE_BYTES = 1024 * 1024

function heldFile(
  validator: string | null,
  revision: number,
): { readonly path: string; readonly validator: string } | null {
  const prefix = `r${revision} `
  if (validator === null || !validator.startsWith(prefix)) return null
  try {
    const value: unknown = JSON.parse(validator.slice(prefix.length))
    if (!Array.isArray(value)) return null
    const [path, own] = value as readonly unknown[]
    return typeof path === 'string' && typeof own === 'string' ? { path, validator: own } : null
  } catch {
    return null
  }
}

function newestOf(advisories: readonly Advisory[]): Instant | null {
  let newest: Instant | null = null
  for (const { modified } of advisories) if (modified !== null && modified > (newest ?? 0)) newest = modified
  return newest
}
