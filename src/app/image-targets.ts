import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import { parseDigest, type Digest } from '../domain/ids.ts'
import { containersStorageSource } from '../inventory/containers-storage-source.ts'
import { describeImageError } from '../inventory/describe-image-error.ts'
import { imageArchiveSource } from '../inventory/docker-archive-source.ts'
import { parseEcrHost } from '../inventory/ecr-host.ts'
import type { ImageError, ImageSource } from '../inventory/image.ts'
import type { ImageReference } from '../inventory/image-reference.ts'
import { ociLayoutSource } from '../inventory/oci-layout-source.ts'
import { registryUrlOf, type RegistryAddress } from '../inventory/registry-client.ts'
import { registrySource } from '../inventory/registry-source.ts'
import { nodeFileTree } from '../system/file-tree.ts'
import { nodeHttp } from '../system/http-client.ts'
import { ecrClients } from './ecr-clients.ts'
import { loginOfConfigFiles, loginOfEnvironment } from './registry-login.ts'

export type ImageTarget =
  | { readonly is: 'registry'; readonly reference: ImageReference }
  | { readonly is: 'oci-layout'; readonly path: string; readonly tag: string | null }
  /** `docker save` output, or an OCI layout in a tar. `name` chooses one of several images. */
  | { readonly is: 'image-archive'; readonly path: string; readonly name: string | null }
  /** The image store of Podman, Buildah or CRI-O; `path` is `null` for the place where they keep it. */
  | { readonly is: 'containers-storage'; readonly path: string | null; readonly name: string }
  /** The content store of containerd, where an image is named by its digest. */
  | { readonly is: 'containerd'; readonly path: string; readonly digest: Digest }

export interface OpenedImage {
  readonly source: ImageSource
  /** Tag, digest, name, or `null` for the only image there is. */
  readonly selector: string | null
  close(): Promise<void>
}

export interface RegistryAccess {
  /** Speak HTTP to a registry that is not on this machine. */
  readonly plainHttp: boolean
  /** Longest silence of the registry, in milliseconds. */
  readonly registryTimeoutMs: number
  readonly trustedHosts: readonly string[]
  readonly fetchForeignLayers: boolean
  /** Run the programs that Docker's configuration names for keeping logins. */
  readonly runsCredentialHelpers: boolean
}

/** Where containerd keeps blobs. (containerd, default root and content plug-in) */
const CONTAINERD_CONTENT = '/var/lib/containerd/io.containerd.content.v1.content'

/** `oci:`, `docker-archive:`, `containers-storage:`, `containerd:` targets; `null` when the text names none of them. */
export function parseImageTarget(text: string): Result<ImageTarget, string> | null {
  const [, kind = '', rest = ''] = /^([a-z-]+):(.+)$/.exec(text) ?? []
  switch (kind) {
    case 'oci':
      return ok(ociTarget(rest))
    case 'docker-archive':
      return ok(archiveTarget(rest))
    case 'containers-storage': {
      const [, path, name] = /^\[(?:[a-z0-9]+@)?([^\]+]+)[^\]]*\](.+)$/.exec(rest) ?? [null, null, rest]
      return ok({ is: 'containers-storage', path: path ?? null, name: name ?? rest })
    }
    case 'containerd':
      return containerdTarget(rest)
    case 'docker-daemon':
      return err(
        `The Docker daemon is not asked: run \`docker save ${rest} -o image.tar\`, then scan docker-archive:image.tar`,
      )
    default:
      return null
  }
}

/** The tag is what follows the last colon, unless the whole text is a path that exists. */
function ociTarget(text: string): ImageTarget {
  const colon = text.lastIndexOf(':')
  if (colon <= 0 || existsSync(text) || text.indexOf('/', colon) !== -1)
    return { is: 'oci-layout', path: text, tag: null }
  return { is: 'oci-layout', path: text.slice(0, colon), tag: text.slice(colon + 1) }
}

/** The name is what follows the first colon that ends a path that exists. */
function archiveTarget(text: string): ImageTarget {
  for (let colon = text.indexOf(':'); colon !== -1 && !existsSync(text); colon = text.indexOf(':', colon + 1)) {
    const path = text.slice(0, colon)
    if (existsSync(path)) return { is: 'image-archive', path, name: text.slice(colon + 1) }
  }
  return { is: 'image-archive', path: text, name: null }
}

function containerdTarget(text: string): Result<ImageTarget, string> {
  const at = text.lastIndexOf('@')
  const digest = parseDigest(text.slice(at + 1))
  if (digest === null) {
    return err(
      'containerd keeps names in its own database: name the image by its digest, containerd:sha256:… (`ctr images list` shows it)',
    )
  }
  return ok({ is: 'containerd', path: at === -1 ? CONTAINERD_CONTENT : text.slice(0, at), digest })
}

export async function openImage(target: ImageTarget, access: RegistryAccess): Promise<Result<OpenedImage, string>> {
  switch (target.is) {
    case 'registry':
      return openRegistryImage(target.reference, access)
    case 'oci-layout':
      return ok(opened(ociLayoutSource(nodeFileTree(target.path)), target.tag))
    case 'image-archive':
      return openArchive(target.path, target.name)
    case 'containers-storage': {
      const root = target.path ?? storageRoot()
      return ok(
        opened(
          containersStorageSource(path => nodeFileTree(join(root, path))),
          target.name,
        ),
      )
    }
    case 'containerd':
      return ok(opened(ociLayoutSource(nodeFileTree(target.path)), target.digest))
  }
}

function opened(source: ImageSource, selector: string | null): OpenedImage {
  return { source, selector, close: () => source.close() }
}

/** Of root, or of a user's own Podman. (containers-storage.conf(5), `graphroot`, `rootless_storage_path`) */
function storageRoot(): string {
  if (process.getuid?.() === 0) return '/var/lib/containers/storage'
  return join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local/share'), 'containers/storage')
}

async function openRegistryImage(
  reference: ImageReference,
  access: RegistryAccess,
): Promise<Result<OpenedImage, string>> {
  const address = await addressOf(reference, access)
  if (!address.ok) return address
  const http = nodeHttp()
  const { repository } = reference
  const source = registrySource(http, {
    ...address.value,
    repository,
    allowHttp: access.plainHttp,
    idleTimeoutMs: access.registryTimeoutMs,
    trustedHosts: access.trustedHosts,
    fetchForeignLayers: access.fetchForeignLayers,
  })
  return ok({
    source,
    selector: reference.digest ?? reference.tag,
    async close() {
      await source.close()
      http.close()
    },
  })
}

/** Where the registry is, with the login of the environment, of AWS for its own registries, or of Docker's configuration. */
async function addressOf(reference: ImageReference, access: RegistryAccess): Promise<Result<RegistryAddress, string>> {
  const url = access.plainHttp ? `http://${reference.host}` : registryUrlOf(reference.host)
  const named = loginOfEnvironment()
  if (named !== null) return ok({ url, credentials: named })
  const aws = parseEcrHost(reference.host) === null ? null : await addressOfEcr(reference.host)
  if (aws?.ok === true) return aws
  const kept = await loginOfConfigFiles(reference, access.runsCredentialHelpers)
  if (!kept.ok) return kept
  // What AWS said is worth more than the 401 that would follow.
  if (aws !== null && kept.value.login === null) return err(describeImageError(aws.error))
  return ok({ url, credentials: kept.value.login, deniedAdvice: kept.value.advice })
}

/** With the credentials that AWS's library finds on this machine. */
async function addressOfEcr(host: string): Promise<Result<RegistryAddress, ImageError>> {
  const clients = ecrClients()
  try {
    return await (await clients.of(host, { roleArn: null, externalId: null })).address()
  } finally {
    await clients.close()
  }
}

async function openArchive(path: string, name: string | null): Promise<Result<OpenedImage, string>> {
  const absolute = resolve(path)
  const file = await nodeFileTree(dirname(absolute)).open(basename(absolute))
  if (!file.ok) return err(`Cannot read ${path}: ${file.error.is}.`)
  const source = await imageArchiveSource(file.value)
  if (!source.ok) {
    await file.value.close()
    return err(describeImageError(source.error))
  }
  return ok({
    source: source.value,
    selector: name,
    async close() {
      await source.value.close()
      await file.value.close()
    },
  })
}
