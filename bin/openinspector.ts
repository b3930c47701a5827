import { existsSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// Sources run as they stand; compiled once, they start in half the time. Kept in the data directory of this user, because
// what lies where others may write could be theirs, and only where there is one or the command makes one anyway.
const home = process.env['OPENINSPECTOR_HOME'] || join(homedir(), '.openinspector')
const [command, action] = process.argv.slice(2)
if (existsSync(home) || command === 'server' || action === 'sync') {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    enableCompileCache(join(home, 'compile-cache'))
  } catch {
    // Whoever needs the directory says what is wrong with it.
  }
}

// Commands load what they need when they run: `--version` must not wait for a database engine.
const { run } = await import('../src/cli/main.ts')
process.exitCode = await run(process.argv.slice(2))
