import { createHash } from 'node:crypto'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import type { FeedError, FeedFiles } from './feed.ts'
import { gunzip } from './gunzip.ts'
import { findInRepomd } from './repomd.ts'
import type { RepositoryFile } from './repomd.ts'
import type { SkipCounter } from './skip-counter.ts'
import { UpdateinfoReader } from './updateinfo.ts'
import type { NoticeReader, RepositoryHome } from './updateinfo-notices.ts'
import { XmlError, XmlReader } from '../base/xml.ts'

const INDEX_LIMIT_BYTES = 4 * 1024 * 1024
/** Several times the largest, Fedora's. */
export const UPDATEINFO_LIMIT_BYTES = 256 * 1024 * 1024

/** One repository of one architecture, at the address where its index was found. */
export interface OpenRepository {
  readonly files: FeedFiles
  /** Relative to `files`, `` or with a slash at its end. */
  readonly folder: string
  readonly updateinfo: RepositoryFile
}

/** The repository in a folder; `null` when it has no notices. */
export async function openRepositoryAt(
  place: Pick<OpenRepository, 'files' | 'folder'>,
): Promise<Result<OpenRepository | null, FeedError>> {
  const path = `${place.folder}repodata/repomd.xml`
  const index = await place.files.fetch(path, { validator: null, limitBytes: INDEX_LIMIT_BYTES })
  if (!index.ok) return index
  if (index.value === 'unchanged') return err({ is: 'not-found', what: `${place.files.base}/${path}` })
  const found = readIndex(decodeUtf8(index.value.bytes))
  if (found === null) return ok(null)
  if (typeof found !== 'string') return ok({ ...place, updateinfo: found })
  return err({ is: 'malformed', what: `${place.files.base}/${path}`, detail: found })
}

function readIndex(text: string): RepositoryFile | string | null {
  try {
    return findInRepomd(text, 'updateinfo')
  } catch (error) {
    if (error instanceof XmlError) return error.message
    throw error
  }
}

/** The repository's notices as they were published, checked against the index. */
export async function fetchUpdateinfo(repository: OpenRepository): Promise<Result<Uint8Array, FeedError>> {
  const { files, folder, updateinfo } = repository
  const path = folder + updateinfo.href
  const fetched = await files.fetch(path, { validator: null, limitBytes: UPDATEINFO_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return err({ is: 'not-found', what: `${files.base}/${path}` })
  const { algorithm, hex } = updateinfo.checksum
  // Also when the two were read while upstream replaced them: the next sync finds a pair again.
  if (createHash(algorithm).update(fetched.value.bytes).digest('hex') !== hex) {
    const detail = `its content does not have the ${algorithm} that repomd.xml gives`
    return err({ is: 'malformed', what: `${files.base}/${path}`, detail })
  }
  return ok(fetched.value.bytes)
}

/** Reads the notices of one file; returns how many could not be read. Throws `XmlError` or `GunzipError`. */
export async function readNotices(
  bytes: Uint8Array,
  name: string,
  home: RepositoryHome,
  reader: NoticeReader,
  skips: SkipCounter,
): Promise<number> {
  const xml = new XmlReader()
  let read = 0
  const notices = new UpdateinfoReader((reason, id) => skips.add(reason, id))
  const decoder = new TextDecoder()
  const take = (text: string): void => {
    for (const event of xml.push(text)) {
      const update = notices.take(event)
      if (update === null) continue
      read++
      reader.add(update, home)
    }
  }
  // Some repositories write the names of these files in capitals. (Rocky SIGs, observed)
  const lower = name.toLowerCase()
  if (lower.endsWith('.gz')) for await (const chunk of gunzip(bytes)) take(decoder.decode(chunk, { stream: true }))
  else if (lower.endsWith('.xml')) take(decoder.decode(bytes, { stream: true }))
  else throw new XmlError('the notices are compressed in a way that is not read')
  take(decoder.decode())
  xml.end()
  return notices.updateCount - read
}
