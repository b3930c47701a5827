import { fileURLToPath } from 'node:url'
import type { Http } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedApi, FeedFiles } from '../feeds/feed.ts'
import { ALMALINUX_UPSTREAM } from '../feeds/almalinux/feed.ts'
import {
  ALPINE_REJECTIONS_FOLDER,
  ALPINE_REJECTIONS_UPSTREAM,
  ALPINE_SECDB_UPSTREAM,
} from '../feeds/alpine-secdb/feed.ts'
import {
  AMAZON_LINUX_1_FOLDER,
  AMAZON_LINUX_1_UPSTREAM,
  AMAZON_LINUX_HOSTS,
  AMAZON_LINUX_UPSTREAM,
} from '../feeds/amazon-linux/repositories.ts'
import { AZURE_LINUX_UPSTREAM } from '../feeds/azure-linux/feed.ts'
import { BOTTLEROCKET_UPSTREAM } from '../feeds/bottlerocket/feed.ts'
import { CHAINGUARD_SECDB_UPSTREAM } from '../feeds/chainguard-secdb/feed.ts'
import {
  DEBIAN_NOTICES_FOLDER,
  DEBIAN_NOTICES_UPSTREAM,
  DEBIAN_TRACKER_UPSTREAM,
} from '../feeds/debian-tracker/feed.ts'
import {
  CVE_LIST_FEED,
  CVE_LIST_RECORDS_FOLDER,
  CVE_LIST_RECORDS_UPSTREAM,
  CVE_LIST_UPSTREAM,
} from '../feeds/cve-list/feed.ts'
import { END_OF_LIFE_UPSTREAM } from '../feeds/end-of-life/feed.ts'
import { EPSS_UPSTREAM } from '../feeds/epss/feed.ts'
import { EXPLOIT_DB_UPSTREAM } from '../feeds/exploit-db/feed.ts'
import { KEV_UPSTREAM } from '../feeds/kev/feed.ts'
import { MINIMOS_SECDB_UPSTREAM } from '../feeds/minimos-secdb/feed.ts'
import { METASPLOIT_UPSTREAM } from '../feeds/metasploit/feed.ts'
import { NVD_API_MIRROR_PATH, NVD_API_UPSTREAM, NVD_MIRROR_FOLDER, NVD_UPSTREAM } from '../feeds/nvd/feed.ts'
import { ORACLE_OVAL_UPSTREAM } from '../feeds/oracle-oval/feed.ts'
import { OSV_UPSTREAM } from '../feeds/osv/feed.ts'
import { PHOTON_UPSTREAM } from '../feeds/photon/feed.ts'
import { REDHAT_CSAF_UPSTREAM } from '../feeds/redhat-csaf/feed.ts'
import { RETIREJS_UPSTREAM } from '../feeds/retirejs/feed.ts'
import { ROCKY_UPSTREAM } from '../feeds/rocky/feed.ts'
import { SUSE_OVAL_UPSTREAM } from '../feeds/suse-oval/feed.ts'
import { UBUNTU_UPSTREAM } from '../feeds/ubuntu/feed.ts'
import { WOLFI_SECDB_UPSTREAM } from '../feeds/wolfi-secdb/feed.ts'
import { httpFeedApi } from './feed-api-http.ts'
import { folderFeedFiles } from './feed-files-folder.ts'
import { httpFeedFiles } from './feed-files-http.ts'

export { folderFeedFiles } from './feed-files-folder.ts'
export { httpFeedFiles } from './feed-files-http.ts'

/** Files under `base`: a plain path, a `file:` or an `http(s):` URL; else one sentence about what is wrong. */
export function feedFilesAt(base: string, http: Http): Result<FeedFiles, string> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(base)?.[1]?.toLowerCase()
  if (scheme === undefined) return base === '' ? err('the place of the feeds is empty') : ok(folderFeedFiles(base))
  if (!URL.canParse(base)) return err(`the place of the feeds is not a valid URL: ${withoutCredentials(base)}`)
  switch (scheme) {
    case 'http':
    case 'https':
      return ok(httpFeedFiles(http, base))
    case 'file':
      return folderOfUrl(base)
    default:
      return err(`feeds are read from a folder, file:, http: or https:, not from ${scheme}:`)
  }
}

interface Place {
  /** `null`: only mirrors have the feed. */
  readonly upstream: string | null
  /** In a mirror of all feeds, which holds the files of every upstream of the feed in one folder. */
  readonly mirrorFolder: string
  /** Paths below this folder have an upstream of their own. */
  readonly elsewhere?: { readonly folder: string; readonly upstream: string }
  /** How the names of hosts end that files of upstream may lead to. */
  readonly followedHosts?: readonly string[]
  /** What upstream answers beside its files, and where a mirror does. */
  readonly api?: { readonly upstream: string; readonly mirrorPath: string }
}

/** What some upstreams know their callers by. */
export interface FeedKeys {
  /** Of NVD's interface, which then answers ten times as often. (OPENINSPECTOR_NVD_API_KEY) */
  readonly nvd: string | null
}

const NO_KEYS: FeedKeys = { nvd: null }

/** Five questions in thirty seconds without a key, fifty with one. (nvd.nist.gov/developers/start-here, rate limits) */
const NVD_PAUSE_MS = { withKey: 600, without: 6_000 } as const

/** Where each feed's files are. By feed id, sorted. */
const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['almalinux', { upstream: ALMALINUX_UPSTREAM, mirrorFolder: 'almalinux' }],
  [
    'alpine-secdb',
    {
      upstream: ALPINE_SECDB_UPSTREAM,
      mirrorFolder: 'alpine-secdb',
      elsewhere: { folder: ALPINE_REJECTIONS_FOLDER, upstream: ALPINE_REJECTIONS_UPSTREAM },
    },
  ],
  [
    'amazon-linux',
    {
      upstream: AMAZON_LINUX_UPSTREAM,
      mirrorFolder: 'amazon-linux',
      elsewhere: { folder: AMAZON_LINUX_1_FOLDER, upstream: AMAZON_LINUX_1_UPSTREAM },
      followedHosts: AMAZON_LINUX_HOSTS,
    },
  ],
  ['azure-linux', { upstream: AZURE_LINUX_UPSTREAM, mirrorFolder: 'azure-linux' }],
  ['bottlerocket', { upstream: BOTTLEROCKET_UPSTREAM, mirrorFolder: 'bottlerocket' }],
  ['chainguard-secdb', { upstream: CHAINGUARD_SECDB_UPSTREAM, mirrorFolder: 'chainguard-secdb' }],
  [
    CVE_LIST_FEED,
    {
      upstream: CVE_LIST_UPSTREAM,
      mirrorFolder: 'cve-list',
      elsewhere: { folder: CVE_LIST_RECORDS_FOLDER, upstream: CVE_LIST_RECORDS_UPSTREAM },
    },
  ],
  [
    'debian-tracker',
    {
      upstream: DEBIAN_TRACKER_UPSTREAM,
      mirrorFolder: 'debian-tracker',
      elsewhere: { folder: DEBIAN_NOTICES_FOLDER, upstream: DEBIAN_NOTICES_UPSTREAM },
    },
  ],
  ['end-of-life', { upstream: END_OF_LIFE_UPSTREAM, mirrorFolder: 'end-of-life' }],
  ['epss', { upstream: EPSS_UPSTREAM, mirrorFolder: 'epss' }],
  ['exploit-db', { upstream: EXPLOIT_DB_UPSTREAM, mirrorFolder: 'exploit-db' }],
  ['kev', { upstream: KEV_UPSTREAM, mirrorFolder: 'kev' }],
  ['minimos-secdb', { upstream: MINIMOS_SECDB_UPSTREAM, mirrorFolder: 'minimos-secdb' }],
  ['metasploit', { upstream: METASPLOIT_UPSTREAM, mirrorFolder: 'metasploit' }],
  [
    'nvd',
    {
      upstream: NVD_UPSTREAM,
      mirrorFolder: NVD_MIRROR_FOLDER,
      api: { upstream: NVD_API_UPSTREAM, mirrorPath: NVD_API_MIRROR_PATH },
    },
  ],
  ['oracle-oval', { upstream: ORACLE_OVAL_UPSTREAM, mirrorFolder: 'oracle-oval' }],
  ['osv', { upstream: OSV_UPSTREAM, mirrorFolder: 'osv' }],
  ['photon', { upstream: PHOTON_UPSTREAM, mirrorFolder: 'photon' }],
  ['redhat-csaf', { upstream: REDHAT_CSAF_UPSTREAM, mirrorFolder: 'redhat-csaf' }],
  ['retirejs', { upstream: RETIREJS_UPSTREAM, mirrorFolder: 'retirejs' }],
  ['rocky', { upstream: ROCKY_UPSTREAM, mirrorFolder: 'rocky' }],
  ['suse-oval', { upstream: SUSE_OVAL_UPSTREAM, mirrorFolder: 'suse-oval' }],
  ['ubuntu', { upstream: UBUNTU_UPSTREAM, mirrorFolder: 'ubuntu' }],
  ['vulnrichment', { upstream: null, mirrorFolder: 'vulnrichment' }],
  ['wolfi-secdb', { upstream: WOLFI_SECDB_UPSTREAM, mirrorFolder: 'wolfi-secdb' }],
])

/**
 * Where one feed's files are. `mirror` is OPENINSPECTOR_FEEDS: a base that holds a folder for each feed (`osv/`, `nvd/`,
 * each laid out as its upstream is); `null` stands for the public upstreams, which have no such folder.
 */
export function feedFilesFor(
  feedId: string,
  mirror: string | null,
  http: Http,
  keys: FeedKeys = NO_KEYS,
): Result<FeedFiles, string> {
  const place = PLACES.get(feedId)
  if (place === undefined) return err(`no place is known for the feed ${feedId}`)
  if (mirror === null || mirror.replace(/\/+$/, '') === OSV_UPSTREAM) return ok(upstreamFiles(place, http, keys))
  const files = feedFilesAt(mirror, http)
  if (!files.ok) return files
  const placed = filesUnder(files.value, place.mirrorFolder)
  // A mirror is asked without a key, which is none of its business, and without a pause, which is its own.
  if (place.api === undefined || !/^https?:/i.test(mirror)) return ok(placed)
  const address = new URL(mirror)
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/${place.api.mirrorPath}`
  return ok({ ...placed, api: httpFeedApi(http, address.href, { pauseMs: 0 }) })
}

const NO_UPSTREAM: FeedFiles = {
  base: 'no public source',
  fetch: path => Promise.resolve(err({ is: 'not-found', what: path })),
}

function upstreamFiles(place: Place, http: Http, keys: FeedKeys): FeedFiles {
  const { upstream, elsewhere, followedHosts = [] } = place
  if (upstream === null) return NO_UPSTREAM
  const files = httpFeedFiles(http, upstream, { followedHosts })
  const api = place.api === undefined ? {} : { api: upstreamApi(place.api.upstream, http, keys) }
  if (elsewhere === undefined) return { ...files, ...api }
  const others = httpFeedFiles(http, elsewhere.upstream, { followedHosts })
  return {
    base: files.base,
    ...api,
    below: address => files.below?.(address) ?? others.below?.(address) ?? null,
    fetch: (path, options) => (path.startsWith(`${elsewhere.folder}/`) ? others : files).fetch(path, options),
  }
}

function upstreamApi(address: string, http: Http, { nvd: key }: FeedKeys): FeedApi {
  const pauseMs = key === null ? NVD_PAUSE_MS.without : NVD_PAUSE_MS.withKey
  return httpFeedApi(http, address, { pauseMs, headers: key === null ? {} : { apikey: key } })
}

/** The same files, seen from a folder inside. */
function filesUnder(files: FeedFiles, folder: string): FeedFiles {
  return {
    base: `${files.base.replace(/\/+$/, '')}/${folder}`,
    // Addresses are those of the whole mirror.
    below: address => files.below?.(address) ?? null,
    fetch: (path, options) => files.fetch(`${folder}/${path}`, options),
  }
}

function folderOfUrl(url: string): Result<FeedFiles, string> {
  try {
    return ok(folderFeedFiles(fileURLToPath(url)))
  } catch {
    return err('a file: URL of feeds must name a folder of this machine, as in file:///srv/feeds')
  }
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//').slice(0, 200)
}
