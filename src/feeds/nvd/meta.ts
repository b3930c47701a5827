import { parseInstant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { FeedError, FeedFiles } from '../feed.ts'

/** What a `.meta` file tells of the file beside it. */
export interface NvdMeta {
  /** Of the inflated JSON, in lower case. */
  readonly sha256: string
  /** When the file was made; `null` when that cannot be read. A time without a zone is taken for UTC: never too late. */
  readonly madeAt: Instant | null
}

/**
 * Lines such as `sha256:0F92…` and `lastModifiedDate:2025-05-28T03:00:01-04:00`; `null` when the source has no such file.
 * (nvd.nist.gov/vuln/data-feeds, read 2025)
 */
export async function readMeta(
  files: FeedFiles,
  path: string,
  limitBytes: number,
): Promise<Result<NvdMeta | null, FeedError>> {
  const fetched = await files.fetch(path, { validator: null, limitBytes })
  if (!fetched.ok) return fetched.error.is === 'not-found' ? ok(null) : fetched
  const text = fetched.value === 'unchanged' ? '' : Buffer.from(fetched.value.bytes).toString('latin1')
  const sha256 = /^sha256:\s*([0-9a-f]{64})\s*$/im.exec(text)?.[1]
  if (sha256 === undefined) return err({ is: 'malformed', what: `${files.base}/${path}`, detail: 'it gives no sha256' })
  const made = /^lastModifiedDate:\s*(\d{4}-\d{2}-\d{2}T[\d:.]{5,16})(Z|[+-]\d{2}:?\d{2})?\s*$/im.exec(text)
  return ok({
    sha256: sha256.toLowerCase(),
    madeAt: made === null ? null : parseInstant(`${made[1]}${made[2] ?? 'Z'}`),
  })
}
