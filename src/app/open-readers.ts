import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { type ReaderPool, readerPool } from '../system/reader-pool/reader-pool.ts'

export type { ReaderPool }

/**
 * Where this process has parsed what it scans: in processes that hold nothing. `onUnprotected` is told once, with the
 * reason, when none can be started and it is parsed here; `isLasting` keeps one ready between scans that follow one another.
 */
export function openReaders(onUnprotected: (reason: string) => void, isLasting = false): ReaderPool {
  return readerPool({
    ecosystems: ECOSYSTEMS,
    analyzers: new URL('../ecosystems/index.ts', import.meta.url),
    onUnprotected,
    isLasting,
  })
}

/** What a person is told when that happens. */
export function unprotectedInWords(reason: string): string {
  return `No process of its own could be started for reading what is scanned (${reason}): it was read in this process.`
}
