/** Something that reads bytes from outside, with inputs that it reads well. */
export interface FuzzTarget {
  /** Room and reader, e.g. `analyzer npm/package-lock`. */
  readonly name: string
  /** Inputs to begin with; at least one. */
  readonly seeds: readonly Uint8Array[]
  /** Inputs that the unit tests read, where their usual number takes too long. */
  readonly unitInputs?: number
  /**
   * Reads one input. What the reader may do with bad input (a described error, a problem) is a normal return; anything
   * thrown is a finding.
   */
  run(input: Uint8Array): void | Promise<void>
}

/** Processor time in seconds that reading one megabyte may take, and the least that any input is given: a first call compiles. */
export const SECONDS_PER_MEGABYTE = 1
export const LEAST_SECONDS = 0.5

/** Heap in megabytes within which every target reads every input. */
export const HEAP_MEGABYTES = 256
