import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// Sources run as they stand; compiled once, they start in half the time. Kept in the data directory of this user, because
// what lies where others may write could be theirs, and only once there is one: `--version` makes none.
const home = process.env['OPENINSPECTOR_HOME'] || join(homedir(), '.openinspector')
if (existsSync(home)) enableCompileCache(join(home, 'compile-cache'))

// Commands load what they need when they run: `--version` must not wait for a database engine.
const { run } = await import('../src/cli/main.ts')
process.exitCode = await run(process.argv.slice(2))
