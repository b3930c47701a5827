import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aPackage, anInventory } from '../../../test/support/builders.ts'
import { ok } from '../../base/result.ts'
import type { Http, HttpRequest } from '../../base/http.ts'
import type { Inventory } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import type { RuntimeFacts } from '../../domain/runtime-facts.ts'
import { TIME_IS_OVER } from '../../system/host-tree.ts'
import { agentState } from './agent-state.ts'
import { watchPackages } from './package-watch.ts'
import { sendReport } from './send-report.ts'
import { searchLanguages, takeInventory, takeRuntime, withinLimits, withLanguages } from './take-inventory.ts'
import { readTokenFile } from './token-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openinspector-agent-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const RUNTIME: RuntimeFacts = { listening: [], loaded: [], unowned: [], gaps: [] }

function anNpm(name: string, version = '1.0.0') {
  const filePath = `usr/lib/node_modules/${name}/package.json`
  return aPackage({ type: 'npm', namespace: namespace('npm'), name, version, arch: null, manager: 'NODEPKG', filePath })
}

function write(path: string, content: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), content)
}

describe('the state of an agent', () => {
  it('keeps the newest report alone, and its sequence for as long as it says the same', () => {
    const state = agentState(folder)
    state.keep(anInventory(), RUNTIME, false, 1_000)
    const first = state.waiting()
    state.keep(anInventory(), { ...RUNTIME, gaps: ['processes-not-readable'] }, false, 2_000)
    const same = state.waiting()
    state.keep(anInventory({ packages: [] }), RUNTIME, true, 1_500)
    const next = state.waiting()

    expect([first?.sequence, same?.sequence, next?.sequence]).toEqual([1_000, 1_000, 1_500])
    expect(next).toMatchObject({ hasSearched: true })
    expect(readdirSync(folder).filter(name => name.endsWith('.gz'))).toHaveLength(2)
  })

  it('goes on above what the server knows, also with a clock that was set back', () => {
    const state = agentState(folder)
    state.keep(anInventory(), RUNTIME, true, 5)

    state.raiseSequence(9_000)
    expect(state.waiting()?.sequence).toBe(9_001)
    state.keep(anInventory({ packages: [] }), RUNTIME, true, 6)

    expect(state.waiting()?.sequence).toBe(9_002)
  })

  it.each(['waiting.json', '.gz'])('takes a damaged %s for nothing', suffix => {
    const state = agentState(folder)
    state.keep(anInventory(), RUNTIME, true, 5)
    for (const name of readdirSync(folder)) if (name.endsWith(suffix)) writeFileSync(join(folder, name), 'damaged')

    expect(agentState(folder).waiting()).toBeNull()
  })

  it('has one key, and drops what a killed process left', () => {
    const state = agentState(folder)
    writeFileSync(join(folder, 'waiting.json.1.new'), 'half')
    const key = state.ownKey()

    state.keep(anInventory(), RUNTIME, true, 5)

    expect(agentState(folder).ownKey()).toBe(key)
    expect(existsSync(join(folder, 'waiting.json.1.new'))).toBe(false)
  })
})

describe('the token file', () => {
  const token = `oih_0123456789abcdef_${'x'.repeat(43)}`

  it('is read when it is for its owner alone', () => {
    const path = join(folder, 'token')
    writeFileSync(path, `${token}\n`, { mode: 0o600 })

    expect(readTokenFile(path)).toEqual(ok(token))
  })

  it.each([
    [0o640, token, 'others can read'],
    [0o604, token, 'others can read'],
    [0o600, 'something else', 'holds no token'],
    [0o600, `${token}${token}`, 'holds no token'],
  ])('of mode %o is refused, without its content', (mode, content, words) => {
    const path = join(folder, 'token')
    writeFileSync(path, content)
    chmodSync(path, mode)

    const read = readTokenFile(path)

    expect(read).toMatchObject({ ok: false, error: expect.stringContaining(words) })
    expect(JSON.stringify(read)).not.toContain(content)
  })

  it.each(['missing', '.'])('is refused where there is none: %s', name => {
    expect(readTokenFile(join(folder, name)).ok).toBe(false)
  })
})

describe('an inventory', () => {
  const OS_RELEASE = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
  const STATUS = 'Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n\n'
  const where = () => ({ root: folder, paths: ['srv/app'] })
  const later = () => Date.now() + 60_000

  beforeEach(() => {
    write('etc/os-release', OS_RELEASE)
    write('var/lib/dpkg/status', STATUS)
    write('usr/lib/node_modules/alpha/package.json', '{"name":"alpha","version":"1.0.0"}')
    write('srv/app/node_modules/beta/package.json', '{"name":"beta","version":"2.0.0"}')
    write('home/me/node_modules/gamma/package.json', '{"name":"gamma","version":"3.0.0"}')
  })
  const namesOf = (inventory: Inventory) => inventory.packages.map(({ name }) => name)

  it('has the system of now, and the languages of the default and custom paths that are still there', async () => {
    const searched = await searchLanguages(where(), null, Date.now())
    rmSync(join(folder, 'usr/lib/node_modules/alpha'), { recursive: true })

    const inventory = await takeInventory(where(), searched, later())

    expect(namesOf(searched)).toEqual(['alpha', 'beta'])
    expect(namesOf(inventory)).toEqual(['bash', 'beta'])
    expect(inventory.distro?.versionId).toBe('12')
    expect(inventory).not.toHaveProperty('runningKernel')
  })

  it('tells of a custom path that leads over a link', async () => {
    symlinkSync('/', join(folder, 'everything'))

    const searched = await searchLanguages({ root: folder, paths: ['everything', 'nothing'] }, null, Date.now())

    expect(searched.problems.map(({ path }) => path).sort()).toEqual(['everything', 'nothing'])
  })

  it('keeps what a search that was cut short did not reach, and says so', () => {
    const before = anInventory({ packages: [anNpm('alpha'), anNpm('beta'), anNpm('gone')] })
    const found = anInventory({
      packages: [anNpm('alpha', '1.1.0'), anNpm('beta')],
      problems: [{ path: 'usr/lib', reason: 'unreadable', detail: TIME_IS_OVER }],
    })

    const searched = withinLimits(found, before, path => !path.includes('gone'))

    expect(searched.packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'alpha 1.1.0',
      'beta 1.0.0',
      'alpha 1.0.0',
    ])
    expect(searched.problems.map(({ reason }) => reason)).toEqual(['deep-inspection-time-limit'])
  })

  it('crowds out nothing that it had before', () => {
    const many = Array.from({ length: 6_000 }, (_, at) => anNpm(`p${at}`))
    const before = anInventory({ packages: many.slice(-10) })

    const searched = withinLimits(anInventory({ packages: many }), before, () => true)

    expect(searched.packages).toHaveLength(5_000)
    expect(new Set(namesOf(searched)).has('p5999')).toBe(true)
    expect(searched.problems.map(({ reason }) => reason)).toEqual(['deep-inspection-package-limit'])
  })

  it('leaves out one odd package, and says so', () => {
    const odd = anInventory({ packages: [aPackage(), aPackage({ name: 'x'.repeat(600) })] })

    const inventory = withLanguages(odd, null, () => true)

    expect(namesOf(inventory)).toEqual(['openssl'])
    expect(inventory.problems).toMatchObject([{ reason: 'limit-exceeded' }])
  })

  it('says nothing of the processes of other roots', async () => {
    const runtime = await takeRuntime(where(), later())

    expect(runtime).toMatchObject({ loaded: [], unowned: [] })
  })

  it('is looked at again when a package database changes, and only then', async () => {
    let changes = 0
    const watching = watchPackages(folder, 0.05, () => (changes += 1))
    const wait = () => new Promise(resolve => setTimeout(resolve, 250))

    write('etc/other', 'x')
    await wait()
    expect(changes).toBe(0)
    write('var/lib/dpkg/status', `${STATUS}${STATUS}`)
    await wait()
    expect(changes).toBeGreaterThan(0)
    const before = changes
    // Was not there when we began.
    write('lib/apk/db/installed', 'P:a\n')
    await wait()
    watching.close()

    expect(changes).toBeGreaterThan(before)
  })
})

describe('sending', () => {
  const identity = {
    machineKey: 'a'.repeat(64),
    identity: { hostName: null, ipV4Addresses: [], ipV6Addresses: [], agentVersion: '1' },
  }
  /** A server that answers in turn, and what it was asked. */
  function aServer(...answers: readonly { status?: number; body: unknown }[]) {
    const asked: { path: string; request: HttpRequest }[] = []
    const http: Http = {
      send: (url, request) => {
        const { status = 200, body } = answers[asked.length] ?? { status: 500, body: null }
        asked.push({ path: new URL(url).pathname, request })
        const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
        async function* content() {
          yield Promise.resolve(bytes)
        }
        return Promise.resolve(ok({ status, headers: {}, url, body: content(), discard: () => Promise.resolve() }))
      },
    }
    const state = agentState(folder)
    return {
      asked,
      state,
      send: () =>
        sendReport(
          { http, server: 'https://server.example', token: 'secret' },
          identity,
          () => state.waiting(),
          above => state.raiseSequence(above),
        ),
    }
  }
  const hello = (given: object = {}) => ({
    body: { isWatched: true, wants: ['inventory', 'runtime'], sequence: 0, checkInSeconds: 60, ...given },
  })
  const stored = { body: { status: 'stored' } }

  it('sends what the server wants, with its hash and sequence', async () => {
    const server = aServer(hello(), stored, stored)
    server.state.keep(anInventory(), RUNTIME, true, 5)
    const hash = server.state.waiting()?.inventory.hash

    expect(await server.send()).toMatchObject({
      ok: true,
      value: { checkInSeconds: 60, sent: ['inventory', 'runtime'] },
    })
    expect(server.asked.map(({ path }) => path)[1]).toBe(`/openinspector/agent/inventory/5/${hash}`)
    expect(server.asked.every(({ request }) => request.redirects === 'none')).toBe(true)
  })

  it('sends nothing that the server knows', async () => {
    const server = aServer(hello({ wants: [] }))
    server.state.keep(anInventory(), RUNTIME, true, 5)

    expect(await server.send()).toMatchObject({ value: { sent: [] } })
    expect(server.asked).toHaveLength(1)
  })

  it('goes on above the sequence of the server when its own state was lost', async () => {
    const server = aServer(hello({ sequence: 90 }), stored, stored)
    server.state.keep(anInventory(), RUNTIME, true, 5)

    await server.send()

    expect(server.asked[1]?.path).toContain('/inventory/91/')
  })

  it('does not let an inventory without languages replace a whole one', async () => {
    const server = aServer(hello({ sequence: 90, wants: ['inventory'] }))
    server.state.keep(anInventory(), RUNTIME, false, 5)

    expect(await server.send()).toMatchObject({ ok: true, value: { waitsForSearch: true, sent: [] } })
  })

  it.each([
    [503, { message: 'later' }, false],
    [429, { message: 'Rate exceeded' }, false],
    [403, { message: 'The host or its token is not known.' }, true],
    [301, '', true],
    [200, '<html>', true],
    [200, { isWatched: true, wants: [], sequence: 0, checkInSeconds: 0 }, true],
    [200, { isWatched: true, wants: [], sequence: -1, checkInSeconds: 60 }, true],
  ])('tells an answer of %i apart from a good one: %#', async (status, body, needsPerson) => {
    const server = aServer({ status, body })

    expect(await server.send()).toMatchObject({ ok: false, error: { needsPerson } })
  })
})
