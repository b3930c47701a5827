import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { instant, type Instant } from '../../base/clock.ts'
import { UNFINISHED } from './pointer.ts'

const ORIGIN_FILE = 'imported.json'

/** Where an imported version came from. */
export interface Origin {
  /** The version that it speaks of; a later sync makes another, of which it says nothing. */
  readonly version: string
  readonly importedAt: Instant
  /** When the file was exported, by the clock of that site. */
  readonly createdAt: Instant
  readonly madeBy: string
  /** Fingerprint of the key that signed the file; `null` for none. */
  readonly signedBy: string | null
}

const time = z.number().transform((epochMs): Instant => instant(epochMs))

const originSchema = z.object({
  version: z.string(),
  importedAt: time,
  createdAt: time,
  madeBy: z.string(),
  signedBy: z.string().nullable(),
})

/** Where the version came from when it was imported; `null` for one that was synced here, or of which nothing is noted. */
export function readOrigin(directory: string, version: string): Origin | null {
  try {
    const origin = originSchema.parse(JSON.parse(readFileSync(join(directory, ORIGIN_FILE), 'utf8')))
    return origin.version === version ? origin : null
  } catch {
    // A note for people: without it, or with a damaged one, the advisories are as good.
    return null
  }
}

export async function writeOrigin(directory: string, origin: Origin): Promise<void> {
  const unfinished = join(directory, `${UNFINISHED}${randomUUID()}.json`)
  await writeFile(unfinished, `${JSON.stringify(origin, null, 2)}\n`, { flag: 'wx' })
  await rename(unfinished, join(directory, ORIGIN_FILE))
}
