import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedError, FeedFiles } from './feed.ts'

export interface WantedFile {
  readonly path: string
  readonly limitBytes: number
  /**
   * `required`: without it the part fails. `optional`: it may well not be there. `once-held`: as optional, and no other
   * failure costs the part either, unless the file was there last time: then what is held is better than half of it.
   */
  readonly need: 'required' | 'optional' | 'once-held'
}

export interface FilesTogether {
  /** By path; files that are not there are left out. */
  readonly contents: ReadonlyMap<string, Uint8Array>
  readonly missing: readonly string[]
  readonly validator: string | null
}

/**
 * Several files that make one part: `unchanged` when all are as they were; else all of them, because advisories are made
 * from them together. `revision` is the parser's: what another one has read is read anew.
 */
export async function fetchTogether(
  files: FeedFiles,
  wanted: readonly WantedFile[],
  held: { readonly revision: number; readonly validator: string | null },
): Promise<Result<FilesTogether | 'unchanged', FeedError>> {
  const known = readValidators(held.validator, held.revision)
  const contents = new Map<string, Uint8Array>()
  const missing: string[] = []
  const validators: Record<string, string | null> = {}
  const unchanged: WantedFile[] = []
  let isChanged = known === null

  for (const file of wanted) {
    const before = known?.get(file.path) ?? null
    const fetched = await files.fetch(file.path, { validator: before, limitBytes: file.limitBytes })
    if (!fetched.ok) {
      if (!mayLack(file, fetched.error, before !== null)) return fetched
      missing.push(file.path)
      if (before !== null) isChanged = true
    } else if (fetched.value === 'unchanged') unchanged.push(file)
    else {
      isChanged = true
      contents.set(file.path, fetched.value.bytes)
      validators[file.path] = fetched.value.validator
    }
  }
  if (!isChanged) return ok('unchanged')
  for (const file of unchanged) {
    const again = await files.fetch(file.path, { validator: null, limitBytes: file.limitBytes })
    if (!again.ok) return again
    if (again.value === 'unchanged') {
      return err({
        is: 'malformed',
        what: `${files.base}/${file.path}`,
        detail: 'unchanged, although nothing was held',
      })
    }
    contents.set(file.path, again.value.bytes)
    validators[file.path] = again.value.validator
  }
  // A file without a validator could change unseen: then nothing stands for the whole.
  const isWhole = Object.values(validators).every(validator => validator !== null)
  return ok({ contents, missing, validator: isWhole ? `r${held.revision} ${JSON.stringify(validators)}` : null })
}

function mayLack(file: WantedFile, error: FeedError, wasHeld: boolean): boolean {
  if (file.need === 'required') return false
  if (error.is === 'not-found') return file.need === 'optional' || !wasHeld
  return file.need === 'once-held' && !wasHeld
}

/** What each file was when this revision read it; `null` when there is nothing to hold on to. */
function readValidators(text: string | null, revision: number): ReadonlyMap<string, string> | null {
  const prefix = `r${revision} `
  if (text === null || !text.startsWith(prefix)) return null
  try {
    const value: unknown = JSON.parse(text.slice(prefix.length))
    if (typeof value !== 'object' || value === null) return null
    return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return null
  }
}
