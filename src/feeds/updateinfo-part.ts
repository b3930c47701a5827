import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedError, FeedFiles, FeedPart } from './feed.ts'
import { GunzipError } from './gunzip.ts'
import type { RpmEcosystem } from './rpm-fixes.ts'
import { SkipCounter } from './skip-counter.ts'
import { fetchUpdateinfo, readNotices } from './updateinfo-file.ts'
import type { OpenRepository } from './updateinfo-file.ts'
import { newestOf, NoticeReader } from './updateinfo-notices.ts'
import type { NoticePublisher, RepositoryHome } from './updateinfo-notices.ts'
import { XmlError } from '../base/xml.ts'

/** A repository that a part is made of. */
export interface WantedRepository {
  /** Names it in the validator and in errors: a path below the source. */
  readonly name: string
  readonly home: RepositoryHome
}

export interface RepositoryReading {
  readonly files: FeedFiles
  readonly publisher: NoticePublisher
  readonly ecosystem: RpmEcosystem
  /** The parser's: what another one has read is read anew. */
  readonly revision: number
  /** `null` for a repository that is not there or has no notices. */
  readonly open: (name: string) => Promise<Result<OpenRepository | null, FeedError>>
}

/** Indexes asked for at once: there are some hundred small ones, far away. */
const AT_ONCE = 8

/** The notices of several repositories as one part: `unchanged` when every index is as it was, else all of them. */
export async function loadRepositories(
  { files, publisher, ecosystem, revision, open }: RepositoryReading,
  part: string,
  validator: string | null,
  wanted: readonly WantedRepository[],
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const found: (WantedRepository & { readonly repository: OpenRepository })[] = []
  const checksums: Record<string, string> = {}
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const some = wanted.slice(at, at + AT_ONCE)
    const opened = await Promise.all(some.map(({ name }) => open(name)))
    for (const [index, one] of some.entries()) {
      const repository = opened[index]
      if (repository?.ok === false) return repository
      if (!repository?.value) continue
      found.push({ name: one.name, home: one.home, repository: repository.value })
      checksums[one.name] = repository.value.updateinfo.checksum.hex
    }
  }
  if (found.length === 0) return err({ is: 'not-found', what: `${files.base}/${wanted[0]?.name ?? part}` })
  // The checksums tell without fetching the notices whether any changed. (matching-and-feeds §5.3, 7)
  const newValidator = `r${revision} ${JSON.stringify(checksums)}`
  if (newValidator === validator) return ok('unchanged')
  const gone = namesHeld(validator, revision).find(name => !Object.hasOwn(checksums, name))
  if (gone !== undefined) return err({ is: 'not-found', what: `${files.base}/${gone}` })

  const skips = new SkipCounter()
  const reader = new NoticeReader(publisher, ecosystem, skips)
  let unread = 0
  for (const { home, repository } of found) {
    const fetched = await fetchUpdateinfo(repository)
    if (!fetched.ok) return fetched
    const { files: place, folder, updateinfo } = repository
    try {
      unread += await readNotices(fetched.value, updateinfo.href, home, reader, skips)
    } catch (error) {
      if (!(error instanceof XmlError || error instanceof GunzipError)) throw error
      return err({ is: 'malformed', what: `${place.base}/${folder}${updateinfo.href}`, detail: error.message })
    }
  }
  const advisories = reader.advisories()
  return ok({
    part,
    advisories,
    recordCount: reader.noticeCount + unread,
    skipped: skips.list(),
    validator: newValidator,
    newestModified: newestOf(advisories),
  })
}

/** Repositories that this parser revision has read before: one that is gone is a fault of the source. */
function namesHeld(validator: string | null, revision: number): readonly string[] {
  const prefix = `r${revision} `
  if (validator === null || !validator.startsWith(prefix)) return []
  try {
    const value: unknown = JSON.parse(validator.slice(prefix.length))
    return typeof value === 'object' && value !== null ? Object.keys(value) : []
  } catch {
    return []
  }
}
