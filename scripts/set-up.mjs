// Runs on whatever Node the machine has (20 or later): installs the dependencies, among them the pinned runtime, when
// they are missing or differ from package-lock.json. With everything in place it touches neither network nor disk.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.openinspector-lock')
const runtime = join(root, 'node_modules', '.bin', 'node')
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : null
if (installed !== wanted || !existsSync(runtime)) {
  process.stderr.write('Installing dependencies and the pinned Node.js runtime (once) ...\n')
  // `npm install --no-save` rather than `npm ci`: it takes the same locked versions and checks the same hashes, but also
  // works where a registry mirror lacks the binaries of other platforms, which `ci` wants to see in the lock file.
  const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (npm.status !== 0) {
    process.stderr.write(
      'The dependencies could not be installed. The npm registry must be reachable for this first step.\n',
    )
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}
