import type { Feed } from '../feed.ts'
import { rollingSecdbFeed } from '../rolling-secdb.ts'
import type { RollingDistribution } from '../rolling-secdb.ts'
import type { ApkEcosystem } from '../secdb-advisories.ts'

/** Chainguard's security database. (matching-and-feeds §1.1) */
export const CHAINGUARD_SECDB_UPSTREAM = 'https://packages.cgr.dev/chainguard'

const CHAINGUARD_SECDB: RollingDistribution = {
  feed: 'chainguard-secdb',
  title: 'Chainguard secdb: fixed versions of source packages',
  licence: 'by Chainguard, under its terms: may not be passed on',
  part: 'Chainguard',
  path: 'security.json',
  namespace: 'chainguard',
  source: 'CHAINGUARD_CVE',
  prefix: 'CHAINGUARD',
  page: null,
}

/** Chainguard's own word on its source packages; it rolls on and has no releases. (matching-and-feeds §1.1, §2.5) */
export function chainguardSecdbFeed(ecosystem: ApkEcosystem): Feed {
  return rollingSecdbFeed(CHAINGUARD_SECDB, ecosystem)
}
