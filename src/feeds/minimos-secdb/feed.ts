import type { Feed } from '../feed.ts'
import { rollingSecdbFeed } from '../rolling-secdb.ts'
import type { RollingDistribution } from '../rolling-secdb.ts'
import type { ApkEcosystem } from '../secdb-advisories.ts'

/** MinimOS's security database. (read there by public scanners, 2026) */
export const MINIMOS_SECDB_UPSTREAM = 'https://packages.mini.dev/advisories/secdb'

const MINIMOS_SECDB: RollingDistribution = {
  feed: 'minimos-secdb',
  title: 'MinimOS secdb: fixed versions of source packages',
  licence: 'by Minimus, under its terms',
  part: 'MinimOS',
  path: 'security.json',
  namespace: 'minimos',
  source: 'MINIMOS_CVE',
  prefix: 'MINIMOS',
  page: null,
}

/** MinimOS's own word on its source packages; it rolls on and has no releases. (matching-and-feeds §1.1, §2.5) */
export function minimosSecdbFeed(ecosystem: ApkEcosystem): Feed {
  return rollingSecdbFeed(MINIMOS_SECDB, ecosystem)
}
