import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

const LOCK_FILE = 'lock.sqlite'
const PAUSE_MS = 100
const SQLITE_BUSY = 5

/**
 * Runs `work` while no other process or caller writes to the directory. The lock is SQLite's own file lock: the system
 * gives it back when a process dies, so there is nothing to clean up.
 */
export async function withWriteLock<T>(directory: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 })
  try {
    const until = performance.now() + waitMs
    while (!tryLock(lock)) {
      if (performance.now() > until) {
        throw new Error(`another process has been writing the advisory database in ${directory} for ${waitMs} ms`)
      }
      await pause(PAUSE_MS)
    }
    return await work()
  } finally {
    lock.close()
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}
