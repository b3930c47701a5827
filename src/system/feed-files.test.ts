import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HttpBodyError } from '../base/http.ts'
import type { Http } from '../base/http.ts'
import { ok } from '../base/result.ts'
import { feedFilesAt, feedFilesFor, folderFeedFiles, httpFeedFiles } from './feed-files.ts'
import { nodeHttp } from './http-client.ts'

const FIRST = { validator: null, limitBytes: 1_000 }

/** An `Http` that gives one answer and remembers what it was asked. */
function fakeHttp(status: number, headers: Record<string, string>, body: () => AsyncIterable<Uint8Array>) {
  const asked: { url: string; headers: Readonly<Record<string, string>> }[] = []
  const http: Http = {
    send(url, request) {
      asked.push({ url, headers: request.headers ?? {} })
      return Promise.resolve(ok({ status, headers, url, body: body(), discard: async () => {} }))
    },
  }
  return { http, asked }
}

async function* bytes(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk))
}

describe('folderFeedFiles', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'feed-files-'))
    mkdirSync(join(folder, 'npm'))
    writeFileSync(join(folder, 'npm/all.zip'), 'content')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('answers unchanged while the content is the same', async () => {
    const files = folderFeedFiles(folder)
    const first = await files.fetch('npm/all.zip', FIRST)
    if (!first.ok || first.value === 'unchanged') throw new Error('expected the file')
    expect(first.value.validator).toBe(`sha256:${createHash('sha256').update('content').digest('hex')}`)

    writeFileSync(join(folder, 'npm/all.zip'), 'content')
    expect(await files.fetch('npm/all.zip', { ...FIRST, validator: first.value.validator })).toEqual(ok('unchanged'))
    writeFileSync(join(folder, 'npm/all.zip'), 'CONTENT')
    expect(await files.fetch('npm/all.zip', { ...FIRST, validator: first.value.validator })).not.toEqual(
      ok('unchanged'),
    )
  })

  it.each([
    ['a missing file', 'npm/none.zip', 'not-found'],
    ['a folder', 'npm', 'not-found'],
    ['a path that climbs out', '../../etc/passwd', 'not-found'],
    ['an absolute path', '/etc/passwd', 'not-found'],
    ['a loop of links', 'loop', 'unreachable'],
  ])('refuses %s', async (_what, path, is) => {
    symlinkSync('loop', join(folder, 'loop'))

    expect(await folderFeedFiles(folder).fetch(path, FIRST)).toMatchObject({ ok: false, error: { is } })
  })

  it('refuses a file beyond the limit', async () => {
    const answer = await folderFeedFiles(folder).fetch('npm/all.zip', { validator: null, limitBytes: 3 })

    expect(answer).toMatchObject({ ok: false, error: { is: 'too-large', limitBytes: 3 } })
  })
})

describe('httpFeedFiles', () => {
  it('sends the validator of the last answer, and credentials only as a header', async () => {
    const { http, asked } = fakeHttp(304, {}, bytes)
    const files = httpFeedFiles(http, 'https://user:p%40ss@mirror.example/feeds/')

    const answer = await files.fetch('GitHub Actions/all.zip', { ...FIRST, validator: 'etag "1"' })

    expect(answer).toEqual(ok('unchanged'))
    expect(files.base).toBe('https://mirror.example/feeds')
    expect(asked).toEqual([
      {
        url: 'https://mirror.example/feeds/GitHub%20Actions/all.zip',
        headers: {
          accept: '*/*',
          authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
          'if-none-match': '"1"',
        },
      },
    ])
  })

  it.each([
    [404, {}, 'not-found', 'there is none'],
    [503, {}, 'unreachable', 'the server is down'],
    [304, {}, 'unreachable', 'not modified although nothing was held'],
    [200, { 'content-type': 'text/html; charset=utf-8' }, 'malformed', 'a login page'],
    [200, { 'content-length': '9' }, 'unreachable', 'a body that ends early'],
  ])('status %i with %j is %s: %s', async (status, headers, is, _what) => {
    const { http } = fakeHttp(status, headers, () => bytes('abc'))

    expect(await httpFeedFiles(http, 'http://m.example').fetch('a', FIRST)).toMatchObject({ ok: false, error: { is } })
  })

  it('gives up a body that stalls, and one that only drips', async () => {
    const stalling = fakeHttp(200, {}, async function* () {
      yield await Promise.resolve(Buffer.from('a'))
      throw new HttpBodyError('stalled', 'no bytes')
    })
    expect(await httpFeedFiles(stalling.http, 'http://m.example').fetch('a', FIRST)).toMatchObject({
      error: { is: 'unreachable', detail: 'the answer stalled' },
    })

    let now = 0
    const dripping = fakeHttp(200, {}, () => bytes('d', 'r', 'i', 'p'))
    const files = httpFeedFiles(dripping.http, 'http://m.example', { now: () => (now += 1_000_000) })
    expect(await files.fetch('a', FIRST)).toMatchObject({ error: { is: 'unreachable' } })
  })

  it('refuses a body beyond the limit', async () => {
    const { http } = fakeHttp(200, {}, () => bytes('x'.repeat(600), 'x'.repeat(600)))

    expect(await httpFeedFiles(http, 'http://m.example').fetch('a', FIRST)).toMatchObject({
      error: { is: 'too-large' },
    })
  })
})

describe('httpFeedFiles over a real connection', () => {
  let server: Server

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}`
  }

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('fetches once, then hears that nothing changed', async () => {
    const base = await serve((request, response) => {
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end()
      else response.writeHead(200, { etag: '"v1"' }).end('zip bytes')
    })
    const files = httpFeedFiles(nodeHttp(), base)

    const first = await files.fetch('npm/all.zip', FIRST)

    expect(first).toMatchObject({ ok: true, value: { validator: 'etag "v1"' } })
    expect(await files.fetch('npm/all.zip', { ...FIRST, validator: 'etag "v1"' })).toEqual(ok('unchanged'))
  })

  it('notices a connection that breaks inside the body', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('some')
      setTimeout(() => response.destroy(), 20)
    })

    expect(await httpFeedFiles(nodeHttp(), base).fetch('a', FIRST)).toMatchObject({ error: { is: 'unreachable' } })
  })
})

describe('where feeds are', () => {
  const { http } = fakeHttp(404, {}, bytes)

  it.each([
    ['/srv/feeds', '/srv/feeds'],
    ['./feeds', './feeds'],
    [pathToFileURL('/srv/feeds').href, '/srv/feeds'],
    ['https://mirror.example/x/', 'https://mirror.example/x'],
  ])('%s is read', (base, shown) => {
    const files = feedFilesAt(base, http)

    expect(files.ok && files.value.base).toBe(shown)
  })

  it.each(['', 'ftp://mirror.example', 'file://other-host/srv', 'https://'])('%j is refused', base => {
    expect(feedFilesAt(base, http).ok).toBe(false)
  })

  it('looks for a folder of the feed in a mirror, and at the public upstream for its own layout', () => {
    const baseOf = (mirror: string | null, feed = 'osv') => {
      const files = feedFilesFor(feed, mirror, http)
      return files.ok ? files.value.base : files.error
    }

    expect(baseOf('/srv/feeds/')).toBe('/srv/feeds/osv')
    expect(baseOf(null)).toBe('https://storage.googleapis.com/osv-vulnerabilities')
    expect(baseOf('https://storage.googleapis.com/osv-vulnerabilities/')).toBe(baseOf(null))
    expect(baseOf('https://mirror.example/x', 'nvd')).toBe('https://mirror.example/x/nvd/feeds/json/cve/2.0')
    expect(baseOf(null, 'nvd')).toBe('https://nvd.nist.gov/feeds/json/cve/2.0')
    expect(baseOf('/srv/feeds', 'amazon-linux')).toBe('/srv/feeds/amazon-linux')
    expect(baseOf(null, 'debian-tracker')).toBe('https://security-tracker.debian.org')
    expect(baseOf('/srv/feeds', 'kev')).toBe('/srv/feeds/kev')
    expect(baseOf('/srv/feeds', 'unheard-of')).toBe('no place is known for the feed unheard-of')
  })

  it('asks NVD’s interface with the key, a mirror’s without it, and none of a folder', async () => {
    const { http: asking, asked } = fakeHttp(404, {}, bytes)
    const keys = { nvd: 'secret-key' }
    for (const mirror of [null, 'https://u:p@mirror.example/x/?y', '/srv/feeds']) {
      const files = feedFilesFor('nvd', mirror, asking, keys)
      if (!files.ok) throw new Error(files.error)
      await files.value.api?.ask({ startIndex: '0' }, 10)
    }
    const other = feedFilesFor('kev', 'https://mirror.example', asking, keys)

    expect(other.ok && other.value.api).toBeUndefined()
    expect(asked).toEqual([
      {
        url: 'https://services.nvd.nist.gov/rest/json/cves/2.0?startIndex=0',
        headers: { accept: 'application/json', apikey: 'secret-key' },
      },
      {
        url: 'https://mirror.example/x/nvd/rest/json/cves/2.0?startIndex=0',
        headers: { accept: 'application/json', authorization: `Basic ${Buffer.from('u:p').toString('base64')}` },
      },
    ])
  })

  it('asks nobody for a feed that only mirrors have', async () => {
    const asking = fakeHttp(200, {}, async function* () {})
    const files = feedFilesFor('vulnrichment', null, asking.http)
    if (!files.ok) throw new Error(files.error)

    expect(await files.value.fetch('vulnrichment.zip', FIRST)).toMatchObject({ error: { is: 'not-found' } })
    expect(asking.asked).toEqual([])
  })

  it('goes to another upstream for the files of a feed that stand elsewhere', async () => {
    const asking = fakeHttp(404, {}, bytes)
    const files = feedFilesFor('debian-tracker', null, asking.http)
    if (!files.ok) throw new Error(files.error)
    await files.value.fetch('tracker/data/json', FIRST)
    await files.value.fetch('data/DSA/list', FIRST)

    expect(asking.asked.map(({ url }) => url)).toEqual([
      'https://security-tracker.debian.org/tracker/data/json',
      'https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DSA/list',
    ])
  })
})

describe('addresses that a mirror list names', () => {
  const { http } = fakeHttp(404, {}, bytes)
  const upstream = httpFeedFiles(http, 'https://cdn.example/x', { followedHosts: ['.mirrors.example'] })

  it.each<[string, string | undefined, string]>([
    ['https://cdn.example/y/', 'https://cdn.example/y', 'the same server'],
    ['https://a.mirrors.example/y', 'https://a.mirrors.example/y', 'a host that may be named'],
    ['https://mirrors.example.evil/y', undefined, 'another host'],
    ['http://a.mirrors.example/y', undefined, 'one without TLS'],
    ['https://a.mirrors.example:8443/y', undefined, 'another port'],
    ['https://169.254.169.254/', undefined, 'an address of the network that this runs in'],
    ['file:///etc', undefined, 'a file'],
    ['not an address', undefined, 'none'],
  ])('%s leads to %s: %s', (address, base, _what) => {
    expect(upstream.below?.(address)?.base).toBe(base)
  })

  it('carry credentials only to the server that has them already', async () => {
    const { http: asking, asked } = fakeHttp(404, {}, bytes)
    const files = httpFeedFiles(asking, 'https://u:p@cdn.example/x', { followedHosts: ['.mirrors.example'] })
    await files.below?.('https://cdn.example/y')?.fetch('a', FIRST)
    await files.below?.('https://u2:p2@a.mirrors.example/y')?.fetch('a', FIRST)

    expect(asked.map(({ headers }) => headers['authorization'])).toEqual([
      `Basic ${Buffer.from('u:p').toString('base64')}`,
      undefined,
    ])
  })

  it.each<[string, string | undefined]>([
    ['@BASE@/amazon-linux/core/', '/srv/feeds/amazon-linux/core'],
    ['@BASE@/../../etc', undefined],
    ['@BASE@/', undefined],
    ['/etc', undefined],
    ['https://cdn.example/', undefined],
  ])('in a folder: %s leads to %s', (address, base) => {
    expect(folderFeedFiles('/srv/feeds').below?.(address)?.base).toBe(base)
  })

  it('are resolved against the whole mirror, not against the folder of the feed', () => {
    const files = feedFilesFor('amazon-linux', '/srv/feeds', http)

    expect(files.ok && files.value.below?.('@BASE@/amazon-linux/core')?.base).toBe('/srv/feeds/amazon-linux/core')
  })
})
