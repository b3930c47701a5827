import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sha256, type BuiltImage } from './image-builder.ts'

/** What a repository does instead of answering; `true` when it has taken over the answer. */
export type Trick = (request: RegistryCall, response: ServerResponse) => boolean

export interface RegistryCall {
  readonly method: string
  readonly kind: 'manifests' | 'blobs' | 'tags' | 'other'
  readonly repository: string
  /** Tag or digest. */
  readonly reference: string
  readonly headers: IncomingMessage['headers']
}

interface Repository {
  readonly tags: Map<string, Buffer>
  readonly manifests: Map<string, Buffer>
  readonly blobs: Map<string, Buffer>
  trick: Trick | null
}

/** A registry in this process that serves what it was given, honestly or not. */
export interface HostileRegistry {
  /** `127.0.0.1:port` */
  readonly host: string
  readonly url: string
  /** Every call, as `GET shop/api manifests sha256:…`. */
  readonly calls: string[]
  /** Puts an image under a tag; its manifest's bytes may be anything. Returns the digest of those bytes. */
  put(repository: string, tag: string, image: Pick<BuiltImage, 'manifestBytes' | 'blobs'>): string
  /** A manifest without a tag, e.g. one that an index lists. */
  putManifest(repository: string, bytes: Buffer): string
  putBlob(repository: string, bytes: Buffer): string
  play(repository: string, trick: Trick | null): void
  /** Takes a manifest and its tags away. */
  remove(repository: string, digest: string): void
  close(): Promise<void>
}

const PATHS = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/?]+)/

export async function startHostileRegistry(): Promise<HostileRegistry> {
  const repositories = new Map<string, Repository>()
  const calls: string[] = []
  const server = createServer((request, response) => {
    const call = callOf(request)
    calls.push(`${call.method} ${call.repository} ${call.kind} ${call.reference}`)
    response.on('error', () => undefined)
    const repository = repositories.get(call.repository)
    if (repository?.trick?.(call, response) === true) return
    if (call.kind === 'other') answerOther(request, response, repositories)
    else if (repository === undefined) send(response, call, 404, '{}')
    else answer(call, response, repository)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  function repositoryOf(name: string): Repository {
    const known = repositories.get(name)
    if (known !== undefined) return known
    const made: Repository = { tags: new Map(), manifests: new Map(), blobs: new Map(), trick: null }
    repositories.set(name, made)
    return made
  }

  function putManifest(name: string, bytes: Buffer): string {
    const digest = sha256(bytes)
    repositoryOf(name).manifests.set(digest, bytes)
    return digest
  }

  return {
    host,
    url: `http://${host}`,
    calls,
    putManifest,
    put(name, tag, image) {
      const repository = repositoryOf(name)
      repository.tags.set(tag, image.manifestBytes)
      for (const [digest, bytes] of image.blobs) repository.blobs.set(digest, bytes)
      return putManifest(name, image.manifestBytes)
    },
    putBlob(name, bytes) {
      const digest = sha256(bytes)
      repositoryOf(name).blobs.set(digest, bytes)
      return digest
    },
    play(name, trick) {
      repositoryOf(name).trick = trick
    },
    remove(name, digest) {
      const repository = repositoryOf(name)
      repository.manifests.delete(digest)
      for (const [tag, bytes] of repository.tags) if (sha256(bytes) === digest) repository.tags.delete(tag)
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function callOf(request: IncomingMessage): RegistryCall {
  const [, repository = '', kind = 'other', reference = ''] = PATHS.exec(request.url ?? '') ?? []
  return {
    method: request.method ?? '',
    kind: kind === 'manifests' || kind === 'blobs' || kind === 'tags' ? kind : 'other',
    repository,
    reference: decodeURIComponent(reference),
    headers: request.headers,
  }
}

function answerOther(
  request: IncomingMessage,
  response: ServerResponse,
  repositories: ReadonlyMap<string, Repository>,
): void {
  const isCatalog = request.url?.startsWith('/v2/_catalog') === true
  const body = isCatalog ? { repositories: [...repositories.keys()] } : {}
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

function answer(call: RegistryCall, response: ServerResponse, repository: Repository): void {
  if (call.kind === 'tags') {
    send(response, call, 200, JSON.stringify({ name: call.repository, tags: [...repository.tags.keys()] }))
    return
  }
  const { reference } = call
  const bytes =
    call.kind === 'blobs'
      ? repository.blobs.get(reference)
      : (repository.tags.get(reference) ?? repository.manifests.get(reference))
  if (bytes === undefined) return send(response, call, 404, '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
  if (call.kind === 'manifests') response.setHeader('docker-content-digest', sha256(bytes))
  send(response, call, 200, bytes)
}

function send(response: ServerResponse, call: RegistryCall, status: number, body: string | Buffer): void {
  response.statusCode = status
  if (!response.hasHeader('content-type')) response.setHeader('content-type', typeOf(call, body))
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(call.method === 'HEAD' ? undefined : body)
}

function typeOf(call: RegistryCall, body: string | Buffer): string {
  if (call.kind !== 'manifests') return call.kind === 'blobs' ? 'application/octet-stream' : 'application/json'
  const mediaType = /"mediaType":"([^"]+)"/.exec(body.toString('latin1').slice(0, 200))?.[1]
  return mediaType ?? 'application/vnd.oci.image.manifest.v1+json'
}
