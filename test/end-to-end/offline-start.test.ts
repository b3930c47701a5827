import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { eventually, removeHome, startProduct, temporaryHome, type RunningProduct } from '../support/running-product.ts'
import { coverageOf, findingsOf } from '../support/server-views.ts'
import { npmFeedFile, writeNpmFeed } from '../support/small-feeds.ts'

let server: RunningProduct | null = null
let mirror: Server | null = null
const homes: string[] = []

afterEach(async () => {
  await server?.kill('SIGKILL')
  mirror?.closeAllConnections()
  mirror?.close()
  for (const home of homes.splice(0)) removeHome(home)
})

/** A small machine to scan: a package that the bundled advisories know, and one that only the feed of the test knows. */
function aHost(): { readonly home: string; readonly root: string } {
  const home = temporaryHome()
  homes.push(home)
  const root = join(home, 'machine')
  const stanza = ['Package: polkit', 'Source: policykit-1', 'Status: install ok installed', 'Architecture: amd64']
  const files = {
    'etc/os-release': 'ID=debian\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\n',
    'etc/machine-id': `${'0123456789abcdef'.repeat(2)}\n`,
    'var/lib/dpkg/status': `${[...stanza, 'Version: 0.105-31'].join('\n')}\n\n`,
    'srv/app/node_modules/alpha/package.json': '{"name":"alpha","version":"1.0.0"}',
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return { home, root }
}

/** Runs a program where there is no network but its own loopback; `null` where we may not make such a place. */
function withoutNetwork(): readonly string[] | null {
  const enter = 'ip link set lo up && exec "$@"'
  const asRoot = ['unshare', '-n', 'sh', '-c', enter, 'sh']
  const asAnyone = ['unshare', '-r', '-n', 'sh', '-c', enter, 'sh']
  return (
    [asRoot, asAnyone].find(([program = '', ...args]) => spawnSync(program, [...args, 'true']).status === 0) ?? null
  )
}

/** What it said of the feeds and of this machine. */
async function whatItSays(product: RunningProduct): Promise<{ readonly said: string; readonly host: string }> {
  const said = await eventually(
    async () => Promise.resolve(/Advisories not fetched: [^\n]+/.exec(product.stderr())?.[0]),
    'it says that nothing could be fetched',
  )
  const host = await eventually(
    async () =>
      Promise.resolve(
        /This machine \(mi-[0-9a-f]{17}\): [^\n]+\n.*CVE-2021-4034 - polkit/s.exec(product.stdout())?.[0],
      ),
    'it shows its own findings',
  )
  return { said, host }
}

const STARTER = /Advisories: only \d+ starter advisories of \d{4}-\d\d-\d\d for .*Debian/
/** One flaw, and the end of Debian 11 itself. */
const HOST = /: 2 findings: 1 CRITICAL, 1 HIGH\n.*\bPlatform End Of Life\b/s
const NOT_FETCHED = /cannot (fetch|reach) .*Going on with what is here\.$/

describe('a first start without a network', () => {
  const wrapper = withoutNetwork()

  it.skipIf(wrapper === null)(
    'serves, says that it could not fetch, and uses the bundled advisories (needs the right to make a network namespace)',
    async () => {
      const { home, root } = aHost()
      const startedAt = Date.now()

      server = await startProduct({
        home,
        wrapper: wrapper ?? [],
        env: { OPENINSPECTOR_HOST_SCAN: 'on', OPENINSPECTOR_HOST_ROOT: root },
      })

      expect(Date.now() - startedAt).toBeLessThan(30_000)
      expect(server.stdout()).toMatch(STARTER)
      expect(await whatItSays(server)).toEqual({
        said: expect.stringMatching(NOT_FETCHED) as string,
        host: expect.stringMatching(HOST) as string,
      })
    },
    60_000,
  )

  it('goes on from there when the feeds can be reached again', async () => {
    const { home, root } = aHost()
    const port = await freePort()
    const startedAt = Date.now()
    server = await startProduct({
      home,
      env: {
        OPENINSPECTOR_FEEDS: `http://127.0.0.1:${port}`,
        OPENINSPECTOR_HOST_SCAN: 'on',
        OPENINSPECTOR_HOST_ROOT: root,
      },
    })
    expect(Date.now() - startedAt).toBeLessThan(30_000)
    expect(server.stdout()).toMatch(STARTER)
    expect(await whatItSays(server)).toEqual({
      said: expect.stringMatching(NOT_FETCHED) as string,
      host: expect.stringMatching(HOST) as string,
    })
    const running = server
    const before = await findingsOf(running)
    expect(before.map(({ title }) => title).sort()).toEqual(['CVE-2021-4034 - polkit', 'Platform End Of Life'])

    const feeds = join(home, 'feeds')
    writeNpmFeed(feeds, [{ id: 'CVE-2001-0001', packageName: 'alpha', fixed: '1.5.0' }])
    const zip = readFileSync(npmFeedFile(feeds))
    mirror = createServer((request, response) => {
      const isNpm = request.url === '/osv/npm/all.zip'
      response.writeHead(isNpm ? 200 : 404).end(isNpm ? zip : '')
    })
    await new Promise<void>(resolve => mirror?.listen(port, '127.0.0.1', resolve))
    await running.post('/openinspector/advisories/sync', {})
    await eventually(async () => (await findingsOf(running)).length === 3, 'the new advisories are in use')

    const titles = (await findingsOf(running)).map(({ title, status }) => `${title} ${status}`)
    expect(new Set(titles)).toEqual(
      new Set(['CVE-2001-0001 - alpha ACTIVE', 'CVE-2021-4034 - polkit ACTIVE', 'Platform End Of Life ACTIVE']),
    )
    expect((await coverageOf(running)).map(({ reason }) => reason)).toEqual(['SUCCESSFUL'])
  }, 60_000)
})
