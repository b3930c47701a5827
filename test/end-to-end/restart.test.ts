import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage } from '../support/image-builder.ts'
import { startHostileRegistry, type HostileRegistry } from '../support/hostile-registry.ts'
import { eventually, removeHome, startProduct, temporaryHome, type RunningProduct } from '../support/running-product.ts'
import { addRegistry, announcePush, coverageOf, findingsOf, type AddedRegistry } from '../support/server-views.ts'
import { npmPackages, SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

/** One data directory for the whole file: each test goes on where the one before ended. */
const home = temporaryHome()
let registry: HostileRegistry
let server: RunningProduct | null = null
let added: AddedRegistry

beforeAll(async () => {
  writeNpmFeed(join(home, 'feeds'), SMALL_ADVISORIES)
  registry = await startHostileRegistry()
})

afterAll(async () => {
  await server?.kill('SIGKILL')
  await registry.close()
  removeHome(home)
})

function start(): Promise<RunningProduct> {
  return startProduct({ home, env: { OPENINSPECTOR_FEEDS: join(home, 'feeds') } })
}

const twoFindings = ['CVE-2001-0001 - alpha', 'CVE-2001-0002 - beta']

async function titlesOf(product: RunningProduct): Promise<string[]> {
  const findings = await findingsOf(product)
  expect(findings.every(({ status }) => status === 'ACTIVE')).toBe(true)
  return findings.map(({ title }) => title).toSorted((a, b) => (a < b ? -1 : 1))
}

describe('a server that is killed', () => {
  it('ends the scan that it had begun after its restart, once, and loses and doubles no finding', async () => {
    const layers = [npmPackages({ alpha: '1.0.0' }), npmPackages({ beta: '2.0.0' })]
    const image = buildImage(layers)
    const slow = image.manifest.layers[1]?.digest ?? ''
    let isSlow = true
    registry.play('shop/api', (call, response) => {
      if (!isSlow || call.reference !== slow) return false
      response.writeHead(200, { 'content-length': 1000 })
      response.write('x')
      return true
    })
    registry.put('shop/api', '1.0', image)
    server = await start()
    added = await addRegistry(server, registry.url, 86_400)
    await eventually(
      async () => Promise.resolve(registry.calls.some(call => call.endsWith(slow))),
      'the scan waits for its slow layer',
    )
    expect(await findingsOf(server)).toEqual([])

    await server.kill('SIGKILL')
    isSlow = false
    const callsBefore = registry.calls.length
    server = await start()
    const running = server
    await eventually(
      async () => (await coverageOf(running))[0]?.reason === 'SUCCESSFUL',
      'the scan is completed',
      45_000,
    )

    // The kill may have come before the feeds were read: then the findings come with them, without another scan.
    await eventually(async () => (await titlesOf(running)).length > 0, 'the findings are there')
    expect(await titlesOf(running)).toEqual(twoFindings)
    const manifestReads = registry.calls
      .slice(callsBefore)
      .filter(call => call === `GET shop/api manifests ${image.manifest.digest}`)
    // Once to see what it is, once to scan it.
    expect(manifestReads.length).toBeLessThanOrEqual(2)
    expect(server.stderr().match(/image scan ended/g)).toHaveLength(1)
  }, 90_000)

  it('still has every finding that it has shown a moment before', async () => {
    const running = server ?? (await start())
    const digest = registry.put('shop/web', '1.0', buildImage([npmPackages({ alpha: '1.0.1', beta: '2.0.1' })]))
    const ofWeb = (product: RunningProduct) =>
      findingsOf(product, { ecrImageHash: [{ comparison: 'EQUALS', value: digest }] })
    await announcePush({ ...added, webhookUrl: running.url + new URL(added.webhookUrl).pathname }, 'shop/web', digest)
    const shown = await eventually(async () => {
      const findings = await ofWeb(running)
      return findings.length > 0 && findings
    }, 'findings are shown')
    await running.kill('SIGKILL')

    server = await start()

    expect(shown).toHaveLength(2)
    expect(await ofWeb(server)).toEqual(shown)
    expect(await findingsOf(server)).toHaveLength(4)
  }, 60_000)
})

describe('a second server in the same data directory', () => {
  it('ends with 3 and says who has it, and the first goes on', async () => {
    server ??= await start()

    const second = spawn(server.child.spawnfile, server.child.spawnargs.slice(1), {
      env: { ...server.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    second.stdout.on('data', (text: Buffer) => (output += text.toString()))
    second.stderr.on('data', (text: Buffer) => (output += text.toString()))
    const [code] = (await once(second, 'close')) as [number]

    expect(code).toBe(3)
    expect(output).toContain(`is in use by process ${server.child.pid}`)
    expect(output).not.toMatch(/^\s+at /m)
    expect(await coverageOf(server)).toHaveLength(2)
  }, 60_000)
})
