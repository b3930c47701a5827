import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
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

/**
 * The file that labels each package with its module, and the older one, which labels whole notices, for mirrors that have
 * only that; each with the list that holds the notices.
 */
const FILES = [
  { name: 'errata.full.json', list: 'data' },
  { name: 'errata.json', list: null },
] as const

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
    load: (files, part, validator) => load(files, part, validator, ecosystem),
  }
}

async function load(
  files: FeedFiles,
  release: string,
  validator: string | null,
  ecosystem: RpmEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  let missing: FeedError | null = null
  for (const { name, list } of FILES) {
    const path = `${release}/${name}`
    const prefix = `r${PARSER_REVISION} ${name} `
    const held = validator?.startsWith(prefix) ? validator.slice(prefix.length) : null
    const fetched = await files.fetch(path, { validator: held, limitBytes: FILE_LIMIT_BYTES })
    if (!fetched.ok) {
      if (fetched.error.is !== 'not-found') return fetched
      missing ??= fetched.error
      continue
    }
    if (fetched.value === 'unchanged') return ok('unchanged')
    const newValidator = fetched.value.validator === null ? null : prefix + fetched.value.validator
    try {
      return ok(readErrata(fetched.value.bytes, list, release, ecosystem, newValidator))
    } catch (error) {
      if (!(error instanceof JsonListError)) throw error
      return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
    }
  }
  return err(missing ?? { is: 'not-found', what: `${files.base}/${release}` })
}

/** Throws `JsonListError` when the file as a whole cannot be read. */
function readErrata(
  bytes: Uint8Array,
  list: string | null,
  release: string,
  ecosystem: RpmEcosystem,
  validator: string | null,
): FeedPart {
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
    part: release,
    advisories,
    recordCount,
    skipped: skips.list(),
    validator,
    newestModified: newestOf(advisories),
  }
}
