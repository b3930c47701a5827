import { err, ok } from '../../src/base/result.ts'
import type { FeedApi, FeedFiles } from '../../src/feeds/feed.ts'

export interface GivenFeedFiles {
  /** The validator of every file; `v1` when left out. */
  readonly validator?: string
  readonly api?: FeedApi
  readonly below?: (address: string) => FeedFiles | null
}

/** A source with these files, all with one validator. */
export function feedFilesOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  { validator: own = 'v1', ...more }: GivenFeedFiles = {},
): FeedFiles {
  return {
    base: 'http://m',
    ...more,
    fetch(path, { validator, limitBytes }) {
      const content = Object.hasOwn(files, path) ? files[path] : undefined
      if (content === undefined) return Promise.resolve(err({ is: 'not-found', what: `http://m/${path}` }))
      const bytes = Buffer.from(content)
      if (bytes.length > limitBytes) return Promise.resolve(err({ is: 'too-large', what: path, limitBytes }))
      return Promise.resolve(validator === own ? ok('unchanged') : ok({ bytes, validator: own }))
    },
  }
}
