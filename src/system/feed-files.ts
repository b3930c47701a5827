import { fileURLToPath } from 'node:url'
import type { Http } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedFiles } from '../feeds/feed.ts'
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

/**
 * Where one feed's files are. `mirror` is OPENINSPECTOR_FEEDS: a base that holds a folder for each feed (`osv/`, as
 * the upstream bucket is laid out); `null` stands for the public upstream, which has no such folder.
 */
export function feedFilesFor(feedId: string, mirror: string | null, http: Http): Result<FeedFiles, string> {
  if (mirror === null || mirror.replace(/\/+$/, '') === OSV_UPSTREAM) {
    return feedId === 'osv' ? ok(httpFeedFiles(http, OSV_UPSTREAM)) : err(`no upstream is known for the feed ${feedId}`)
  }
  const files = feedFilesAt(mirror, http)
  return files.ok ? ok(filesUnder(files.value, feedId)) : files
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
