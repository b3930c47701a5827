import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { networkBetween, type NetworkBetween } from '../support/network-between.ts'
import { startAgent, type RunningAgent } from '../support/running-agent.ts'
import { eventually, removeHome, startProduct, temporaryHome, type RunningProduct } from '../support/running-product.ts'
import { coverageOf, findingsOf } from '../support/server-views.ts'
import { buildDeb, dpkg, makeDebianRoot, writeTrackerFeed } from '../support/small-deb.ts'

/** One machine and one data directory for the whole file: each test goes on where the one before ended. */
const home = temporaryHome()
const machine = mkdtempSync(join(tmpdir(), 'openinspector-machine-'))
const root = join(machine, 'root')
let port: number
let network: NetworkBetween
let server: RunningProduct
let agent: RunningAgent
let host: { readonly hostId: string; readonly resourceId: string; readonly token: string }

beforeAll(async () => {
  makeDebianRoot(root)
  writeTrackerFeed(join(home, 'feeds'), { shaky: 'CVE-2099-0001', wobbly: 'CVE-2099-0002', frail: 'CVE-2099-0003' })
  port = await freePort()
  network = await networkBetween(port)
  server = await startServer()
  await eventually(
    async () => Promise.resolve(/advisory sync ended/.test(server.stderr())),
    'advisories are there',
    60_000,
  )
  host = await server.post('/openinspector/hosts', { name: 'web-1' })
  writeFileSync(join(machine, 'token'), host.token, { mode: 0o600 })
  dpkg(root, '-i', buildDeb(machine, 'sound', '1.0-1'))
  agent = startTheAgent()
}, 120_000)

afterAll(async () => {
  await agent.kill('SIGKILL')
  await network.close()
  await server.kill('SIGKILL')
  removeHome(home)
  removeHome(machine)
})

function startServer(): Promise<RunningProduct> {
  const env = { OPENINSPECTOR_FEEDS: join(home, 'feeds'), OPENINSPECTOR_PORT: String(port) }
  return startProduct({ home, env })
}

function startTheAgent(): RunningAgent {
  const options = {
    server: `http://127.0.0.1:${network.port}`,
    'token-file': join(machine, 'token'),
    state: join(machine, 'state'),
    root,
    'longest-pause': '2',
  }
  return startAgent(Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]))
}

async function openFindings(): Promise<readonly string[]> {
  const findings = await findingsOf(server)
  return findings
    .filter(({ status }) => status === 'ACTIVE')
    .map(finding => finding.packageVulnerabilityDetails.vulnerabilityId)
    .sort()
}

async function untilOpen(ids: readonly string[], limitMs: number): Promise<number> {
  const from = Date.now()
  const has = async () => JSON.stringify(await openFindings()) === JSON.stringify(ids)
  await eventually(has, `open findings are ${ids.join(', ') || 'none'}`, limitMs)
  return Date.now() - from
}

describe('a machine with an agent', () => {
  it('is in coverage, and shows a vulnerable package within five seconds of its installation', async () => {
    await eventually(
      async () =>
        (await coverageOf(server)).some(one => one.resourceId === host.resourceId && one.reason === 'SUCCESSFUL'),
      'the machine is scanned',
    )
    dpkg(root, '-i', buildDeb(machine, 'shaky', '1.0-1'))

    expect(await untilOpen(['CVE-2099-0001'], 15_000)).toBeLessThan(5_000)
  })

  it('loses nothing of what happens while its server is away and it is killed itself', async () => {
    await server.kill('SIGKILL')
    dpkg(root, '-i', buildDeb(machine, 'wobbly', '1.0-1'))
    await eventually(async () => Promise.resolve(/task failed/.test(agent.stderr())), 'the agent finds nobody')
    await agent.kill('SIGKILL')
    dpkg(root, '-i', buildDeb(machine, 'frail', '1.0-1'))
    agent = startTheAgent()
    await eventually(async () => Promise.resolve(/task failed/.test(agent.stderr())), 'the new agent finds nobody')
    await sleep(2_000)

    server = await startServer()

    expect(await untilOpen(['CVE-2099-0001', 'CVE-2099-0002', 'CVE-2099-0003'], 30_000)).toBeLessThan(30_000)
  })

  it('closes a finding when the package is gone or fixed, and only that', async () => {
    dpkg(root, '-r', 'shaky')
    dpkg(root, '-i', buildDeb(machine, 'frail', '2.0-1'))

    expect(await untilOpen(['CVE-2099-0002'], 15_000)).toBeLessThan(15_000)
  })

  it('loses nothing of what happens in a minute without a network', async () => {
    network.cut()
    dpkg(root, '-i', buildDeb(machine, 'shaky', '1.0-1'))
    await sleep(30_000)
    dpkg(root, '-r', 'wobbly')
    dpkg(root, '-i', buildDeb(machine, 'frail', '1.0-1'))
    await sleep(32_000)
    expect(await openFindings()).toEqual(['CVE-2099-0002'])

    network.restore()

    expect(await untilOpen(['CVE-2099-0001', 'CVE-2099-0003'], 90_000)).toBeLessThan(90_000)
  })

  it('costs next to nothing while nothing happens', async () => {
    await sleep(3_000)
    const before = agent.cpuSeconds()
    await sleep(10_000)

    const [cpuSeconds, residentMib] = [agent.cpuSeconds() - before, agent.residentMib()]

    console.log(`idle for 10 s: ${cpuSeconds.toFixed(2)} s of processor time, ${residentMib.toFixed(1)} MiB resident`)
    expect(cpuSeconds).toBeLessThan(0.1)
    expect(residentMib).toBeLessThan(60)
  })

  it('is heard no more when an administrator removes it', async () => {
    const removed = await server.api.remove(`/openinspector/hosts/${host.hostId}`)

    expect(removed.ok).toBe(true)
    expect(await openFindings()).toEqual([])
    dpkg(root, '-i', buildDeb(machine, 'shaky', '1.0-1'))
    await eventually(async () => Promise.resolve(/answers 403/.test(agent.stderr())), 'the agent is refused')
    expect(await openFindings()).toEqual([])
  })
})
