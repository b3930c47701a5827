import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stableJson } from '../../src/base/stable-json.ts'
import { startHostileRegistry, type HostileRegistry } from '../support/hostile-registry.ts'
import { buildImage } from '../support/image-builder.ts'
import { startPostgres, type PostgresServer } from '../support/postgres.ts'
import { eventually, removeHome, startProduct, temporaryHome, type RunningProduct } from '../support/running-product.ts'
import { addRegistry, announcePush, coverageOf, findingsOf, type AddedRegistry } from '../support/server-views.ts'
import { npmPackages, SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

const home = temporaryHome()
const feeds = join(home, 'feeds')
let postgres: PostgresServer
let registry: HostileRegistry
let apis: readonly RunningProduct[] = []
let workers: readonly RunningProduct[] = []
let embedded: RunningProduct | null = null
let added: AddedRegistry
const homes = [home]

beforeAll(async () => {
  postgres = await startPostgres()
  registry = await startHostileRegistry()
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  const env = {
    DATABASE_URL: await postgres.newDatabase('processes'),
    OPENINSPECTOR_FEEDS: feeds,
    OPENINSPECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
  }
  // The first makes the account; the others find it.
  const first = await startProduct({ home, env, role: 'api' })
  const [second, ...others] = await Promise.all([
    startProduct({ home, env, role: 'api' }),
    startProduct({ home, env, role: 'worker' }),
    startProduct({ home, env, role: 'worker' }),
  ])
  apis = [first, second]
  workers = others
  registry.put('shop/api', '1.0', buildImage([npmPackages({ alpha: '1.0.0', beta: '2.0.0' })]))
  added = await addRegistry(first, registry.url, 86_400)
}, 120_000)

afterAll(async () => {
  await Promise.all([...apis, ...workers, ...(embedded === null ? [] : [embedded])].map(one => one.kill('SIGTERM')))
  await registry?.close()
  await postgres?.stop()
  for (const one of homes) removeHome(one)
}, 60_000)

/** The worker whose connection to us has this port at its end. (proc(5): /proc/net/tcp, /proc/pid/fd) */
function ownerOf(port: number): RunningProduct | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map(text => text.trim().split(/\s+/))
    .find(fields => fields[1]?.endsWith(`:${hex}`))
  const socket = `socket:[${line?.[9] ?? ''}]`
  return workers.find(({ child }) => {
    const folder = `/proc/${child.pid ?? 0}/fd`
    return child.exitCode === null && readdirSync(folder).some(fd => linkOf(join(folder, fd)) === socket)
  })
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // Closed since it was listed.
    return ''
  }
}

function comparable(findings: readonly object[]): string[] {
  return findings
    .map(finding => {
      const {
        firstObservedAt: _first,
        lastObservedAt: _last,
        updatedAt: _updated,
        ...rest
      } = finding as Record<string, unknown>
      return stableJson(withoutTimes(rest))
    })
    .toSorted((a, b) => (a < b ? -1 : 1))
}

/** The image's push is when a server first saw it, which differs between two servers. */
function withoutTimes(finding: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(finding, (key, value: unknown) => (key === 'pushedAt' ? undefined : value)),
  ) as Record<string, unknown>
}

describe('two API processes and two workers on PostgreSQL', () => {
  it('lead from a push to findings that both show', async () => {
    const [first, second] = apis
    if (first === undefined || second === undefined) throw new Error('not started')
    await eventually(async () => (await findingsOf(first)).length === 2, 'the image is scanned')

    expect(await findingsOf(second)).toEqual(await findingsOf(first))
    expect(new Set(apis.map(({ url }) => url)).size).toBe(2)
  })

  it('end a scan once when the worker that does it is killed', async () => {
    const [api] = apis
    if (api === undefined) throw new Error('not started')
    const image = buildImage([npmPackages({ alpha: '1.0.1' }), npmPackages({ beta: '2.0.1' })])
    const slow = image.manifest.layers[1]?.digest ?? ''
    let worker: RunningProduct | undefined
    registry.play('shop/web', (call, response) => {
      if (call.reference !== slow || worker !== undefined) return false
      worker = ownerOf(response.socket?.remotePort ?? 0)
      response.writeHead(200, { 'content-length': 1000 })
      response.write('x')
      return true
    })
    const digest = registry.put('shop/web', '1.0', image)
    await announcePush(added, 'shop/web', digest)
    const busy = await eventually(async () => Promise.resolve(worker), 'a worker reads the image')
    const ofWeb = () => findingsOf(api, { ecrImageHash: [{ comparison: 'EQUALS', value: digest }] })
    expect(await ofWeb()).toEqual([])

    await busy.kill('SIGKILL')
    const found = await eventually(
      async () => {
        const findings = await ofWeb()
        return findings.length > 0 && findings
      },
      'the other worker ends the scan',
      90_000,
    )

    expect(found.map(({ status, title }) => `${title} ${status}`).toSorted()).toEqual([
      'CVE-2001-0001 - alpha ACTIVE',
      'CVE-2001-0002 - beta ACTIVE',
    ])
    await new Promise(resolve => setTimeout(resolve, 3_000))
    const other = workers.find(one => one !== busy)
    const ends = other?.stderr().split('\n') ?? []
    expect(ends.filter(line => line.includes('image scan ended') && line.includes(digest))).toHaveLength(1)
    expect(await ofWeb()).toEqual(found)
    expect((await coverageOf(api)).map(({ reason }) => reason)).toEqual(['SUCCESSFUL', 'SUCCESSFUL'])
  }, 150_000)

  it('find exactly what the embedded database finds', async () => {
    const [api] = apis
    if (api === undefined) throw new Error('not started')
    const own = temporaryHome()
    homes.push(own)
    embedded = await startProduct({ home: own, env: { OPENINSPECTOR_FEEDS: feeds } })
    const small = embedded
    await addRegistry(small, registry.url, 86_400)
    await eventually(async () => (await findingsOf(small)).length === 4, 'both images are scanned')

    const findings = await findingsOf(api)

    expect(findings).toHaveLength(4)
    expect(comparable(await findingsOf(small))).toEqual(comparable(findings))
  })
})
