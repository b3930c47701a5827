import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { openReaders } from '../src/app/open-readers.ts'
import { ECOSYSTEMS } from '../src/ecosystems/index.ts'
import { readRoot } from '../src/inventory/read-root.ts'
import { nodeFileTree } from '../src/system/file-tree.ts'

const FILES = 100_000
const FILES_PER_DIRECTORY = 50
/** One in each directory; a package in every tenth. */
const PROGRAMS = 2_000
const LARGEST_PROGRAM_BYTES = 128 * 1024
const ROUNDS = 5

/** A directory of 100,000 files: scripts and texts, two thousand programs of this machine, two hundred packages. */
export async function measureManyFiles(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'openinspector-bench-'))
  try {
    const programs = await writeFiles(directory)
    console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
    const readers = openReaders(reason => console.log(reason))
    const walls: number[] = []
    let packages = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now()
      const reader = readers.begin()
      const tree = nodeFileTree(directory)
      const inventory = await readRoot(tree, { ecosystems: ECOSYSTEMS, reader }).finally(() => reader.close())
      walls.push(performance.now() - startedAt)
      packages = inventory.packages.length
    }
    readers.close()
    if (packages < FILES / FILES_PER_DIRECTORY / 10) throw new Error('packages are missing')
    const told = walls.map(wall => wall.toFixed(0)).join(' ')
    console.log(
      `${FILES} files, ${programs} of them programs, ${packages} packages: wall ms ${told} (target 3000), peak RSS ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`,
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** How many of them are programs. */
async function writeFiles(root: string): Promise<number> {
  const sources = await smallPrograms()
  let programs = 0
  for (let at = 0; at < FILES / FILES_PER_DIRECTORY; at += 1) {
    const directory = join(root, `srv/part-${at % 40}/node_modules/module-${at}`)
    await mkdir(directory, { recursive: true })
    const writes: Promise<void>[] = []
    for (let file = 0; file < FILES_PER_DIRECTORY; file += 1) {
      const source = sources[at % sources.length]
      if (file === 0 && programs < PROGRAMS && source !== undefined) {
        programs += 1
        const program = join(directory, `program-${at}`)
        writes.push(copyFile(source, program).then(() => chmod(program, 0o755)))
      } else if (file === 1 && at % 10 === 0) {
        writes.push(writeFile(join(directory, 'package.json'), `{"name":"module-${at}","version":"1.0.${at}"}`))
      } else if (file % 5 === 2) {
        writes.push(writeFile(join(directory, `data-${file}`), 'x'.repeat(100 + file * 200)))
      } else writes.push(writeFile(join(directory, `file-${file}.js`), `module.exports = ${file}\n`.repeat(40)))
    }
    await Promise.all(writes)
  }
  return programs
}

async function smallPrograms(): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await readdir('/usr/bin')) {
    const path = join('/usr/bin', name)
    const file = await stat(path).catch(() => null)
    if (file === null || !file.isFile() || (file.mode & 0o100) === 0) continue
    if (file.size >= 4096 && file.size <= LARGEST_PROGRAM_BYTES) found.push(path)
  }
  return found
}
