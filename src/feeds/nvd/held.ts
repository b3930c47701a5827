import { parseInstant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'

/** What is held of a year: which file was read, and up to when it is known to be as NVD has it. */
export interface HeldYear {
  /** Of the inflated file, where there is a `.meta` to compare it with. */
  readonly sha256: string | null
  /** Validator of the file itself, where there is no `.meta`. */
  readonly file: string | null
  /** All that NVD changed before is in; `null` where the source does not tell. */
  readonly asOf: Instant | null
  /** Whether changes were read after the file. */
  readonly isPatched: boolean
}

/** As a validator; `null` when there is nothing to hold on to. `revision` is the parser's. */
export function heldText(held: HeldYear, revision: number): string | null {
  if (held.sha256 === null && held.file === null) return null
  return `r${revision} ${JSON.stringify([held.sha256, held.file, held.asOf, held.isPatched ? 1 : 0])}`
}

/** `null` for a validator of another revision: what that has read is read anew. */
export function readHeld(validator: string | null, revision: number): HeldYear | null {
  const prefix = `r${revision} `
  if (validator === null || !validator.startsWith(prefix)) return null
  try {
    const value: unknown = JSON.parse(validator.slice(prefix.length))
    if (!Array.isArray(value)) return null
    const fields: readonly unknown[] = value
    const [sha256, file, asOf, isPatched] = fields
    return {
      sha256: typeof sha256 === 'string' ? sha256 : null,
      file: typeof file === 'string' ? file : null,
      asOf: typeof asOf === 'number' ? parseInstant(new Date(asOf).toISOString()) : null,
      isPatched: isPatched === 1,
    }
  } catch {
    return null
  }
}
