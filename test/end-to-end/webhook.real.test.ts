import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import {
  credentialsOf,
  eventually,
  removeHome,
  startCommand,
  startProduct,
  temporaryHome,
  type RunningProduct,
} from '../support/running-product.ts'
import { pushImage, startRegistry, type RunningRegistry } from '../support/running-registry.ts'
import { announcePush, coverageOf, findingsOf, type ListedFinding } from '../support/server-views.ts'
import { npmPackages, SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

const home = temporaryHome()
const feeds = join(home, 'feeds')
let server: RunningProduct
let registry: RunningRegistry
let hook: { readonly webhookUrl: string; readonly webhookToken: string }

beforeAll(async () => {
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  server = await startProduct({ home, env: { OPENINSPECTOR_FEEDS: feeds } })
  const port = await freePort()
  const { accessKeyId, secretAccessKey } = credentialsOf(home)
  const added = await startCommand(
    ['registry', 'add', `http://127.0.0.1:${port}`, '--poll-seconds', '86400', '--url', server.url],
    { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1' },
  )
  const [, webhookUrl = '', webhookToken = ''] = /url:\s+(\S+)\s+Authorization: Bearer (\S+)/.exec(added.stdout) ?? []
  hook = { webhookUrl, webhookToken }
  registry = await startRegistry(join(home, 'registry'), port, { url: webhookUrl, token: webhookToken })
})

afterAll(async () => {
  await registry?.stop()
  await server?.kill('SIGTERM')
  removeHome(home)
})

function findingsOfImage(digest: string): Promise<readonly ListedFinding[]> {
  return findingsOf(server, { ecrImageHash: [{ comparison: 'EQUALS', value: digest }] })
}

describe("a registry's notification webhook", () => {
  it('leads from a push to findings, and from a deletion to CLOSED, each within five seconds', async () => {
    const digest = pushImage(home, `${registry.host}/shop/api:1.0`, npmPackages({ alpha: '1.0.0', beta: '1.0.0' }))
    const pushedAt = Date.now()
    const opened = await eventually(async () => {
      const found = await findingsOfImage(digest)
      return found.length > 0 && found
    }, 'the image is scanned')
    const openedMs = Date.now() - pushedAt

    await fetch(`http://${registry.host}/v2/shop/api/manifests/${digest}`, { method: 'DELETE' })
    const deletedAt = Date.now()
    const closed = await eventually(async () => {
      const found = await findingsOfImage(digest)
      return found.every(({ status }) => status === 'CLOSED') && found
    }, 'the findings are closed')
    const closedMs = Date.now() - deletedAt

    expect(opened.map(({ title }) => title).toSorted()).toEqual(['CVE-2001-0001 - alpha', 'CVE-2001-0002 - beta'])
    expect(openedMs).toBeLessThan(5_000)
    expect(closedMs).toBeLessThan(5_000)
    expect(closed.map(({ findingArn }) => findingArn)).toEqual(opened.map(({ findingArn }) => findingArn))
    expect((await coverageOf(server)).filter(({ resourceId }) => resourceId.endsWith(digest))).toEqual([])
  })

  it('covers a tag that moves, and keeps the image that it left', async () => {
    const old = pushImage(home, `${registry.host}/shop/web:2.0`, npmPackages({ alpha: '1.0.0' }))
    await eventually(async () => (await findingsOfImage(old)).length > 0, 'the first image is scanned')

    const fixed = pushImage(home, `${registry.host}/shop/web:2.0`, npmPackages({ alpha: '1.5.0' }))
    await eventually(async () => {
      const image = (await coverageOf(server)).find(({ resourceId }) => resourceId.endsWith(fixed))
      return image?.reason === 'SUCCESSFUL'
    }, 'the second image is scanned')

    expect(await findingsOfImage(fixed)).toEqual([])
    expect((await findingsOfImage(old)).map(({ status }) => status)).toEqual(['ACTIVE'])
    const tagged = await findingsOf(server, { ecrImageTags: [{ comparison: 'EQUALS', value: '2.0' }] })
    expect(tagged).toEqual([])
  })

  it('does nothing for a wrong token', async () => {
    const before = await coverageOf(server)
    const digest = `sha256:${'0'.repeat(64)}`

    const wrong = await announcePush({ ...hook, webhookToken: 'x'.repeat(43) }, 'shop/api', digest)
    const other = await announcePush(
      { ...hook, webhookUrl: hook.webhookUrl.replace(/reg-.{16}/, 'reg-0000000000000000') },
      'shop/api',
      digest,
    )
    await new Promise(resolve => setTimeout(resolve, 1_000))

    expect([wrong, other]).toEqual([403, 403])
    expect(await coverageOf(server)).toEqual(before)
  })
})
