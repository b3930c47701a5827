import { z } from 'zod'
import type { Followed } from './change-list.ts'

/** What a part was at the last fetch, as its validator says it. */
export interface Held {
  /** Validator of the archive that was last loaded as a whole. */
  readonly archive: string | null
  /** Validator of the list of changes that was last followed; `null` before the first. */
  readonly list: string | null
  readonly followed: Followed
  /** `Followed.pace` at the last whole load. */
  readonly wholePace: number
}

const shape = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.number(),
  z.number(),
  z.array(z.tuple([z.string(), z.number()])),
  z.number(),
  z.number(),
])

/** `reader` names who read the part: what another one read is read anew. */
export function heldText(reader: string, { archive, list, followed, wholePace }: Held): string {
  const { rows, mark, above, pace } = followed
  const stored: z.infer<typeof shape> = [archive, list, rows, mark, [...above], pace, wholePace]
  return `${reader} ${JSON.stringify(stored)}`
}

/** `null` when there is nothing to hold on to. */
export function readHeld(reader: string, validator: string | null): Held | null {
  if (validator === null || !validator.startsWith(`${reader} `)) return null
  try {
    const parsed = shape.safeParse(JSON.parse(validator.slice(reader.length + 1)))
    if (!parsed.success) return null
    const [archive, list, rows, mark, above, pace, wholePace] = parsed.data
    return { archive, list, followed: { rows, mark, above: new Map(above), pace }, wholePace }
  } catch {
    return null
  }
}
