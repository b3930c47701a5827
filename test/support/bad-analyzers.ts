import { readFileSync, writeFileSync, writeSync } from 'node:fs'

import { ok } from '../../src/base/result.ts'
import type { Analyzer, Ecosystem, FileAnalysis, FoundPackage } from '../../src/ecosystems/ecosystem.ts'
import { EMPTY_ANALYSIS } from '../../src/ecosystems/ecosystem.ts'
import { FRAME, frameHeader } from '../../src/system/reader-pool/frames.ts'
import { fakeEcosystems } from './fake-ecosystems.ts'

/** What was found out by a file `probe/begin`, for a file `probe/end` of the same reader. */
const probed: string[] = []

const DATA_URL = 'data:text/javascript,export default 1'

function callOf(from: object, name: string, ...given: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(from, name) as () => unknown, from, given)
}

/** Tries to get out of the process it runs in, in every way that code in it could; says what came of it. */
function probe(port: number): void {
  const tries: Readonly<Record<string, () => unknown>> = {
    'read /etc/passwd': () => readFileSync('/etc/passwd'),
    'read the program': () => readFileSync(import.meta.filename),
    'read /proc/self/environ': () => readFileSync('/proc/self/environ'),
    'write a file': () => writeFileSync('/tmp/openinspector-reader-probe', 'x'),
    'import child_process': () => import('node:child_process'),
    'import worker_threads': () => import('node:worker_threads'),
    'import net': () => import('node:net'),
    'import dgram': () => import('node:dgram'),
    'import http': () => import('node:http'),
    'import inspector': () => import('node:inspector'),
    'import fs': () => import('node:fs'),
    'import a module of the program': () => import('../../src/feeds/index.ts'),
    'import from a data: URL': () => import(DATA_URL),
    fetch: () => fetch(`http://127.0.0.1:${port}/`),
    'open a web socket': () => new WebSocket(`ws://127.0.0.1:${port}/`),
    'take a built-in module': () => process.getBuiltinModule('node:net').connect(port, '127.0.0.1'),
    'take an internal binding': () => callOf(process, 'binding', 'tcp_wrap'),
    'load an addon': () => process.dlopen({ exports: {} }, '/lib/x.node'),
    'signal the parent': () => process.kill(process.ppid, 0),
    'become another program': () => callOf(process, 'execve', '/bin/true', ['true'], {}),
    'take the socket class from a stream': () => new (process.stdin.constructor as new () => object)(),
    'compile WebAssembly': () =>
      callOf(Reflect.get(globalThis, 'WebAssembly') as object, 'validate', new Uint8Array(8)),
    'pollute every object': () => {
      Reflect.set({}, '__proto__', { polluted: true })
      if (Reflect.has(Object.prototype, '__proto__')) throw new Error('it has __proto__')
      throw new Error('there is no __proto__')
    },
  }
  for (const [name, attempt] of Object.entries(tries)) {
    const settle = (outcome: string): void => void probed.push(`${name}: ${outcome}`)
    try {
      const made = attempt()
      if (made instanceof Promise) made.then(() => settle('DONE')).catch(() => settle('denied'))
      else settle('DONE')
    } catch {
      settle('denied')
    }
  }
  const names = Object.keys(process.env).join(' ')
  probed.push(`environment: ${names === '' ? 'empty' : names}`, `directory: ${process.cwd()}`)
}

/** Speaks to the parent as a reader would that has been taken over. */
const LIES: Readonly<Record<string, () => void>> = {
  rubbish: () => void writeSync(1, Buffer.from('rubbish, and nothing else than that')),
  huge: () => void writeSync(1, frameHeader(FRAME.result, 0xffff_fff0)),
  unknown: () => void writeSync(1, frameHeader(77, 3)),
  'not JSON': () => lie('{'),
  'another form': () => lie('{"is":"found","value":{"files":"many"}}'),
  'another layer': () =>
    lie(
      JSON.stringify({
        is: 'found',
        value: {
          blob: `sha256:${'8'.repeat(64)}`, revision: 'x', files: [], whiteouts: [],
          opaqueDirectories: [], nonDirectories: [], directoriesWanted: [], links: [], problems: [],
        }, // prettier-ignore
      }),
    ),
  'a question about nothing': () => {
    const body = Buffer.from('{"id":1,"of":99,"offset":0,"length":10}')
    writeSync(1, Buffer.concat([frameHeader(FRAME.ask, body.length), body]))
  },
}

function lie(json: string): void {
  const body = Buffer.concat([Buffer.from([0, 0, 0, 0]), Buffer.from(json)])
  writeSync(1, Buffer.concat([frameHeader(FRAME.result, body.length), body]))
  for (;;) Math.random()
}

const hoard: unknown[] = []

/** Does what the name of the file says: `crash`, `exit`, `loop`, `fill`, `throw`, `lie/…`, `probe/…`. */
const bad: Analyzer = {
  id: 'npm/bad',
  revision: 1,
  limitBytes: 1_000_000,
  wants: path => /^(?:crash|exit|loop|fill|throw|lie|probe)\//.test(path),
  analyze({ path, bytes }) {
    const [what = '', ...rest] = path.split('/')
    switch (what) {
      case 'crash':
        return process.abort()
      case 'exit':
        return process.exit(3)
      case 'loop':
        for (;;) Math.random()
      case 'fill':
        for (;;) hoard.push(Array.from({ length: 10_000 }, () => ({ more: Math.random() })))
      case 'throw':
        throw new Error('a mistake')
      case 'lie':
        LIES[rest.join('/')]?.()
        return ok(EMPTY_ANALYSIS)
      default:
        if (rest[0] === 'begin') probe(Number(Buffer.from(bytes).toString('utf8')))
        return ok(rest[0] === 'begin' ? EMPTY_ANALYSIS : found(probed))
    }
  },
}

function found(names: readonly string[]): FileAnalysis {
  const packages = names.map((name): FoundPackage => {
    return { type: 'npm', name, version: '1', arch: null, source: null, manager: 'NODEPKG' }
  })
  return { ...EMPTY_ANALYSIS, packages }
}

/** The fake ecosystems, with an analyzer that tests what a reader's parent can bear. A reader loads this module by name. */
export const ECOSYSTEMS: readonly Ecosystem[] = fakeEcosystems.map(ecosystem =>
  ecosystem.purlType === 'npm' ? withBad(ecosystem) : ecosystem,
)

function withBad(ecosystem: Ecosystem): Ecosystem {
  return { ...ecosystem, analyzers: [...ecosystem.analyzers, bad] }
}
