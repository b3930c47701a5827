import type { Result } from '../base/result.ts'
import type { InventoryProblem } from '../domain/inventory.ts'
import type { FileAnalysis } from './file-analysis.ts'

/** Bytes from the beginning of a file by which it is recognised, and which its reading is given. */
export const HEAD_BYTES = 8192

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** What can be told about a file before it is opened. */
export interface CandidateFile {
  /** Relative to the root, `/` between parts, no leading slash. */
  readonly path: string
  readonly sizeBytes: number
  /** Permission bits (`0o755`); `null` where the source has none. */
  readonly mode: number | null
}

/** A file that was recognised. */
export interface ContentFile extends CandidateFile {
  /** The first `HEAD_BYTES` of the file, or all of a shorter one. */
  readonly head: Uint8Array
  /** Whether the bytes pass once, in their order; otherwise any can be had at any time, and each costs a read. */
  readonly isStreamed: boolean
  /** A new SHA-1, the checksum by which Maven's repositories know their archives. */
  sha1(): RunningHash
}

/** A checksum in the making. */
export interface RunningHash {
  update(bytes: Uint8Array): unknown
  /** What came so far, in hexadecimal; asked for once. */
  hex(): string
}

/**
 * What a reading asks for. In a layer the file streams by and nothing comes back: a reading says with `hold`, before its
 * first `read`, which bytes it may want after later ones, and reads the others in ascending order. Where any byte can be
 * had at any time, `hold` costs nothing. Each answer is `null` where the bytes are not to be had: not held, past the
 * bounds of the analyzer, or not inflatable within `limitBytes`. Bytes past the end of the file are left out.
 */
export type ContentRequest =
  | { readonly is: 'hold'; readonly ranges: readonly ByteRange[] }
  | { readonly is: 'read'; readonly range: ByteRange }
  | {
      readonly is: 'inflate'
      readonly bytes: Uint8Array
      readonly form: 'raw' | 'zlib'
      readonly limitBytes: number
    }

/** Pure: asks, is answered, and returns what the file says; `null` when it turns out to be nothing of the analyzer's. */
export type ContentReading = Generator<ContentRequest, Result<FileAnalysis, InventoryProblem> | null, Uint8Array | null>

/**
 * Reads files whose names do not tell what they are (executables) or of which only some pieces matter (archives). Asked
 * in the order of the members: for every file of every image by name, then by size and mode, then by its head.
 */
export interface ContentAnalyzer {
  /** `<purl type>/<file kind>`, distinct from those of `Analyzer`s. */
  readonly id: string
  /** Raise when the same file would now yield something else: stored layers are read anew. */
  readonly revision: number
  /** Largest file that is opened; a larger one is a problem if its head is recognised. */
  readonly limitBytes: number
  /** Most bytes of one file that are held back while it streams by. */
  readonly limitHeldBytes: number
  /** Most bytes of one file that are inflated. */
  readonly limitInflatedBytes: number
  /** Whether it is done with each answer when it asks for the next: all may then come in one buffer. Absent where it is not. */
  readonly readsBriefly?: boolean
  /** String checks only. */
  wants(path: string): boolean
  isCandidate(file: CandidateFile): boolean
  recognizes(head: Uint8Array): boolean
  read(file: ContentFile): ContentReading
}

/** Asks for one range; `null` when it is not to be had or is cut short. */
export function* readRange(
  offset: number,
  length: number,
): Generator<ContentRequest, Uint8Array | null, Uint8Array | null> {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) return null
  const bytes = yield { is: 'read', range: { offset, length } }
  return bytes !== null && bytes.length === length ? bytes : null
}
