import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage } from '../support/image-builder.ts'
import { startHostileRegistry, type HostileRegistry } from '../support/hostile-registry.ts'
import { eventually, removeHome, startProduct, temporaryHome, type RunningProduct } from '../support/running-product.ts'
import { addRegistry, coverageOf, findingsOf } from '../support/server-views.ts'
import { npmPackages, SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

/** More than one transaction of a re-match takes. (scanning/rematch.ts, `BATCH_RESOURCES`) */
const IMAGES = 110

/** Milliseconds after a sync was asked for: while feeds are read, while what is due is planned, while it is matched. */
const KILLS_AFTER_MS = [150, 400, 700]

const home = temporaryHome()
const feeds = join(home, 'feeds')
let registry: HostileRegistry
let server: RunningProduct

function start(): Promise<RunningProduct> {
  return startProduct({ home, env: { OPENINSPECTOR_FEEDS: feeds } })
}

beforeAll(async () => {
  registry = await startHostileRegistry()
  for (let number = 0; number < IMAGES; number++) {
    registry.put('shop/api', `1.${number}`, buildImage([npmPackages({ gamma: '1.0.0', [`own-${number}`]: '1.0.0' })]))
  }
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  server = await start()
  await addRegistry(server, registry.url, 86_400)
  await eventually(
    async () => (await coverageOf(server)).filter(({ reason }) => reason === 'SUCCESSFUL').length === IMAGES,
    'the images are scanned',
    90_000,
  )
}, 120_000)

afterAll(async () => {
  await server?.kill('SIGKILL')
  await registry?.close()
  removeHome(home)
})

describe('a server that is killed while a new advisory reaches its images', () => {
  it('ends the work after its restart: one open finding for each image, whenever it was', async () => {
    expect(await findingsOf(server)).toEqual([])
    const blobs = registry.calls.filter(call => call.includes(' blobs ')).length
    const added: string[] = []

    for (const [at, afterMs] of KILLS_AFTER_MS.entries()) {
      added.push(`CVE-2001-010${at}`)
      const advisories = added.map(id => ({ id, packageName: 'gamma', fixed: '1.0.1' }))
      writeNpmFeed(feeds, [...SMALL_ADVISORIES, ...advisories])
      await server.post('/openinspector/advisories/sync', {})
      await pause(afterMs)
      await server.kill('SIGKILL')
      server = await start()
    }
    const expected = IMAGES * added.length
    await eventually(async () => (await findingsOf(server)).length >= expected, 'every image has its findings', 60_000)

    const findings = await findingsOf(server)
    expect(findings).toHaveLength(expected)
    expect(new Set(findings.map(({ findingArn }) => findingArn)).size).toBe(expected)
    expect(findings.every(({ status }) => status === 'ACTIVE')).toBe(true)
    const counts = [...Map.groupBy(findings, ({ title }) => title)].map(([title, own]) => [title, own.length] as const)
    expect(new Map(counts)).toEqual(new Map(added.map(id => [`${id} - gamma`, IMAGES])))
    // Nothing was read from the registry again.
    expect(registry.calls.filter(call => call.includes(' blobs '))).toHaveLength(blobs)
  }, 150_000)
})
