import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { GunzipError } from '../gunzip.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import { SkipCounter } from '../skip-counter.ts'
import { fetchUpdateinfo, readNotices } from '../updateinfo-file.ts'
import type { OpenRepository } from '../updateinfo-file.ts'
import { newestOf, NoticeReader } from '../updateinfo-notices.ts'
import type { NoticePublisher, RepositoryHome } from '../updateinfo-notices.ts'
import { XmlError } from '../xml.ts'
import { namesOfExtras } from './extras.ts'
import { openRepository } from './repositories.ts'

const AMAZON_LINUX: NoticePublisher = {
  feed: 'amazon-linux',
  // By the example of `DEBIAN_CVE` and `REDHAT_CVE`; Amazon's own literal is not published. (inferred)
  source: 'AMAZON_CVE',
  page: null,
}

const ARCHITECTURES = ['x86_64', 'aarch64'] as const

/** The part that holds every extra of Amazon Linux 2, each a channel beside the packages of the core. */
const EXTRAS_PART = '2/extras'

/** Where the mirror list of each part is, for one architecture. */
const MIRROR_LISTS: Readonly<Record<string, { readonly namespace: string; readonly path: (arch: string) => string }>> =
  {
    '2018.03/updates': { namespace: 'amzn:2018.03', path: arch => `2018.03/updates/${arch}/mirror.list` },
    '2/core': { namespace: 'amzn:2', path: arch => `2/core/latest/${arch}/mirror.list` },
    'al2022/core': { namespace: 'amzn:2022', path: arch => `al2022/core/mirrors/latest/${arch}/mirror.list` },
    'al2023/core': { namespace: 'amzn:2023', path: arch => `al2023/core/mirrors/latest/${arch}/mirror.list` },
    'al2023/kernel-livepatch': {
      namespace: 'amzn:2023',
      path: arch => `al2023/kernel-livepatch/mirrors/latest/${arch}/mirror.list`,
    },
    'al2023/nvidia': { namespace: 'amzn:2023', path: arch => `al2023/nvidia/mirrors/latest/${arch}/mirror.list` },
  }

/** Indexes asked for at once: there are some hundred small ones, far away. */
const AT_ONCE = 8

/** Raise when the same files would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 2

/** Amazon's own word on its rpm packages: fixes only. Parts are repositories, both architectures together. */
export function amazonLinuxFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: AMAZON_LINUX.feed,
    title: 'Amazon Linux security notices (ALAS) of Amazon Linux 1, 2 with its extras, 2022 and 2023',
    licence: 'AWS site terms',
    parts: [...Object.keys(MIRROR_LISTS), EXTRAS_PART].sort(),
    // A mirror may hold some repositories only.
    mayLackParts: true,
    load: (files, part, validator) => load(files, part, validator, ecosystem),
  }
}

interface FoundRepository {
  /** Mirror list, which names the repository in the validator. */
  readonly name: string
  readonly home: RepositoryHome
  readonly repository: OpenRepository
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystem: RpmEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const wanted = await mirrorListsOf(files, part)
  if (!wanted.ok) return wanted
  const found: FoundRepository[] = []
  const checksums: Record<string, string> = {}
  for (let at = 0; at < wanted.value.length; at += AT_ONCE) {
    const some = wanted.value.slice(at, at + AT_ONCE)
    const opened = await Promise.all(some.map(({ name }) => openRepository(files, name)))
    for (const [index, { name, home }] of some.entries()) {
      const repository = opened[index]
      if (repository?.ok === false) return repository
      if (!repository?.value) continue
      found.push({ name, home, repository: repository.value })
      checksums[name] = repository.value.updateinfo.checksum.hex
    }
  }
  if (found.length === 0) return err({ is: 'not-found', what: `${files.base}/${wanted.value[0]?.name ?? part}` })
  // The checksums tell without fetching the notices whether any changed. (matching-and-feeds §5.3, 7)
  const newValidator = `r${PARSER_REVISION} ${JSON.stringify(checksums)}`
  if (newValidator === validator) return ok('unchanged')
  const gone = namesHeld(validator).find(name => !Object.hasOwn(checksums, name))
  if (gone !== undefined) return err({ is: 'not-found', what: `${files.base}/${gone}` })

  const skips = new SkipCounter()
  const reader = new NoticeReader(AMAZON_LINUX, ecosystem, skips)
  let unread = 0
  for (const one of found) {
    const fetched = await fetchUpdateinfo(one.repository)
    if (!fetched.ok) return fetched
    const { files: place, folder, updateinfo } = one.repository
    try {
      unread += await readNotices(fetched.value, updateinfo.href, one.home, reader, skips)
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

async function mirrorListsOf(
  files: FeedFiles,
  part: string,
): Promise<Result<readonly Omit<FoundRepository, 'repository'>[], FeedError>> {
  const one = Object.hasOwn(MIRROR_LISTS, part) ? MIRROR_LISTS[part] : undefined
  if (one !== undefined) {
    const home = { namespace: namespace(one.namespace), channel: null }
    return ok(ARCHITECTURES.map(arch => ({ name: one.path(arch), home })))
  }
  const extras = await namesOfExtras(files)
  if (!extras.ok) return extras
  return ok(
    extras.value.flatMap(extra =>
      ARCHITECTURES.map(arch => ({
        name: `2/extras/${extra}/latest/${arch}/mirror.list`,
        home: { namespace: namespace('amzn:2'), channel: extra },
      })),
    ),
  )
}

/** Repositories that this parser revision has read before: one that is gone is a fault of the source. */
function namesHeld(validator: string | null): readonly string[] {
  const prefix = `r${PARSER_REVISION} `
  if (validator === null || !validator.startsWith(prefix)) return []
  try {
    const value: unknown = JSON.parse(validator.slice(prefix.length))
    return typeof value === 'object' && value !== null ? Object.keys(value) : []
  } catch {
    return []
  }
}
