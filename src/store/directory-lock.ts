import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface DirectoryLock {
  release(): void
}

/**
 * Takes the data directory for this process. The lock is the operating system's own, held through an exclusive SQLite
 * transaction on a file of its own: it ends with the process, however that ends, so none is ever stale.
 * Throws, naming the process that has it.
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const holderPath = join(directory, 'lock.json')
  const file = new DatabaseSync(join(directory, 'lock'), { timeout: 0 })
  try {
    file.exec('pragma journal_mode = delete; begin exclusive')
  } catch (cause) {
    file.close()
    if (!(cause instanceof Error && cause.message.includes('locked'))) throw cause
    throw new Error(`the data directory ${directory} is in use by ${describeHolder(holderPath)}`, { cause })
  }
  writeFileSync(holderPath, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }), { mode: 0o600 })
  return {
    release() {
      rmSync(holderPath, { force: true })
      file.close()
    },
  }
}

function describeHolder(path: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof holder === 'object' && holder !== null && 'pid' in holder && 'since' in holder) {
      return `process ${String(holder.pid)} (since ${String(holder.since)}); stop that process or use another directory`
    }
  } catch {
    // The holder has not written its name yet.
  }
  return 'another process; stop it or use another directory'
}
