import { basename, dirname, resolve } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import { describeImageError } from '../inventory/describe-image-error.ts'
import { imageArchiveSource } from '../inventory/docker-archive-source.ts'
import type { ImageSource } from '../inventory/image.ts'
import type { ImageReference } from '../inventory/image-reference.ts'
import { ociLayoutSource } from '../inventory/oci-layout-source.ts'
import { registryUrlOf } from '../inventory/registry-client.ts'
import { registrySource } from '../inventory/registry-source.ts'
import { nodeFileTree } from '../system/file-tree.ts'
import { nodeHttp } from '../system/http-client.ts'

export type ImageTarget =
  | { readonly is: 'registry'; readonly reference: ImageReference }
  | { readonly is: 'oci-layout'; readonly path: string; readonly tag: string | null }
  /** `docker save` output, or an OCI layout in a tar. */
  | { readonly is: 'image-archive'; readonly path: string }

export interface OpenedImage {
  readonly source: ImageSource
  /** Tag, digest, or `null` for the only image there is. */
  readonly selector: string | null
  close(): Promise<void>
}

/** User name and password for the registry that `scan` reads from; only ever sent to that registry. */
const REGISTRY_USERNAME = 'OPENINSPECTOR_REGISTRY_USERNAME'
const REGISTRY_PASSWORD = 'OPENINSPECTOR_REGISTRY_PASSWORD'

export interface RegistryAccess {
  /** Speak HTTP to a registry that is not on this machine. */
  readonly plainHttp: boolean
  /** Longest silence of the registry, in milliseconds. */
  readonly registryTimeoutMs: number
}

export async function openImage(target: ImageTarget, access: RegistryAccess): Promise<Result<OpenedImage, string>> {
  switch (target.is) {
    case 'registry':
      return ok(openRegistryImage(target.reference, access))
    case 'oci-layout': {
      const source = ociLayoutSource(nodeFileTree(target.path))
      return ok({ source, selector: target.tag, close: () => source.close() })
    }
    case 'image-archive':
      return openArchive(target.path)
  }
}

function openRegistryImage(reference: ImageReference, access: RegistryAccess): OpenedImage {
  const { plainHttp, registryTimeoutMs } = access
  const http = nodeHttp()
  const username = process.env[REGISTRY_USERNAME]
  const password = process.env[REGISTRY_PASSWORD]
  const source = registrySource(http, {
    url: plainHttp ? `http://${reference.host}` : registryUrlOf(reference.host),
    repository: reference.repository,
    credentials: username && password ? { username, password } : null,
    allowHttp: plainHttp,
    idleTimeoutMs: registryTimeoutMs,
  })
  return {
    source,
    selector: reference.digest ?? reference.tag,
    async close() {
      await source.close()
      http.close()
    },
  }
}

async function openArchive(path: string): Promise<Result<OpenedImage, string>> {
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
    selector: null,
    async close() {
      await source.value.close()
      await file.value.close()
    },
  })
}
