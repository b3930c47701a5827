import { fileURLToPath } from 'node:url'
import type { Http } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedFiles } from '../feeds/feed.ts'
import { ALPINE_SECDB_UPSTREAM } from '../feeds/alpine-secdb/feed.ts'
import {
  DEBIAN_NOTICES_FOLDER,
  DEBIAN_NOTICES_UPSTREAM,
  DEBIAN_TRACKER_UPSTREAM,
} from '../feeds/debian-tracker/feed.ts'
import { NVD_MIRROR_FOLDER, NVD_UPSTREAM } from '../feeds/nvd/feed.ts'
import { OSV_UPSTREAM } from '../feeds/osv/feed.ts'
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
  readonly upstream: string
  /** In a mirror of all feeds, which holds the files of every upstream of the feed in one folder. */
  readonly mirrorFolder: string
  /** Paths below this folder have an upstream of their own. */
  readonly elsewhere?: { readonly folder: string; readonly upstream: string }
}

/** Where each feed's files are. By feed id, sorted. */
const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['alpine-secdb', { upstream: ALPINE_SECDB_UPSTREAM, mirrorFolder: 'alpine-secdb' }],
  [
    'debian-tracker',
    {
      upstream: DEBIAN_TRACKER_UPSTREAM,
      mirrorFolder: 'debian-tracker',
      elsewhere: { folder: DEBIAN_NOTICES_FOLDER, upstream: DEBIAN_NOTICES_UPSTREAM },
    },
  ],
  ['nvd', { upstream: NVD_UPSTREAM, mirrorFolder: NVD_MIRROR_FOLDER }],
  ['osv', { upstream: OSV_UPSTREAM, mirrorFolder: 'osv' }],
])

/**
 * Where one feed's files are. `mirror` is OPENINSPECTOR_FEEDS: a base that holds a folder for each feed (`osv/`, `nvd/`,
 * each laid out as its upstream is); `null` stands for the public upstreams, which have no such folder.
 */
export function feedFilesFor(feedId: string, mirror: string | null, http: Http): Result<FeedFiles, string> {
  const place = PLACES.get(feedId)
  if (place === undefined) return err(`no place is known for the feed ${feedId}`)
  if (mirror === null || mirror.replace(/\/+$/, '') === OSV_UPSTREAM) return ok(upstreamFiles(place, http))
  const files = feedFilesAt(mirror, http)
  return files.ok ? ok(filesUnder(files.value, place.mirrorFolder)) : files
}

function upstreamFiles({ upstream, elsewhere }: Place, http: Http): FeedFiles {
  const files = httpFeedFiles(http, upstream)
  if (elsewhere === undefined) return files
  const others = httpFeedFiles(http, elsewhere.upstream)
  return {
    base: files.base,
    fetch: (path, options) => (path.startsWith(`${elsewhere.folder}/`) ? others : files).fetch(path, options),
  }
}

/** The same files, seen from a folder inside. */
function filesUnder(files: FeedFiles, folder: string): FeedFiles {
  return {
    base: `${files.base.replace(/\/+$/, '')}/${folder}`,
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
