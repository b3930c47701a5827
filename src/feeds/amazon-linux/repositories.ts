import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { FeedError, FeedFiles } from '../feed.ts'
import { openRepositoryAt } from '../updateinfo-file.ts'
import type { OpenRepository } from '../updateinfo-file.ts'

/** Amazon Linux 2, 2022 and 2023. (docs.aws.amazon.com, cdn.amazonlinux.com) */
export const AMAZON_LINUX_UPSTREAM = 'https://cdn.amazonlinux.com'
/** Amazon Linux 1, which is frozen and only served without TLS. (matching-and-feeds §1.1) */
export const AMAZON_LINUX_1_UPSTREAM = 'http://repo.us-west-2.amazonaws.com'
export const AMAZON_LINUX_1_FOLDER = '2018.03'
/** Hosts that mirror lists of upstream may name. */
export const AMAZON_LINUX_HOSTS = ['.amazonaws.com', '.amazonlinux.com']

const SMALL_LIMIT_BYTES = 4 * 1024 * 1024
const MIRRORS = 20
/** An address; that of a mirror has some hundred characters. (observed) */
const ADDRESS = /^(?!#)[\x21-\x7e]{1,500}$/

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
    const opened = await openRepositoryAt(place)
    if (opened.ok) return opened
    failure ??= opened.error
  }
  return text === null && failure?.is === 'not-found' ? ok(null) : err(failure ?? missing(files, mirrorList))
}

/** Addresses of upstream itself are looked for in `files`, so that a copy of the whole site works where it stands. */
function placesIn(text: string, files: FeedFiles): readonly Pick<OpenRepository, 'files' | 'folder'>[] {
  const places: Pick<OpenRepository, 'files' | 'folder'>[] = []
  for (const line of text.split('\n', 1_000)) {
    const address = line.trim()
    if (!ADDRESS.test(address) || places.length >= MIRRORS) continue
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
