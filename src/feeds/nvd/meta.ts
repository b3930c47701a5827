import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { FeedError, FeedFiles } from '../feed.ts'

/**
 * The SHA-256 of the inflated JSON, in lower case, that a `.meta` file gives (lines such as `sha256:0F92…`); `null`
 * when the source has no such file. (nvd.nist.gov/vuln/data-feeds, read 2025)
 */
export async function readMeta(
  files: FeedFiles,
  path: string,
  limitBytes: number,
): Promise<Result<string | null, FeedError>> {
  const fetched = await files.fetch(path, { validator: null, limitBytes })
  if (!fetched.ok) return fetched.error.is === 'not-found' ? ok(null) : fetched
  const text = fetched.value === 'unchanged' ? '' : Buffer.from(fetched.value.bytes).toString('latin1')
  const sha256 = /^sha256:\s*([0-9a-f]{64})\s*$/im.exec(text)?.[1]
  if (sha256 !== undefined) return ok(sha256.toLowerCase())
  return err({ is: 'malformed', what: `${files.base}/${path}`, detail: 'it gives no sha256' })
}
