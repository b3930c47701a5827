import type { Feed } from '../feed.ts'
import { rollingSecdbFeed } from '../rolling-secdb.ts'
import type { RollingDistribution } from '../rolling-secdb.ts'
import type { ApkEcosystem } from '../secdb-advisories.ts'

/** Wolfi's security database. (matching-and-feeds §1.1) */
export const WOLFI_SECDB_UPSTREAM = 'https://packages.wolfi.dev/os'

const WOLFI_SECDB: RollingDistribution = {
  feed: 'wolfi-secdb',
  title: 'Wolfi secdb: fixed versions of source packages',
  licence: 'by Chainguard, under its terms: may not be passed on',
  part: 'Wolfi',
  path: 'security.json',
  namespace: 'wolfi',
  source: 'WOLFI_CVE',
  prefix: 'WOLFI',
  page: null,
}

/** Wolfi's own word on its source packages; it rolls on and has no releases. (matching-and-feeds §1.1, §2.5) */
export function wolfiSecdbFeed(ecosystem: ApkEcosystem): Feed {
  return rollingSecdbFeed(WOLFI_SECDB, ecosystem)
}
