import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import { almalinuxFeed } from './almalinux/feed.ts'
import { alpineSecdbFeed } from './alpine-secdb/feed.ts'
import { amazonLinuxFeed } from './amazon-linux/feed.ts'
import { bottlerocketFeed } from './bottlerocket/feed.ts'
import { azureLinuxFeed } from './azure-linux/feed.ts'
import { chainguardSecdbFeed } from './chainguard-secdb/feed.ts'
import { cveListFeed } from './cve-list/feed.ts'
import { debianTrackerFeed } from './debian-tracker/feed.ts'
import { endOfLifeFeed } from './end-of-life/feed.ts'
import { epssFeed } from './epss/feed.ts'
import { exploitDbFeed } from './exploit-db/feed.ts'
import type { Feed } from './feed.ts'
import { kevFeed } from './kev/feed.ts'
import { minimosSecdbFeed } from './minimos-secdb/feed.ts'
import { metasploitFeed } from './metasploit/feed.ts'
import { nvdFeed } from './nvd/feed.ts'
import { oracleOvalFeed } from './oracle-oval/feed.ts'
import { osvFeed } from './osv/feed.ts'
import { photonFeed } from './photon/feed.ts'
import { retirejsFeed } from './retirejs/feed.ts'
import { rockyFeed } from './rocky/feed.ts'
import { redhatCsafFeed } from './redhat-csaf/feed.ts'
import { suseOvalFeed } from './suse-oval/feed.ts'
import { ubuntuFeed } from './ubuntu/feed.ts'
import { vulnrichmentFeed } from './vulnrichment/feed.ts'
import { wolfiSecdbFeed } from './wolfi-secdb/feed.ts'

/** Every advisory source of this version, one line each: first what findings are made of, then what scores them. */
export function feedsFor(ecosystems: readonly Ecosystem[], currentYear: number): readonly Feed[] {
  const debian = ecosystems.filter(ecosystem => ecosystem.purlType === 'deb')
  const apk = ecosystems.filter(ecosystem => ecosystem.scheme.id === 'apk')
  const npm = ecosystems.filter(ecosystem => ecosystem.purlType === 'npm')
  const rpm = ecosystems.filter(ecosystem => ecosystem.scheme.id === 'rpm')
  return [
    ...apk.map(ecosystem => alpineSecdbFeed(ecosystem, currentYear)),
    ...apk.map(chainguardSecdbFeed),
    ...apk.map(minimosSecdbFeed),
    ...apk.map(wolfiSecdbFeed),
    ...rpm.map(almalinuxFeed),
    ...rpm.map(amazonLinuxFeed),
    ...rpm.map(bottlerocketFeed),
    ...rpm.map(photonFeed),
    ...rpm.map(rockyFeed),
    ...rpm.map(azureLinuxFeed),
    ...rpm.map(oracleOvalFeed),
    ...rpm.map(redhatCsafFeed),
    ...rpm.map(suseOvalFeed),
    ...debian.map(debianTrackerFeed),
    ...debian.map(ubuntuFeed),
    osvFeed(ecosystems),
    ...npm.map(retirejsFeed),
    nvdFeed(currentYear),
    cveListFeed(currentYear),
    vulnrichmentFeed(),
    endOfLifeFeed(ecosystems),
    kevFeed(),
    exploitDbFeed(),
    metasploitFeed(),
    epssFeed(),
  ]
}
