import { ok } from '../../base/result.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Feed } from '../feed.ts'
import { fetchOne } from '../fetch-one.ts'
import type { FileContent } from '../fetch-one.ts'
import { JsonListError, jsonListElements } from '../json-list.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import { SkipCounter } from '../skip-counter.ts'
import { PHOTON_FEED, PhotonReader } from './parse.ts'
import { readPhotonRecord } from './schema.ts'

/** Photon's list of flaws, by release. (moved here from packages.vmware.com in 2025; public scanners read it here) */
export const PHOTON_UPSTREAM = 'https://packages.broadcom.com/photon/photon_cve_metadata'

const RELEASES = ['4.0', '5.0']

/** Several times the largest. */
const FILE_LIMIT_BYTES = 256 * 1024 * 1024
const LIST_LIMITS = { elementBytes: 1024 * 1024, elements: 5_000_000, depth: 16 } as const

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/** Photon's own word on its packages. Parts are the releases. */
export function photonFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: PHOTON_FEED,
    title: 'Photon OS: flaws and fixed versions of Photon OS 4 and 5, by package',
    licence: 'open, by Broadcom (no licence file)',
    parts: RELEASES,
    // A mirror may hold some releases only.
    mayLackParts: true,
    load: (files, release, validator) =>
      fetchOne(files, release, validator, {
        paths: [`cve_data_photon${release}.json`],
        limitBytes: FILE_LIMIT_BYTES,
        revision: PARSER_REVISION,
        parse: bytes => ok(parse(bytes, release, ecosystem)),
        faults: [JsonListError],
      }),
  }
}

/** Throws `JsonListError` when the file as a whole cannot be read. */
function parse(bytes: Uint8Array, release: string, ecosystem: RpmEcosystem): FileContent {
  const skips = new SkipCounter()
  const [major = ''] = release.split('.', 1)
  const reader = new PhotonReader(ecosystem, namespace(`photon:${major}`), skips)
  let recordCount = 0
  for (const element of jsonListElements(bytes, null, LIST_LIMITS)) {
    const record = element.is === 'element' ? readPhotonRecord(element.bytes) : 'too-large'
    if (typeof record === 'string') skips.add(record, `record ${recordCount}`)
    else reader.add(record)
    recordCount++
  }
  return { advisories: reader.advisories(), recordCount, skipped: skips.list(), newestModified: null }
}
