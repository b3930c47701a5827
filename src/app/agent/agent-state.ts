import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Inventory } from '../../domain/inventory.ts'
import type { RuntimeFacts } from '../../domain/runtime-facts.ts'

/** One thing to send: JSON, gzip, in a file named by its hash. */
export interface Kept {
  /** SHA-256 of the JSON text. */
  readonly hash: string
  readonly content: Buffer
}

/** What waits to be sent. Only the newest is kept: each report is whole, so that an older one says nothing more. */
export interface Waiting {
  readonly sequence: number
  /** Whether the inventory knows of language packages; without, it may only be the very first. */
  readonly hasSearched: boolean
  readonly inventory: Kept
  readonly runtime: Kept
}

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const waitingSchema = z.object({
  sequence: z.int().positive(),
  hasSearched: z.boolean(),
  inventory: hash,
  runtime: hash,
})

/** Largest inflated file of the state that is read back. */
const CONTENT_LIMIT_BYTES = 256 * 1024 * 1024

/**
 * The files that an agent keeps between its processes and over `kill -9`: each is written beside and renamed, and the one
 * that names the others comes last.
 */
export function agentState(directory: string) {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const searched = join(directory, 'searched.json.gz')
  const waiting = join(directory, 'waiting.json')

  return {
    /** Keeps what is to be sent in place of what was; the same content keeps its sequence. */
    keep(inventory: Inventory, runtime: RuntimeFacts, hasSearched: boolean, nowMs: number): void {
      const kept = { inventory: packed(inventory), runtime: packed(runtime) }
      const before = this.waiting()
      const isSame = before?.inventory.hash === kept.inventory.hash && before.hasSearched === hasSearched
      const sequence = isSame ? before.sequence : Math.max(nowMs, (before?.sequence ?? 0) + 1)
      for (const { hash, content } of Object.values(kept)) writeWhole(join(directory, `${hash}.gz`), content)
      const note = { sequence, hasSearched, inventory: kept.inventory.hash, runtime: kept.runtime.hash }
      writeWhole(waiting, Buffer.from(JSON.stringify(note)))
      removeOthers(directory, [kept.inventory.hash, kept.runtime.hash])
    },

    /** What waits; `null` where there is nothing, or it was damaged: then the next inventory takes its place. */
    waiting(): Waiting | null {
      const read = readJson(waiting, waitingSchema)
      if (read === null) return null
      const [inventory, runtime] = [keptIn(directory, read.inventory), keptIn(directory, read.runtime)]
      return inventory === null || runtime === null ? null : { ...read, inventory, runtime }
    },

    /** The server knows a higher sequence than ours: our state was lost, or the clock was set back. */
    raiseSequence(above: number): void {
      const read = readJson(waiting, waitingSchema)
      if (read === null || read.sequence > above) return
      writeWhole(waiting, Buffer.from(JSON.stringify({ ...read, sequence: above + 1 })))
    },

    /** The result of the last search for language packages. */
    keepSearched(inventory: Inventory): void {
      writeWhole(searched, packed(inventory).content)
    },

    searched(): Inventory | null {
      try {
        // Written by ourselves, in a directory that only we may write.
        return JSON.parse(unpack(readFileSync(searched))) as Inventory
      } catch {
        return null
      }
    },

    /** Epoch milliseconds of the last search, `null` when there was none. */
    searchedAt(): number | null {
      return statSync(searched, { throwIfNoEntry: false })?.mtimeMs ?? null
    },

    /** Tells this machine from others where it has no machine id: 32 random bytes, made once. */
    ownKey(): string {
      const path = join(directory, 'machine-key')
      const read = readJson(path, hash)
      if (read !== null) return read
      const made = randomBytes(32).toString('hex')
      writeWhole(path, Buffer.from(JSON.stringify(made)))
      return made
    },
  }
}

function packed(value: Inventory | RuntimeFacts): Kept {
  const text = JSON.stringify(value)
  return { hash: createHash('sha256').update(text).digest('hex'), content: gzipSync(text) }
}

function unpack(content: Uint8Array): string {
  return gunzipSync(content, { maxOutputLength: CONTENT_LIMIT_BYTES }).toString('utf8')
}

/** The file, if it holds what its name says: after a loss of power it may not. */
function keptIn(directory: string, hash: string): Kept | null {
  try {
    const content = readFileSync(join(directory, `${hash}.gz`))
    return createHash('sha256').update(unpack(content)).digest('hex') === hash ? { hash, content } : null
  } catch {
    return null
  }
}

function readJson<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

function writeWhole(path: string, content: Uint8Array): void {
  const beside = `${path}.${process.pid}.new`
  const descriptor = openSync(beside, 'w', 0o600)
  try {
    writeSync(descriptor, content)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(beside, path)
}

/** Reports that nobody will ask for again, and what a killed process left half-written. */
function removeOthers(directory: string, hashes: readonly string[]): void {
  for (const name of readdirSync(directory)) {
    const isReport = /^[0-9a-f]{64}\.gz$/.test(name) && !hashes.includes(name.slice(0, 64))
    const isLeftOver = name.endsWith('.new') && !name.endsWith(`.${process.pid}.new`)
    if (isReport || isLeftOver) rmSync(join(directory, name), { force: true })
  }
}
