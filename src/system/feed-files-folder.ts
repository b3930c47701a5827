import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok } from '../base/result.ts'
import type { FeedFiles } from '../feeds/feed.ts'
import { isPlainPath } from './feed-path.ts'

/** How a mirror list in a folder names the place of the mirror itself, which nobody could know when it was written. */
const BASE_MARK = '@BASE@/'

/**
 * Feed files in a folder. The validator is the content's SHA-256: copies and checkouts change times without changing
 * files, and hashing costs 1.7 GB/s.
 */
export function folderFeedFiles(folder: string): FeedFiles {
  return {
    base: folder,
    below(address) {
      const inside = address.startsWith(BASE_MARK) ? address.slice(BASE_MARK.length).replace(/\/+$/, '') : ''
      return isPlainPath(inside) ? folderFeedFiles(join(folder, inside)) : null
    },
    async fetch(path, { validator, limitBytes }) {
      const what = join(folder, path)
      if (!isPlainPath(path)) return err({ is: 'not-found', what })
      try {
        // Without waiting, so that a pipe in the folder cannot stop a sync.
        const file = await open(what, constants.O_RDONLY | constants.O_NONBLOCK)
        try {
          const { size } = await file.stat().then(stats => (stats.isFile() ? stats : { size: -1 }))
          if (size < 0) return err({ is: 'not-found', what })
          if (size > limitBytes) return err({ is: 'too-large', what, limitBytes })
          const bytes = Buffer.allocUnsafe(size)
          let filled = 0
          while (filled < size) {
            const { bytesRead } = await file.read(bytes, filled, size - filled, filled)
            if (bytesRead === 0)
              return err({ is: 'malformed', what, detail: 'the file became shorter while it was read' })
            filled += bytesRead
          }
          const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
          return ok(hash === validator ? 'unchanged' : { bytes, validator: hash })
        } finally {
          await file.close()
        }
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
        if (code === 'ENOENT' || code === 'ENOTDIR') return err({ is: 'not-found', what })
        return err({ is: 'unreachable', what, detail: `cannot read the file (${code})` })
      }
    },
  }
}
