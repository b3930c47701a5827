import { ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import type { NoticePublisher } from '../updateinfo-notices.ts'
import { loadRepositories } from '../updateinfo-part.ts'
import type { WantedRepository } from '../updateinfo-part.ts'
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

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystem: RpmEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const wanted = await mirrorListsOf(files, part)
  if (!wanted.ok) return wanted
  const open = (mirrorList: string) => openRepository(files, mirrorList)
  const reading = { files, publisher: AMAZON_LINUX, ecosystem, revision: PARSER_REVISION, open }
  return loadRepositories(reading, part, validator, wanted.value)
}

/** The mirror list of each repository of a part, by which it is known. */
async function mirrorListsOf(files: FeedFiles, part: string): Promise<Result<readonly WantedRepository[], FeedError>> {
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
