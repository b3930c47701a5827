import { type CandidateFile, type ContentAnalyzer, HEAD_BYTES } from '../ecosystems/content-analyzer.ts'
import type { FileAnalysis } from '../ecosystems/ecosystem.ts'
import { failedAnalysis, tooLargeProblem } from './analyzer-set.ts'
import { ContentSteps } from './content-steps.ts'
import { newSha1 } from './new-sha1.ts'

export interface ContentOutcome {
  readonly analyzer: string
  readonly analysis: FileAnalysis
}

/** A file that streams by once, before those analyzers that recognise its head. */
export class WatchedFile {
  readonly #file: CandidateFile
  readonly #candidates: readonly ContentAnalyzer[]
  readonly #head: Uint8Array
  #headFilled = 0
  #readings: StreamedReading[] | null = null
  readonly #outcomes: ContentOutcome[] = []

  constructor(file: CandidateFile, candidates: readonly ContentAnalyzer[]) {
    this.#file = file
    this.#candidates = candidates
    this.#head = new Uint8Array(Math.min(HEAD_BYTES, file.sizeBytes))
  }

  /** The next piece; `stop` once nobody wants the rest. */
  push(piece: Uint8Array): 'on' | 'stop' {
    let rest = piece
    if (this.#readings === null) {
      const used = Math.min(piece.length, this.#head.length - this.#headFilled)
      this.#head.set(piece.subarray(0, used), this.#headFilled)
      this.#headFilled += used
      if (this.#headFilled < this.#head.length) return 'on'
      this.#readings = this.#recognise()
      rest = piece.subarray(used)
    }
    this.#readings = this.#readings.filter(reading => !reading.push(rest))
    return this.#readings.length > 0 ? 'on' : 'stop'
  }

  /** What the analyzers said; whoever waits for more is told that there is none. */
  finish(): readonly ContentOutcome[] {
    for (const reading of this.#readings ?? []) reading.end()
    this.#readings = []
    // Which analyzer is done first depends on where the stream was cut; what is said must not.
    return this.#outcomes.toSorted((a, b) => (a.analyzer < b.analyzer ? -1 : 1))
  }

  get workedBytes(): number {
    return this.#workedBytes
  }

  #workedBytes = 0

  #recognise(): StreamedReading[] {
    const readings: StreamedReading[] = []
    for (const analyzer of this.#candidates) {
      if (!analyzer.recognizes(this.#head)) continue
      const done = (analysis: FileAnalysis, workedBytes: number): void => {
        this.#outcomes.push({ analyzer: analyzer.id, analysis })
        this.#workedBytes += workedBytes
      }
      const { path, sizeBytes } = this.#file
      if (sizeBytes > analyzer.limitBytes) done(failedAnalysis(tooLargeProblem(path, sizeBytes, analyzer)), 0)
      else readings.push(new StreamedReading(analyzer, this.#file, this.#head, done))
    }
    return readings
  }
}

/** Bytes of the file that are kept: the head, what an analyzer wants held, and what it reads just now. */
interface HeldPiece {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** One analyzer's reading of a file that streams by. */
class StreamedReading {
  readonly #steps: ContentSteps
  readonly #done: (analysis: FileAnalysis, workedBytes: number) => void
  readonly #held: HeldPiece[]
  /** For an analyzer that is done with each answer when it asks for the next. */
  readonly #reusesBuffer: boolean
  #buffer: Uint8Array = new Uint8Array(0)
  #wanted: HeldPiece | null = null
  /** Where the next byte of the stream lies in the file. */
  #position: number
  #isDone = false

  constructor(
    analyzer: ContentAnalyzer,
    file: CandidateFile,
    head: Uint8Array,
    done: (analysis: FileAnalysis, workedBytes: number) => void,
  ) {
    this.#held = [{ offset: 0, bytes: head }]
    this.#reusesBuffer = analyzer.readsBriefly === true
    this.#position = head.length
    this.#done = done
    this.#steps = new ContentSteps(analyzer, { ...file, head, isStreamed: true, sha1: newSha1 })
    this.#advance(null)
  }

  /** Whether the reading is done. */
  push(piece: Uint8Array): boolean {
    for (let at = 0; at < piece.length && !this.#isDone;) {
      // A reading that goes on within this piece must see the rest of it.
      const end = this.#wanted === null ? piece.length : Math.min(piece.length, at + this.#wantedEnd() - this.#position)
      const part = piece.subarray(at, end)
      for (const held of this.#held) copyInto(held, part, this.#position)
      if (this.#wanted !== null) copyInto(this.#wanted, part, this.#position)
      this.#position += part.length
      at = end
      if (this.#wanted !== null && this.#position >= this.#wantedEnd()) {
        const { bytes } = this.#wanted
        this.#wanted = null
        this.#advance(bytes)
      }
    }
    return this.#isDone
  }

  end(): void {
    while (!this.#isDone) {
      this.#wanted = null
      this.#advance(null)
    }
  }

  #wantedEnd(): number {
    return this.#wanted === null ? 0 : this.#wanted.offset + this.#wanted.bytes.length
  }

  #advance(answer: Uint8Array | null): void {
    let given = answer
    for (;;) {
      const step = this.#steps.advance(given)
      given = null
      if (step.is === 'done') {
        this.#isDone = true
        this.#held.length = 0
        this.#done(step.analysis, this.#steps.workedBytes)
        return
      }
      if (step.is === 'hold') {
        for (const { offset, length } of step.ranges) this.#hold(offset, length)
        continue
      }
      const { offset, length } = step.range
      if (offset + length <= this.#position) given = this.#heldBytes(offset, length)
      else if (offset >= this.#position) {
        this.#wanted = { offset, bytes: this.#bufferFor(length) }
        return
      } else {
        const behind = this.#heldBytes(offset, this.#position - offset)
        if (behind === null) continue
        const bytes = this.#bufferFor(length)
        bytes.set(behind)
        this.#wanted = { offset, bytes }
        return
      }
    }
  }

  #bufferFor(length: number): Uint8Array {
    if (!this.#reusesBuffer) return Buffer.allocUnsafeSlow(length)
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafeSlow(length)
    return this.#buffer.subarray(0, length)
  }

  /** Bytes that have passed are held only where they were before. */
  #hold(offset: number, length: number): void {
    const bytes = Buffer.allocUnsafeSlow(length)
    const passed = Math.min(length, this.#position - offset)
    if (passed > 0) {
      const behind = this.#heldBytes(offset, passed)
      if (behind === null) return
      bytes.set(behind)
    }
    this.#held.push({ offset, bytes })
  }

  #heldBytes(offset: number, length: number): Uint8Array | null {
    for (const held of this.#held) {
      const from = offset - held.offset
      if (from >= 0 && from + length <= held.bytes.length) return held.bytes.subarray(from, from + length)
    }
    return null
  }
}

/** Copies what the stream's piece at `position` and the kept piece have in common. */
function copyInto(kept: HeldPiece, piece: Uint8Array, position: number): void {
  const start = Math.max(position, kept.offset)
  const end = Math.min(position + piece.length, kept.offset + kept.bytes.length)
  if (start < end) kept.bytes.set(piece.subarray(start - position, end - position), start - kept.offset)
}
