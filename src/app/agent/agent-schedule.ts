import type { AgentSettings, AgentTask, TaskOutcome } from './agent-settings.ts'

/** Milliseconds of quiet after a change before packages are read: installers write their database in several steps. */
const QUIET_MS = 1_000
/** Longest wait in milliseconds while changes go on. */
const LONGEST_WAIT_MS = 4_000
/** First pause in milliseconds after a failure; each further one is twice as long. */
const FIRST_PAUSE_MS = 2_000
const HOUR_MS = 3_600_000
/** Milliseconds after a change of packages until languages are searched: an upgrade moves them. */
const SEARCH_AFTER_CHANGE_MS = 10 * 60_000
/** Milliseconds until a search that failed is tried again. */
const SEARCH_AGAIN_MS = 10 * 60_000

/**
 * When an agent does what, apart from any clock, process or file. At most one report (or send) and one search run at a
 * time. `random` is from 0 to 1: agents of a fleet must not come together.
 */
export class AgentSchedule {
  readonly #settings: Pick<AgentSettings, 'deepHours' | 'longestPauseSeconds'>
  readonly #random: () => number
  #reportAt: number
  /** Of the change that the next report is about; `null` when none waits. */
  #changedAt: number | null = null
  #searchAt: number
  #task: 'report' | 'send' = 'report'
  #failures = 0
  #isReporting = false
  #isSearching = false

  constructor(
    settings: Pick<AgentSettings, 'deepHours' | 'longestPauseSeconds'>,
    now: number,
    searchedAt: number | null,
    random: () => number,
  ) {
    this.#settings = settings
    this.#random = random
    this.#reportAt = now
    this.#searchAt = searchedAt === null ? now : Math.max(now + 60_000, searchedAt + settings.deepHours * HOUR_MS)
  }

  /** Package databases have changed. */
  changed(now: number): void {
    this.#changedAt ??= now
    // Also while the server cannot be reached: the newest report waits in place of an older one.
    this.#reportAt = Math.min(now + QUIET_MS, this.#changedAt + LONGEST_WAIT_MS)
    this.#task = 'report'
    this.#searchAt = Math.min(this.#searchAt, now + SEARCH_AFTER_CHANGE_MS)
  }

  /** What is due now; it counts as begun. */
  next(now: number): AgentTask | null {
    if (!this.#isReporting && now >= this.#reportAt) {
      const task = this.#task
      this.#isReporting = true
      this.#changedAt = null
      this.#task = 'send'
      this.#reportAt = Number.POSITIVE_INFINITY
      return task
    }
    if (!this.#isSearching && now >= this.#searchAt) {
      this.#isSearching = true
      return 'search'
    }
    return null
  }

  /** Milliseconds until `next` may have an answer. */
  waitMs(now: number): number {
    const report = this.#isReporting ? Number.POSITIVE_INFINITY : this.#reportAt
    const search = this.#isSearching ? Number.POSITIVE_INFINITY : this.#searchAt
    return Math.max(0, Math.min(report, search) - now)
  }

  ended(task: AgentTask, { isDone, isKept, needsPerson, checkInSeconds }: TaskOutcome, now: number): void {
    if (task === 'search') {
      this.#isSearching = false
      this.#searchAt =
        now + (isDone ? this.#settings.deepHours * HOUR_MS * (0.95 + 0.1 * this.#random()) : SEARCH_AGAIN_MS)
      if (isDone) this.#reportSoon(now)
      return
    }
    this.#isReporting = false
    this.#failures = isDone ? 0 : this.#failures + 1
    // Something changed while we were at it: that comes first, and soon.
    if (this.#changedAt !== null || this.#task === 'report') return
    if (isDone) {
      this.#task = 'report'
      this.#reportAt = now + (checkInSeconds ?? 1_800) * 1_000 * (0.9 + 0.1 * this.#random())
    } else {
      if (task === 'report' && !isKept) this.#task = 'report'
      this.#reportAt = now + this.#pauseMs(needsPerson)
    }
  }

  #reportSoon(now: number): void {
    this.#task = 'report'
    if (this.#changedAt === null) this.#reportAt = now
  }

  /** Twice as long each time, up to the longest, and half of it left to chance. */
  #pauseMs(needsPerson: boolean): number {
    const longest = this.#settings.longestPauseSeconds * 1_000
    const pause = needsPerson ? longest : Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 20))
    return pause * (0.5 + 0.5 * this.#random())
  }
}
