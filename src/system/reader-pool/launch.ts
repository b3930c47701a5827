import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface Launch {
  /** Module whose `ECOSYSTEMS` are the analyzers; the product's own, except in tests. */
  readonly analyzers: URL
  readonly heapBytes: number
}

export type ReaderProcess = ChildProcessByStdio<Writable, Readable, Readable>

const HERE = import.meta.dirname
const ENTRY = join(HERE, 'reader-process.ts')

/**
 * Runs a command with what the kernel can take from it, best first: no network but an empty one of its own, no way to gain
 * rights, and an end with the parent, however that ends; of these what this machine allows. No memory is ever dumped to a
 * disk. (unshare(1), setpriv(1): util-linux 2.33 or later)
 */
const CONFINED = `
ulimit -c 0
for with in \\
  '/usr/bin/unshare -r -n /usr/bin/setpriv --no-new-privs --pdeathsig KILL --bounding-set=-all --inh-caps=-all' \\
  '/usr/bin/setpriv --no-new-privs --pdeathsig KILL'
do
  $with /bin/true 2> /dev/null && exec $with "$@"
done
exec "$@"
`

/** For the C library, which reads it before anything else runs; the reader itself finds no environment. (mallopt(3)) */
const ALLOCATOR = { MALLOC_ARENA_MAX: '1' }

/** Starts a process that may read the program and nothing else, and knows nothing of this one. (decisions/0032) */
export function launchReader({ analyzers, heapBytes }: Launch): ReaderProcess {
  const compileCache = getCompileCacheDir()
  // Node keeps one directory per version in the directory that it was given.
  const cacheRoot = compileCache === undefined ? '' : dirname(compileCache)
  const readable = [
    ...programPaths(),
    join(dirname(fileURLToPath(analyzers)), '*'),
    ...(cacheRoot === '' ? [] : [join(cacheRoot, '*')]),
  ]
  const writable = cacheRoot === '' ? [] : [cacheRoot, join(cacheRoot, '*')]
  const node = [
    process.execPath,
    '--permission',
    ...readable.map(path => `--allow-fs-read=${path}`),
    // Compiled sources are kept there; given up before the first byte of input.
    ...writable.map(path => `--allow-fs-write=${path}`),
    `--max-old-space-size=${Math.floor(heapBytes / 2 ** 20)}`,
    '--max-semi-space-size=2',
    '--optimize-for-size',
    '--no-addons',
    '--disable-proto=delete',
    '--disable-warning=ExperimentalWarning',
    ENTRY,
    analyzers.href,
    cacheRoot,
  ]
  return spawn('/bin/sh', ['-c', CONFINED, 'reader', ...node], {
    cwd: '/',
    env: ALLOCATOR,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** The sources and the packages that they import. */
function programPaths(): readonly string[] {
  const root = resolve(HERE, '../../..')
  const packages = fileURLToPath(import.meta.resolve('zod')).replace(/(.*[/\\]node_modules[/\\]).*/s, '$1*')
  return [join(root, 'src/*'), join(root, 'package.json'), packages]
}
