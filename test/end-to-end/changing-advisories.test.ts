import { rmSync, writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { buildImage } from '../support/image-builder.ts'
import { startHostileRegistry, type HostileRegistry } from '../support/hostile-registry.ts'
import {
  credentialsOf,
  eventually,
  removeHome,
  startCommand,
  startProduct,
  temporaryHome,
  type RunningProduct,
} from '../support/running-product.ts'
import { addRegistry, coverageOf, findingsOf, type AddedRegistry } from '../support/server-views.ts'
import { npmFeedFile, npmPackages, SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

const home = temporaryHome()
const feeds = join(home, 'feeds')
let registry: HostileRegistry
let server: RunningProduct
let added: AddedRegistry

beforeAll(async () => {
  registry = await startHostileRegistry()
  registry.put('shop/api', '1.0', buildImage([npmPackages({ alpha: '1.0.0', beta: '2.0.0', gamma: '1.0.0' })]))
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  server = await startProduct({ home, env: { OPENINSPECTOR_FEEDS: feeds } })
  added = await addRegistry(server, registry.url, 86_400)
  await eventually(async () => (await findingsOf(server)).length === 2, 'the image is scanned')
  registry.calls.length = 0
}, 60_000)

afterAll(async () => {
  await server?.kill('SIGTERM')
  await registry?.close()
  removeHome(home)
})

/** `alpha ACTIVE, beta CLOSED`, by name. */
async function inWords(): Promise<string> {
  const findings = await findingsOf(server)
  const words = findings.map(
    ({ status, packageVulnerabilityDetails: { vulnerablePackages } }) => `${vulnerablePackages[0]?.name} ${status}`,
  )
  return words.toSorted((a, b) => (a < b ? -1 : 1)).join(', ')
}

const endedSyncs = (): number => server.stderr().match(/advisory sync ended/g)?.length ?? 0

/** Asks for a sync and waits for its end. */
async function sync(): Promise<void> {
  const before = endedSyncs()
  await server.post('/openinspector/advisories/sync', {})
  await eventually(async () => Promise.resolve(endedSyncs() > before), 'the feeds were looked at')
}

describe('a running server whose feeds', () => {
  beforeEach(async () => {
    writeNpmFeed(feeds, SMALL_ADVISORIES)
    await sync()
    await eventually(async () => /alpha ACTIVE, beta ACTIVE/.test(await inWords()), 'the first advisories are in use')
  })

  it('bring a new advisory opens its finding in seconds, without reading the image again', async () => {
    writeNpmFeed(feeds, [...SMALL_ADVISORIES, { id: 'CVE-2001-0003', packageName: 'gamma', fixed: '1.0.1' }])
    const startedAt = Date.now()
    await sync()
    await eventually(async () => (await inWords()).includes('gamma ACTIVE'), 'the new finding is open', 5_000)

    expect(Date.now() - startedAt).toBeLessThan(10_000)
    expect(await inWords()).toBe('alpha ACTIVE, beta ACTIVE, gamma ACTIVE')
    expect(registry.calls.filter(call => call.includes(' blobs '))).toEqual([])
  })

  it('withdraw an advisory closes its finding, and only that, and opens it again under its ARN', async () => {
    const arns = (await findingsOf(server)).map(({ findingArn }) => findingArn)
    const [alpha, beta] = SMALL_ADVISORIES
    writeNpmFeed(feeds, [alpha!, { ...beta!, withdrawn: true }])
    await sync()
    await eventually(async () => (await inWords()).includes('beta CLOSED'), 'the finding is closed')
    expect(await inWords()).toMatch(/^alpha ACTIVE, beta CLOSED/)

    writeNpmFeed(feeds, SMALL_ADVISORIES)
    await sync()
    await eventually(async () => (await inWords()).includes('beta ACTIVE'), 'the finding is open again')
    expect((await findingsOf(server)).map(({ findingArn }) => findingArn)).toEqual(expect.arrayContaining(arns))
  })

  it.each([
    ['are cut short', () => writeFileSync(npmFeedFile(feeds), readFileSync(npmFeedFile(feeds)).subarray(0, 3000))],
    ['are garbage', () => writeFileSync(npmFeedFile(feeds), Buffer.alloc(5000, 0x41))],
    ['are empty', () => writeFileSync(npmFeedFile(feeds), '')],
    ['lost a file', () => rmSync(npmFeedFile(feeds))],
    ['are gone', () => rmSync(feeds, { recursive: true })],
    ['shrank by more than a tenth', () => writeNpmFeed(feeds, [], 35)],
    ['hold nothing any more', () => writeNpmFeed(feeds, [], 0)],
  ])('%s closes nothing, and says so', async (_name, spoil) => {
    const before = await findingsOf(server)
    const notedBefore = server.stderr().length
    spoil()
    await sync()
    await new Promise(resolve => setTimeout(resolve, 300))

    expect(await findingsOf(server)).toEqual(before)
    const generations = openAdvisoryDatabase(join(home, 'advisories')).generations()
    const npm = generations.find(({ feed, part }) => feed === 'osv' && part === 'npm')
    expect(npm?.advisoryCount).toBeGreaterThan(40)
    expect(npm?.lastError).toMatch(/all\.zip|shrank|none that can be matched/)
    expect(server.stderr().slice(notedBefore)).toMatch(
      /advisory part not synced.*"part":"npm"|"part":"npm".*advisory part not synced/,
    )
  })
})

describe('openinspector advisories sync --server', () => {
  it('has a running server look at its feeds', async () => {
    const before = endedSyncs()
    const { accessKeyId, secretAccessKey } = credentialsOf(home)

    const run = await startCommand(['advisories', 'sync', '--server', '--url', server.url], {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
    })

    expect(run).toMatchObject({ status: 0, stdout: 'The server looks at its advisory feeds now.\n' })
    await eventually(async () => Promise.resolve(endedSyncs() > before), 'the feeds were looked at')
  })
})

describe('a registry that is removed', () => {
  it('takes its images out of coverage and closes their findings; added again, they come back', async () => {
    const arns = (await findingsOf(server)).map(({ findingArn }) => findingArn)
    await server.api.remove(`/openinspector/registries/${added.registryId}`)
    await eventually(async () => (await coverageOf(server)).length === 0, 'nothing is covered')
    expect(await inWords()).not.toContain('ACTIVE')

    await addRegistry(server, registry.url, 86_400)
    await eventually(async () => /alpha ACTIVE, beta ACTIVE/.test(await inWords()), 'the image is scanned again')

    expect((await findingsOf(server)).map(({ findingArn }) => findingArn)).toEqual(expect.arrayContaining(arns))
    expect((await coverageOf(server)).map(({ reason }) => reason)).toEqual(['SUCCESSFUL'])
  })
})
