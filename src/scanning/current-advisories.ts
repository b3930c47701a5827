import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import type { AdvisoryDatabase } from './advisory-database.ts'

/** The newest advisories, opened once per version. Matching is synchronous, so an index is never closed under its user. */
export interface CurrentAdvisories {
  /** `null` before the first version. Valid until the next call; do not keep it over an `await`. */
  index(): AdvisoryIndex | null
  close(): void
}

export function currentAdvisories(database: AdvisoryDatabase): CurrentAdvisories {
  let open: AdvisoryIndex | null = null
  return {
    index() {
      const version = database.currentVersion()
      if (open !== null && open.version === version) return open
      open?.close()
      open = version === null ? null : database.open()
      return open
    },
    close() {
      open?.close()
      open = null
    },
  }
}
