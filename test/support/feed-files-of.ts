import { err, ok } from '../../src/base/result.ts'
import type { FeedFiles } from '../../src/feeds/feed.ts'

/** A source with these files, whose validator is always `v1`. */
export function feedFilesOf(files: Readonly<Record<string, string | Uint8Array>>): FeedFiles {
  return {
    base: 'http://m',
    fetch(path, { validator, limitBytes }) {
      const content = Object.hasOwn(files, path) ? files[path] : undefined
      if (content === undefined) return Promise.resolve(err({ is: 'not-found', what: `http://m/${path}` }))
      const bytes = Buffer.from(content)
      if (bytes.length > limitBytes) return Promise.resolve(err({ is: 'too-large', what: path, limitBytes }))
      return Promise.resolve(validator === 'v1' ? ok('unchanged') : ok({ bytes, validator: 'v1' }))
    },
  }
}
