import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { fakeEcosystems } from '../../test/support/fake-ecosystems.ts'
import { buildImage, sha256 } from '../../test/support/image-builder.ts'
import { parseDigest } from '../domain/ids.ts'
import { nodeHttp } from '../system/http-client.ts'
import { nodeFileTree } from '../system/file-tree.ts'
import { containersStorageSource } from './containers-storage-source.ts'
import { imageArchiveSource } from './docker-archive-source.ts'
import type { ImageManifest, ImageSource } from './image.ts'
import { ociLayoutSource } from './oci-layout-source.ts'
import { readImage } from './read-image.ts'
import { listRepositories, listTags } from './registry-listing.ts'
import { manifestExists, registrySource, resolveTag } from './registry-source.ts'

const run = promisify(execFile)
// bcrypt of "correct-horse", cost 5: a password of this test and of nothing else.
const HTPASSWD = 'scanner:$2y$05$vlAIJFCcJToIoziGtXEcHusD0945U3B7qNmVU7Erlpi4HKuYz9OJC'
const credentials = { username: 'scanner', password: 'correct-horse' }
const http = nodeHttp()
let directory = ''
let registry: ChildProcess | null = null
let host = ''

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

async function copy(from: string, to: string, ...options: string[]): Promise<void> {
  const signed = ['--insecure-policy', 'copy', '--dest-tls-verify=false', '--src-tls-verify=false', ...options]
  const login = ['--dest-creds', 'scanner:correct-horse']
  // The overlay driver mounts its folder over itself: in a name space of its own that ends with the program.
  await run('unshare', ['-m', 'skopeo', ...signed, ...(to.startsWith('docker://') ? login : []), from, to])
}

async function writeLayout(name: string): Promise<string> {
  const layout = join(directory, name)
  const images = ['amd64', 'arm64'].map(architecture =>
    buildImage(
      [
        [
          { path: 'etc/os-release', content: 'debian' },
          { path: 'app/package.json', content: `${architecture} 1` },
        ],
      ],
      { architecture },
    ),
  )
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
  const blobs = images.flatMap(image => [...image.blobs.values(), image.manifestBytes])
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const manifests = images.map((image, at) => ({
    mediaType: image.manifest.mediaType,
    digest: image.manifest.digest,
    size: image.manifestBytes.length,
    platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
  }))
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  for (const blob of [...blobs, index]) await writeFile(join(layout, 'blobs/sha256', sha256(blob).slice(7)), blob)
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const top = [{ mediaType, digest: sha256(index), size: index.length }]
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: top }))
  return layout
}

async function packagesOf(source: ImageSource, selector: string | null): Promise<string[]> {
  const found = await source.manifests(selector)
  if (!found.ok) throw new Error(JSON.stringify(found.error))
  const names: string[] = []
  for (const manifest of found.value) {
    const cache = { get: async () => null, async put() {} }
    const result = await readImage(source, manifest, { ecosystems: fakeEcosystems, cache })
    if (!result.ok) throw new Error(JSON.stringify(result.error))
    names.push(...result.value.inventory.packages.map(({ name }) => `${name}/${result.value.config.architecture}`))
  }
  return names
}

async function manifestsOf(source: ImageSource, selector: string): Promise<readonly ImageManifest[]> {
  const found = await source.manifests(selector)
  if (!found.ok) throw new Error(JSON.stringify(found.error))
  return found.value
}

/** Plain HTTP, as a client for artifacts speaks it. */
async function ask(
  method: string,
  path: string,
  body?: Buffer,
  mediaType = 'application/octet-stream',
): Promise<Response> {
  const authorization = `Basic ${Buffer.from('scanner:correct-horse').toString('base64')}`
  const url = new URL(path, `http://${host}`)
  const headers = { authorization, 'content-type': mediaType }
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(body) }) })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer
}

async function pushBlob(bytes: Buffer): Promise<{ readonly digest: string; readonly size: number }> {
  const started = await ask('POST', '/v2/team/app/blobs/uploads/')
  const upload = new URL(started.headers.get('location') ?? '', `http://${host}`)
  upload.searchParams.set('digest', sha256(bytes))
  await ask('PUT', `${upload.pathname}${upload.search}`, bytes)
  return { digest: sha256(bytes), size: bytes.length }
}

async function pushManifest(reference: string, mediaType: string, bytes: Buffer): Promise<void> {
  await ask('PUT', `/v2/team/app/manifests/${reference}`, bytes, mediaType)
}

describe('a registry of Debian, filled by skopeo', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'openinspector-registry-'))
    const port = await freePort()
    host = `127.0.0.1:${port}`
    await writeFile(join(directory, 'htpasswd'), `${HTPASSWD}\n`)
    const config = {
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
      http: { addr: host },
      auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } },
    }
    await writeFile(join(directory, 'config.yml'), JSON.stringify(config))
    registry = spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: 'ignore' })
    for (let tries = 0; ; tries += 1) {
      const sent = await http.send(`http://${host}/v2/`, { limitBytes: 1000, idleTimeoutMs: 1000, redirects: 'none' })
      if (sent.ok) {
        await sent.value.discard()
        break
      }
      if (tries > 100) throw new Error('docker-registry does not answer')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    const layout = await writeLayout('layout')
    await copy(`oci:${layout}`, `docker://${host}/team/app:multi`, '--all')
    await copy(`oci:${layout}`, `docker://${host}/team/app:zstd`, '--all', '--dest-compress-format', 'zstd')
    await copy(`oci:${layout}`, `docker://${host}/team/app:v2s2`, '--override-arch', 'arm64', '--format', 'v2s2')
    await copy(`oci:${layout}`, `docker-archive:${join(directory, 'app.tar')}:team/app:1`, '--override-arch', 'amd64')
    await copy(`oci:${layout}`, `oci-archive:${join(directory, 'oci.tar')}:one`, '--override-arch', 'amd64')
  })

  afterAll(async () => {
    registry?.kill()
    http.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('reads every platform of an index, from the registry and from the layout', async () => {
    const source = registrySource(http, { url: `http://${host}`, repository: 'team/app', credentials })

    expect(await packagesOf(source, 'multi')).toEqual(['amd64/amd64', 'arm64/arm64'])
    expect(await packagesOf(source, 'zstd')).toEqual(['amd64/amd64', 'arm64/arm64'])
    expect(await packagesOf(source, 'v2s2')).toEqual(['arm64/arm64'])
    expect(await packagesOf(ociLayoutSource(nodeFileTree(join(directory, 'layout'))), null)).toHaveLength(2)
  })

  it.each(['overlay', 'vfs'])('reads the image store that skopeo filled with the driver %s', async driver => {
    const root = join(directory, driver)
    const store = `[${driver}@${root}+${join(directory, 'run')}]`
    await copy(
      `oci:${join(directory, 'layout')}`,
      `containers-storage:${store}localhost/team/app:1`,
      '--override-arch',
      'arm64',
    )
    const source = containersStorageSource(path => nodeFileTree(join(root, path)))

    expect(await packagesOf(source, 'team/app:1')).toEqual(['arm64/arm64'])
  })

  it('names artifacts and what is attached to an image, and reads neither as an image', async () => {
    const source = registrySource(http, { url: `http://${host}`, repository: 'team/app', credentials })
    const [image] = await manifestsOf(source, 'v2s2')
    if (image === undefined) throw new Error('no image')
    const empty = await pushBlob(Buffer.from('{}'))
    const config = { ...empty, mediaType: 'application/vnd.oci.empty.v1+json' }
    const sbom = { ...(await pushBlob(Buffer.from('{"spdxVersion":"SPDX-2.3"}'))), mediaType: 'application/spdx+json' }
    const chart = { ...empty, mediaType: 'application/vnd.cncf.helm.config.v1+json' }
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const subject = { mediaType: image.mediaType, digest: image.digest, size: 1 }
    const attached = {
      schemaVersion: 2,
      mediaType,
      artifactType: 'application/spdx+json',
      config,
      layers: [sbom],
      subject,
    }
    const bytes = Buffer.from(JSON.stringify(attached))
    const tag = image.digest.replace(':', '-')
    await pushManifest(
      'chart',
      mediaType,
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: chart, layers: [] })),
    )
    await pushManifest(sha256(bytes), mediaType, bytes)
    const entry = { mediaType, digest: sha256(bytes), size: bytes.length, artifactType: 'application/spdx+json' }
    const index = 'application/vnd.oci.image.index.v1+json'
    await pushManifest(
      tag,
      index,
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: [entry] })),
    )
    await pushManifest(`${tag}.sig`, mediaType, bytes)

    expect(await source.manifests('chart')).toMatchObject({ error: { is: 'artifact', kind: 'a Helm chart' } })
    expect(await source.manifests(tag)).toMatchObject({ error: { is: 'artifact', kind: 'an SBOM' } })
    expect(await source.referrers?.(image.digest)).toEqual({
      ok: true,
      value: [{ digest: sha256(bytes), artifactType: 'application/spdx+json', kind: 'an SBOM' }],
    })
  })

  it('misses an image whose manifest was deleted, under its tag and its digest', async () => {
    const source = registrySource(http, { url: `http://${host}`, repository: 'team/gone', credentials })
    await copy(`oci:${join(directory, 'layout')}`, `docker://${host}/team/gone:1`, '--override-arch', 'amd64')
    const [image] = await manifestsOf(source, '1')
    if (image === undefined) throw new Error('no image')

    await ask('DELETE', `/v2/team/gone/manifests/${image.digest}`)

    expect(await source.manifests('1')).toMatchObject({ error: { is: 'not-found' } })
    expect(await manifestExists(http, { url: `http://${host}`, credentials }, 'team/gone', image.digest)).toEqual({
      ok: true,
      value: false,
    })
  })

  it.each([
    ['app.tar', 'docker.io/team/app:1'],
    ['oci.tar', 'one'],
  ])('reads the archive %s', async (file, name) => {
    const opened = await nodeFileTree(directory).open(file)
    if (!opened.ok) throw new Error(opened.error.is)
    const source = await imageArchiveSource(opened.value)

    const names = source.ok ? [await packagesOf(source.value, null), await packagesOf(source.value, name)] : []
    await opened.value.close()

    expect(names).toEqual([['amd64/amd64'], ['amd64/amd64']])
  })

  it('lists repositories and tags, resolves a tag, and knows which manifests exist', async () => {
    const address = { url: `http://${host}`, credentials }

    const digest = await resolveTag(http, address, 'team/app', 'v2s2')

    const repositories = await listRepositories(http, address)
    expect(repositories.ok && repositories.value).toContain('team/app')
    const tags = await listTags(http, address, 'team/app')
    expect(tags.ok && tags.value).toEqual(expect.arrayContaining(['multi', 'v2s2', 'zstd']))
    const nowhere = parseDigest(`sha256:${'0'.repeat(64)}`)!
    expect(digest.ok && (await manifestExists(http, address, 'team/app', digest.value))).toEqual({
      ok: true,
      value: true,
    })
    expect(await manifestExists(http, address, 'team/app', nowhere)).toEqual({ ok: true, value: false })
  })

  it('says that access is denied without or with wrong credentials', async () => {
    for (const wrong of [null, { username: 'scanner', password: 'guess' }]) {
      const source = registrySource(http, { url: `http://${host}`, repository: 'team/app', credentials: wrong })
      expect(await source.manifests('multi')).toMatchObject({ ok: false, error: { is: 'access-denied' } })
    }
  })
})
