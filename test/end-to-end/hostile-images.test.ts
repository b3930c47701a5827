import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileImages, vulnerableImage, type HostileImage } from '../support/hostile-images.ts'
import { startHostileRegistry, type HostileRegistry } from '../support/hostile-registry.ts'
import {
  eventually,
  removeHome,
  startCommand,
  startProduct,
  temporaryHome,
  type Ended,
  type RunningProduct,
} from '../support/running-product.ts'
import {
  addRegistry,
  announcePush,
  coverageOf,
  findingsOf,
  type AddedRegistry,
  type CoveredResource,
} from '../support/server-views.ts'
import { SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

/** Peak memory in MiB that the server may reach: the embedded database takes most of what it uses anyway. */
const PEAK_LIMIT_MIB = 1200

const home = temporaryHome()
const scanHome = temporaryHome()
const feeds = join(home, 'feeds')
const forbiddenCalls: string[] = []
const forbidden = createServer((request, response) => {
  forbiddenCalls.push(request.url ?? '')
  response.end('secret')
})
/** Where registries keep their blobs: another server, at an address that may be asked. */
const blobStore = createServer((request, response) => response.end(blobsElsewhere.get(request.url ?? '')))
const blobsElsewhere = new Map<string, Buffer>()
let registry: HostileRegistry
let server: RunningProduct
let added: AddedRegistry
let cases: readonly HostileImage[]
let peakMib = 0
const digests = new Map<string, string>()
const goodDigests = new Map<string, string>()

beforeAll(async () => {
  await new Promise<void>(resolve => forbidden.listen(0, '127.0.0.2', resolve))
  const address = forbidden.address() as AddressInfo
  cases = hostileImages({ forbidden: `http://127.0.0.2:${address.port}` })
  registry = await startHostileRegistry()
  for (const one of cases) {
    const { name } = one
    digests.set(name, one.place(registry, name))
    goodDigests.set(name, registry.put(name, 'good', vulnerableImage(`${name} good`)))
  }
  for (const [name, status] of [
    ['closed-repository', 401],
    ['broken-repository', 500],
  ] as const) {
    registry.put(name, 'good', vulnerableImage(name))
    registry.play(name, (_call, response) => {
      response.writeHead(status).end()
      return true
    })
  }
  await redirectedRepository()
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  server = await startProduct({
    home,
    env: { OPENINSPECTOR_FEEDS: feeds, OPENINSPECTOR_REGISTRY_TIMEOUT_SECONDS: '3' },
  })
  added = await addRegistry(server, registry.url, 86_400)
  const watch = setInterval(() => (peakMib = Math.max(peakMib, server.isAlive() ? server.rssMib() : 0)), 50)
  await eventually(
    async () => {
      const all = await coverageOf(server)
      const waiting = all.filter(({ reason }) => reason === 'PENDING_INITIAL_SCAN')
      return all.length > 2 * cases.length && waiting.length === 0
    },
    'all images were looked at',
    55_000,
  ).finally(() => clearInterval(watch))
}, 90_000)

afterAll(async () => {
  await server?.kill('SIGTERM')
  await registry?.close()
  for (const one of [forbidden, blobStore]) {
    one.closeAllConnections()
    one.close()
  }
  removeHome(home)
  removeHome(scanHome)
})

/** A good image whose registry sends everybody elsewhere for its blobs, as those before object stores do. */
async function redirectedRepository(): Promise<void> {
  await new Promise<void>(resolve => blobStore.listen(0, '127.0.0.1', resolve))
  const { port } = blobStore.address() as AddressInfo
  const image = vulnerableImage('redirected')
  goodDigests.set('redirected', registry.put('redirected', 'good', image))
  for (const [digest, bytes] of image.blobs) blobsElsewhere.set(`/store/${digest}?signed=yes`, bytes)
  registry.play('redirected', ({ kind, reference }, response) => {
    if (kind !== 'blobs') return false
    const location = `http://127.0.0.1:${port}/store/${reference}?signed=yes`
    response.writeHead(307, { location }).end()
    return true
  })
}

const NAMES = hostileImages({ forbidden: '' }).map(({ name }) => name)

function caseOf(name: string): HostileImage {
  const found = cases.find(one => one.name === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return found
}

async function covered(repository: string, digest: string): Promise<CoveredResource | undefined> {
  return (await coverageOf(server)).find(({ resourceId }) => resourceId.endsWith(`/${repository}/${digest}`))
}

describe('a watched registry with hostile images', () => {
  it.each(NAMES)('tells in coverage what is wrong with %s', async name => {
    const { reason, says } = caseOf(name)

    const resource = await covered(name, digests.get(name) ?? '')

    expect(resource).toMatchObject({ reason, detail: expect.stringMatching(says) as string })
    expect(resource?.statusCode).toBe(reason === 'SUCCESSFUL' ? 'ACTIVE' : 'INACTIVE')
    expect(resource?.detail).not.toMatch(/\n|^\s+at /m)
  })

  it('scans the good image beside each of them', async () => {
    const ofGood = () => findingsOf(server, { ecrImageTags: [{ comparison: 'EQUALS', value: 'good' }] })
    const repositoriesOf = (found: Awaited<ReturnType<typeof ofGood>>) =>
      found.map(({ resources }) => resources[0]?.id.split('/').at(-2))
    // The limit of time is for the hostile ones: a busy machine may miss it with a good one, which is then pushed again.
    const good = await eventually(
      async () => {
        const found = await ofGood()
        const missing = [...goodDigests.keys()].filter(name => !repositoriesOf(found).includes(name))
        for (const name of missing) await announcePush(added, name, goodDigests.get(name) ?? '')
        if (missing.length > 0) await new Promise(resolve => setTimeout(resolve, 2_000))
        return missing.length === 0 && found
      },
      'the good images are scanned',
      60_000,
    )

    const repositories = repositoriesOf(good)
    expect(repositories).toHaveLength(NAMES.length + 1)
    expect(new Set(repositories)).toEqual(new Set([...NAMES, 'redirected']))
    expect(good.every(({ status, title }) => status === 'ACTIVE' && title === 'CVE-2001-0001 - alpha')).toBe(true)
  }, 70_000)

  it('says of the registry which repositories could not be read', async () => {
    const listed = await server.api.get('/openinspector/registries')

    const text = JSON.stringify(listed)
    expect(text).toMatch(/repositories not read, first always-401: access to manifest/)
  })

  it('asks nobody whom it must not ask, and writes nothing outside its data directory', () => {
    expect(forbiddenCalls).toEqual([])
    expect(existsSync('/tmp/openinspector-escaped')).toBe(false)
  })

  it('stays alive within bounded memory', () => {
    expect(server.isAlive()).toBe(true)
    expect(server.stderr()).not.toMatch(/uncaught|unhandled/i)
    expect(peakMib).toBeGreaterThan(50)
    expect(peakMib).toBeLessThan(PEAK_LIMIT_MIB)
  })

  it('keeps what it knows when a good registry turns hostile, and follows it when it recovers', async () => {
    const image = vulnerableImage('turning')
    const digest = registry.put('turning', 'v1', image)
    const push = () => announcePush(added, 'turning', digest)
    const ofTurning = () => findingsOf(server, { ecrImageHash: [{ comparison: 'EQUALS', value: digest }] })
    await push()
    const before = await eventually(async () => {
      const found = await ofTurning()
      return found.length > 0 && found
    }, 'the image is scanned')

    for (const act of [401, 500, 200]) {
      registry.play('turning', (_call, response) => {
        response.writeHead(act, { 'content-type': 'text/html' }).end('<html>')
        return true
      })
      const callsBefore = registry.calls.length
      expect(await push()).toBe(202)
      await eventually(async () => Promise.resolve(registry.calls.length > callsBefore), 'the push was looked into')
    }
    await new Promise(resolve => setTimeout(resolve, 500))

    expect(await ofTurning()).toEqual(before)
    expect((await covered('turning', digest))?.reason).toBe('SUCCESSFUL')

    registry.play('turning', null)
    registry.remove('turning', digest)
    await push()
    const closed = await eventually(async () => {
      const found = await ofTurning()
      return found.every(({ status }) => status === 'CLOSED') && found
    }, 'the findings of the deleted image are closed')
    expect(closed.map(({ findingArn }) => findingArn)).toEqual(before.map(({ findingArn }) => findingArn))
  })

  it('scans an image that failed as soon as it is pushed again', async () => {
    const digest = digests.get('truncated-layer') ?? ''
    registry.play('truncated-layer', null)

    await announcePush(added, 'truncated-layer', digest)

    const mended = await eventually(async () => {
      const resource = await covered('truncated-layer', digest)
      return resource?.reason === 'SUCCESSFUL' && resource
    }, 'scanned again')
    expect(mended).toMatchObject({ statusCode: 'ACTIVE', detail: null })
  })
})

describe('openinspector scan of a hostile image', () => {
  const ended = new Map<string, Ended>()

  beforeAll(async () => {
    registry.play('truncated-layer', null)
    const again = caseOf('truncated-layer').place(registry, 'truncated-layer')
    digests.set('truncated-layer', again)
    const waiting = [...cases]
    // The first makes the advisory database that the others open.
    const env = {
      OPENINSPECTOR_HOME: scanHome,
      OPENINSPECTOR_FEEDS: feeds,
      OPENINSPECTOR_REGISTRY_TIMEOUT_SECONDS: '3',
    }
    await startCommand(['advisories', 'sync'], env)
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        ended.set(next.name, await startCommand(['scan', `${registry.host}/${next.name}:bad`], env))
      }
    }
    await Promise.all([work(), work()])
  }, 120_000)

  it.each(NAMES)('%s ends with the documented code and one clear sentence', name => {
    const { says, exitCode = 3 } = caseOf(name)
    const run = ended.get(name)

    expect(run).toMatchObject({ status: exitCode })
    expect(run?.stderr).not.toMatch(/^\s+at |node:internal|Error:/m)
    if (exitCode !== 3) return
    expect(run?.stdout).toBe('')
    expect(run?.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(run?.stderr.trimEnd()).toMatch(says)
  })
})
