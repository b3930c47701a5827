import { createHash } from 'node:crypto'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { FeedError, FeedFiles } from '../feed.ts'
import { findInRepomd } from '../repomd.ts'
import type { RepositoryFile } from '../repomd.ts'
import { XmlError } from '../xml.ts'

/** Amazon Linux 2, 2022 and 2023. (docs.aws.amazon.com, cdn.amazonlinux.com) */
export const AMAZON_LINUX_UPSTREAM = 'https://cdn.amazonlinux.com'
/** Amazon Linux 1, which is frozen and only served without TLS. (matching-and-feeds §1.1) */
export const AMAZON_LINUX_1_UPSTREAM = 'http://repo.us-west-2.amazonaws.com'
export const AMAZON_LINUX_1_FOLDER = '2018.03'
/** Hosts that mirror lists of upstream may name. */
export const AMAZON_LINUX_HOSTS = ['.amazonaws.com', '.amazonlinux.com']

const SMALL_LIMIT_BYTES = 4 * 1024 * 1024
const UPDATEINFO_LIMIT_BYTES = 256 * 1024 * 1024
const MIRRORS = 20

/** One repository of one architecture, at the address where its index was found. */
export interface OpenRepository {
  readonly files: FeedFiles
  /** Relative to `files`, `` or with a slash at its end. */
  readonly folder: string
  readonly updateinfo: RepositoryFile
}

/**
 * Finds the repository that a mirror list names, by asking its mirrors in their order, or the folder beside the list where
 * there is none. `null` when there is no such repository or it has no notices.
 */
export async function openRepository(
  files: FeedFiles,
  mirrorList: string,
): Promise<Result<OpenRepository | null, FeedError>> {
  const list = await files.fetch(mirrorList, { validator: null, limitBytes: SMALL_LIMIT_BYTES })
  if (!list.ok && list.error.is !== 'not-found') return list
  const beside = { files, folder: mirrorList.slice(0, mirrorList.lastIndexOf('/') + 1) }
  const text = list.ok && list.value !== 'unchanged' ? decodeUtf8(list.value.bytes) : null
  const places = text === null ? [beside] : placesIn(text, files)
  if (places.length === 0) {
    return err({ is: 'malformed', what: `${files.base}/${mirrorList}`, detail: 'it names no mirror that may be asked' })
  }
  let failure: FeedError | null = null
  for (const place of places) {
    const path = `${place.folder}repodata/repomd.xml`
    const index = await place.files.fetch(path, { validator: null, limitBytes: SMALL_LIMIT_BYTES })
    if (!index.ok) failure ??= index.error
    else if (index.value !== 'unchanged') {
      const found = readIndex(decodeUtf8(index.value.bytes))
      if (found === null) return ok(null)
      if (typeof found !== 'string') return ok({ ...place, updateinfo: found })
      failure ??= { is: 'malformed', what: `${place.files.base}/${path}`, detail: found }
    }
  }
  return text === null && failure?.is === 'not-found' ? ok(null) : err(failure ?? missing(files, mirrorList))
}

/** The repository's notices as they were published, checked against the index. */
export async function fetchUpdateinfo(repository: OpenRepository): Promise<Result<Uint8Array, FeedError>> {
  const { files, folder, updateinfo } = repository
  const path = folder + updateinfo.href
  const fetched = await files.fetch(path, { validator: null, limitBytes: UPDATEINFO_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return err(missing(files, path))
  const { algorithm, hex } = updateinfo.checksum
  // Also when the two were read while upstream replaced them: the next sync finds a pair again.
  if (createHash(algorithm).update(fetched.value.bytes).digest('hex') !== hex) {
    const detail = `its content does not have the ${algorithm} that repomd.xml gives`
    return err({ is: 'malformed', what: `${files.base}/${path}`, detail })
  }
  return ok(fetched.value.bytes)
}

function readIndex(text: string): RepositoryFile | string | null {
  try {
    return findInRepomd(text, 'updateinfo')
  } catch (error) {
    if (error instanceof XmlError) return error.message
    throw error
  }
}

/** Addresses of upstream itself are looked for in `files`, so that a copy of the whole site works where it stands. */
function placesIn(text: string, files: FeedFiles): readonly Pick<OpenRepository, 'files' | 'folder'>[] {
  const places: Pick<OpenRepository, 'files' | 'folder'>[] = []
  for (const line of text.split('\n', 1_000)) {
    const address = line.trim()
    if (address === '' || address.startsWith('#') || places.length >= MIRRORS) continue
    const own = [AMAZON_LINUX_UPSTREAM, AMAZON_LINUX_1_UPSTREAM].find(upstream => address.startsWith(`${upstream}/`))
    if (own !== undefined) places.push({ files, folder: withSlash(address.slice(own.length + 1)) })
    else {
      const others = files.below?.(address) ?? null
      if (others !== null) places.push({ files: others, folder: '' })
    }
  }
  return places
}

function withSlash(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`
}

function missing(files: FeedFiles, path: string): FeedError {
  return { is: 'not-found', what: `${files.base}/${path}` }
}
