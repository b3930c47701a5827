import { createHash } from 'node:crypto'
import type { RunningHash } from '../ecosystems/content-analyzer.ts'

/** A SHA-1 in the making. It names what was published, and vouches for nothing: whoever forges one fools only himself. */
export function newSha1(): RunningHash {
  const hash = createHash('sha1')
  return { update: bytes => hash.update(bytes), hex: () => hash.digest('hex') }
}
