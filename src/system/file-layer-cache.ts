import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { LayerCache, LayerRecord } from '../inventory/layer-cache.ts'
import { layerRecordSchema } from './layer-record-schema.ts'

/** A larger entry than this is not believed; the largest seen are some megabytes. */
const MOST_ENTRY_BYTES = 256 * 1024 * 1024

/**
 * Layer records as files, `<directory>/<revision>/<hex of the blob's digest>.json`. Written beside and renamed, so a reader sees
 * an entry whole or not at all; one that cannot be read or is not what its name says is a miss.
 */
export function fileLayerCache(directory: string): LayerCache {
  return {
    async get(blob, revision) {
      const path = entryPath(directory, blob, revision)
      const record = await readEntry(path)
      if (record === null || record.blob !== blob || record.revision !== revision) return null
      const now = new Date()
      // The time of last use tells a clean-up which entries nobody needs; failing to note it costs nothing.
      await utimes(path, now, now).catch(() => {})
      return record
    },
    async put(record) {
      const path = entryPath(directory, record.blob, record.revision)
      const fresh = `${path}.${randomUUID()}.tmp`
      try {
        await mkdir(join(directory, folderOf(record.revision)), { recursive: true, mode: 0o700 })
        await writeFile(fresh, JSON.stringify(record), { mode: 0o600, flag: 'wx' })
        await rename(fresh, path)
      } catch (thrown) {
        // Fails again where the directory itself is none.
        await rm(fresh, { force: true }).catch(() => {})
        // A full or read-only disk costs the next scan time; it must not cost this scan its result.
        if (!(thrown instanceof Error) || !('code' in thrown)) throw thrown
      }
    },
  }
}

function entryPath(directory: string, blob: string, revision: string): string {
  return join(directory, folderOf(revision), `${blob.replace(/^sha256:/, '')}.json`)
}

/** Revisions are names of ours; anything else in one must not become a path. */
function folderOf(revision: string): string {
  return revision.replaceAll(/[^A-Za-z0-9_-]/g, '_')
}

async function readEntry(path: string): Promise<LayerRecord | null> {
  try {
    if ((await stat(path)).size > MOST_ENTRY_BYTES) return null
    const parsed = layerRecordSchema.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
