/** Who waits for the work; an earlier lane is always served first. */
export const LANES = { person: 40, push: 30, advisory: 20, schedule: 10 } as const

export type Lane = keyof typeof LANES

/** A kind of work. Input is parsed again when it comes out of the queue; every handler is safe to run twice. */
export interface JobDefinition<Input> {
  /** Lower-case words with dashes; also the queue's name. */
  readonly name: string
  /** Throws on input that a current version would not have queued: the job fails for good and is reported. */
  parse(input: unknown): Input
  /** Jobs of this kind that one worker process runs at once. */
  readonly concurrency: number
  /** Attempts after the first, with growing pauses. */
  readonly retries: number
  /** A job that has not reported for this long belongs to a dead worker and is handed to another. */
  readonly heartbeatSeconds: number
  /** Longest run; then the signal aborts and the attempt counts as failed. */
  readonly timeoutSeconds: number
  /** Of jobs with one key, whether one at most runs at a time in all processes; each must have a key. */
  readonly isExclusive?: boolean
}

export interface EnqueueOptions {
  readonly lane: Lane
  /** While a job of the same kind and key waits, another is not added. One that already runs does not count. */
  readonly key?: string
  readonly startAfterSeconds?: number
}

export interface JobQueue {
  enqueue<Input>(definition: JobDefinition<Input>, input: Input, options: EnqueueOptions): Promise<void>
  enqueueAll<Input>(
    definition: JobDefinition<Input>,
    jobs: readonly { readonly input: Input; readonly key?: string }[],
    options: Omit<EnqueueOptions, 'key'>,
  ): Promise<void>
  /** Starts serving; a handler that throws is retried. Must be called before `start` of the process's workers ends. */
  work<Input>(
    definition: JobDefinition<Input>,
    handler: (input: Input, signal: AbortSignal) => Promise<void>,
  ): Promise<void>
  /** Runs the job about every `everySeconds`, once however many processes there are. */
  repeat<Input>(definition: JobDefinition<Input>, input: Input, everySeconds: number): Promise<void>
  /** Waiting and running jobs of all kinds. */
  pending(): Promise<number>
  /** Lets running jobs finish for at most `graceMs`, then gives them back. */
  stop(graceMs: number): Promise<void>
}
