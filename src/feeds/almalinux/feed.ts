import { ok } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed } from '../feed.ts'
import { fetchOne } from '../fetch-one.ts'
import type { FileContent } from '../fetch-one.ts'
import { JsonListError, jsonListElements } from '../json-list.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import { SkipCounter } from '../skip-counter.ts'
import { newestOf } from '../updateinfo-notices.ts'
import { advisoriesOf, ALMALINUX_FEED } from './parse.ts'
import { AlmaNoticeError, readNotice } from './schema.ts'
import type { AlmaNotice } from './schema.ts'

/** AlmaLinux's notices, by release. (errata.almalinux.org, read by public scanners in 2026) */
export const ALMALINUX_UPSTREAM = 'https://errata.almalinux.org'

const RELEASES = ['8', '9', '10']

/** Labels each package with its module; the list in it is called `data`. */
const FULL = 'errata.full.json'
/** Labels whole notices, and is a list itself: for mirrors that have only that. */
const OLDER = 'errata.json'

/** Several times the largest, that of AlmaLinux 8. */
const FILE_LIMIT_BYTES = 1024 * 1024 * 1024
/** Kernel notices of all architectures have some 300 KiB. */
const LIST_LIMITS = { elementBytes: 32 * 1024 * 1024, elements: 200_000, depth: 32 } as const

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** AlmaLinux's own word on its packages: fixes only, with modules, architectures and sources. Parts are the releases. */
export function almalinuxFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: ALMALINUX_FEED,
    title: 'AlmaLinux errata: fixed builds of AlmaLinux 8, 9 and 10, with their modules and sources',
    licence: 'MIT',
    parts: RELEASES,
    // A mirror may hold some releases only.
    mayLackParts: true,
    load: (files, release, validator) =>
      fetchOne(files, release, validator, {
        paths: [`${release}/${FULL}`, `${release}/${OLDER}`],
        limitBytes: FILE_LIMIT_BYTES,
        revision: PARSER_REVISION,
        parse: (bytes, path) => ok(readErrata(bytes, path.endsWith(FULL) ? 'data' : null, release, ecosystem)),
        faults: [JsonListError],
      }),
  }
}

/** Throws `JsonListError` when the file as a whole cannot be read. */
function readErrata(bytes: Uint8Array, list: string | null, release: string, ecosystem: RpmEcosystem): FileContent {
  const skips = new SkipCounter()
  const notices: AlmaNotice[] = []
  let recordCount = 0
  for (const element of jsonListElements(bytes, list, LIST_LIMITS)) {
    recordCount++
    const where = `notice ${recordCount}`
    if (element.is === 'too-large') {
      skips.add('too-large', where)
      continue
    }
    try {
      notices.push(readNotice(element.bytes))
    } catch (error) {
      if (!(error instanceof AlmaNoticeError)) throw error
      skips.add(error.message, where)
    }
  }
  const advisories = advisoriesOf(notices, release, ecosystem, namespace(`almalinux:${release}`), skips)
  return {
    advisories,
    recordCount,
    skipped: skips.list(),
    newestModified: newestOf(advisories),
  }
}
