// Commands load what they need when they run: `--version` must not wait for a database engine.
import { run } from '../src/cli/main.ts'

process.exitCode = await run(process.argv.slice(2))
