import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedError, FeedFiles, FeedPart } from './feed.ts'

/** What a file says, without what belongs to its fetching. */
export type FileContent = Omit<FeedPart, 'part' | 'validator' | 'advisories'> & Partial<Pick<FeedPart, 'advisories'>>

/** The one file that a part of a feed is. */
export interface OneFile {
  /** Below the base of the files; of several names the first that the source has, because mirrors differ. */
  readonly paths: readonly [string, ...string[]]
  readonly limitBytes: number
  /** Raise when the same file would now yield something else: an unchanged one is then fetched and parsed anew. */
  readonly revision: number
  /** A text says what is wrong with the file as a whole. */
  readonly parse: (
    bytes: Uint8Array,
    path: string,
  ) => Result<FileContent, string> | Promise<Result<FileContent, string>>
  /** Errors that `parse` may throw and that say the same; any other is a broken promise and passes. */
  readonly faults?: readonly (abstract new (...args: never[]) => Error)[]
}

/**
 * Fetches and parses a part that is one file; `unchanged` when the validator of an earlier load still holds. Validators
 * carry the revision of the parser, and the name of the file where there are several: what another one gave is not held.
 */
export async function fetchOne(
  files: FeedFiles,
  part: string,
  validator: string | null,
  { paths, limitBytes, revision, parse, faults = [] }: OneFile,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  let missing: FeedError = { is: 'not-found', what: `${files.base}/${paths[0]}` }
  for (const [at, path] of paths.entries()) {
    const reader = paths.length === 1 ? `r${revision} ` : `r${revision} ${path} `
    const held = validator?.startsWith(reader) ? validator.slice(reader.length) : null
    const fetched = await files.fetch(path, { validator: held, limitBytes })
    if (!fetched.ok) {
      if (fetched.error.is !== 'not-found') return fetched
      // What is told to be missing is what the source itself would have.
      if (at === 0) missing = fetched.error
      continue
    }
    if (fetched.value === 'unchanged') return ok('unchanged')
    const { bytes, validator: given } = fetched.value
    const read = await parsed(parse, bytes, path, faults)
    if (!read.ok) return err({ is: 'malformed', what: `${files.base}/${path}`, detail: read.error })
    return ok({ advisories: [], ...read.value, part, validator: given === null ? null : reader + given })
  }
  return err(missing)
}

async function parsed(
  parse: OneFile['parse'],
  bytes: Uint8Array,
  path: string,
  faults: NonNullable<OneFile['faults']>,
): Promise<Result<FileContent, string>> {
  try {
    return await parse(bytes, path)
  } catch (error) {
    if (error instanceof Error && faults.some(fault => error instanceof fault)) return err(error.message)
    throw error
  }
}

/** The text of a file that must be UTF-8. */
export function utf8Text(bytes: Uint8Array): Result<string, string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return err('it is not UTF-8')
  }
}
