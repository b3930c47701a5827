import { statSync, watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import { WATCHED_DIRECTORIES, WATCHED_FILES } from './agent-settings.ts'

/** Of the directories that hold more than package databases, the names that matter. */
const NAMES_IN: ReadonlyMap<string, ReadonlySet<string>> = new Map([['etc', new Set(['os-release', 'alpine-release'])]])

/**
 * Calls `onChange` when a package database may have changed: at once where the kernel tells (inotify), else at the next
 * look, which compares times and sizes and also finds what came into being or could not be watched.
 */
export function watchPackages(root: string, pollSeconds: number, onChange: () => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>()
  let seen = fingerprint(root)

  function look(): void {
    const now = fingerprint(root)
    if (now === seen) return
    seen = now
    onChange()
  }

  function watchAll(): void {
    for (const directory of WATCHED_DIRECTORIES) {
      if (watchers.has(directory)) continue
      try {
        const watcher = watch(join(root, directory), { persistent: false }, (_event, name) => {
          if (name === null || NAMES_IN.get(directory)?.has(name) !== false) look()
        })
        watchers.set(directory, watcher)
        // The directory is gone, or the kernel has no more watches: the slow look goes on.
        watcher.on('error', () => {
          watcher.close()
          watchers.delete(directory)
        })
      } catch {
        // Not on this system, or not to be watched.
      }
    }
  }

  watchAll()
  const timer = setInterval(() => {
    // A directory that was replaced is watched no more, though nothing says so.
    for (const [directory, watcher] of watchers) {
      if (statSync(join(root, directory), { throwIfNoEntry: false }) !== undefined) continue
      watcher.close()
      watchers.delete(directory)
    }
    watchAll()
    look()
  }, pollSeconds * 1_000)
  return {
    close() {
      clearInterval(timer)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

/** Changes when one of the files does: replaced, written or removed. */
function fingerprint(root: string): string {
  return WATCHED_FILES.map(path => {
    try {
      const { ino, size, mtimeMs } = statSync(join(root, path))
      return `${ino}.${size}.${mtimeMs}`
    } catch {
      return ''
    }
  }).join(' ')
}
