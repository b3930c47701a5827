import type { ContentOutcome } from '../../inventory/watched-file.ts'
import { failedAnalysis } from '../../inventory/analyzer-set.ts'
import type { LeftOut } from './jobs.ts'
import type { ReaderEnd, ReaderFault } from './reader-child.ts'

const REASONS: Readonly<Record<ReaderEnd, string>> = {
  crashed: 'analyzer-crashed',
  timeout: 'analyzer-timeout',
  'out-of-memory': 'analyzer-out-of-memory',
  lied: 'analyzer-crashed',
  closed: 'analyzer-crashed',
}

/**
 * What is known of the files over which readers of one thing have ended. A reader tells which file it is about to read
 * only after one has ended (telling costs a call of the system for each file), so the first end costs one more reading,
 * and each further one a file.
 */
export class ReaderRetries {
  readonly #limit: number
  readonly #leftOut: LeftOut[] = []
  #isCareful = false
  #ends = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get leftOut(): readonly LeftOut[] {
    return this.#leftOut
  }

  get isCareful(): boolean {
    return this.#isCareful
  }

  get ends(): number {
    return this.#ends
  }

  /** Learns from how a reader ended; whether another may try. */
  mayTryAgain(fault: ReaderFault): boolean {
    this.#ends += 1
    const wasCareful = this.#isCareful
    this.#isCareful = true
    if (fault.at !== null) {
      const { path, analyzer } = fault.at
      this.#leftOut.push({ analyzer, problem: problemAfter(fault, path, analyzer) })
    } else if (wasCareful) return false
    return this.#ends <= this.#limit
  }
}

/** The problem of a file over which a reader has ended. */
export function problemAfter({ end, message }: ReaderFault, path: string, analyzer: string) {
  return { path, reason: REASONS[end], detail: `${analyzer} was stopped with its process: ${message}` }
}

/** The outcome of a file that no reader has lived to answer. */
export function outcomeAfter(fault: ReaderFault, path: string, analyzer: string): ContentOutcome {
  return { analyzer, analysis: failedAnalysis(problemAfter(fault, path, analyzer)) }
}
