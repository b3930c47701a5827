import { inflateRawSync, inflateSync } from 'node:zlib'

import type {
  ByteRange,
  ContentAnalyzer,
  ContentFile,
  ContentReading,
  ContentRequest,
} from '../ecosystems/content-analyzer.ts'
import { EMPTY_ANALYSIS, type FileAnalysis } from '../ecosystems/ecosystem.ts'
import { failedAnalysis } from './analyzer-set.ts'
import { CONTENT_LIMITS } from './limits.ts'

/** What a reading waits for, or what it came to. */
export type ContentStep =
  | { readonly is: 'hold'; readonly ranges: readonly ByteRange[] }
  | { readonly is: 'read'; readonly range: ByteRange }
  | { readonly is: 'done'; readonly analysis: FileAnalysis }

/**
 * Runs one reading of a content analyzer from need to need, and inflates for it. Everything it may ask for is bounded
 * here, whoever serves the bytes; what is beyond the bounds is answered with `null`, which the analyzer reports.
 */
export class ContentSteps {
  readonly #analyzer: ContentAnalyzer
  readonly #file: ContentFile
  #reading: ContentReading | null = null
  #requests = 0
  #readBytes = 0
  #inflatedBytes = 0

  constructor(analyzer: ContentAnalyzer, file: ContentFile) {
    this.#analyzer = analyzer
    this.#file = file
  }

  /** Bytes that were handed to the analyzer so far. */
  get workedBytes(): number {
    return this.#readBytes + this.#inflatedBytes
  }

  /** Goes on with the answer to the last step; the first call has none. */
  advance(answer: Uint8Array | null): ContentStep {
    let given = answer
    for (;;) {
      const request = this.#next(given)
      if (request.is === 'done') return request
      this.#requests++
      if (this.#requests > CONTENT_LIMITS.requestsPerFile) {
        return this.#failed('limit-exceeded', `more than ${CONTENT_LIMITS.requestsPerFile} pieces were asked for`)
      }
      if (request.is === 'hold') return { is: 'hold', ranges: this.#bounded(request.ranges) }
      if (request.is === 'read') {
        const [range] = clip([request.range], this.#file.sizeBytes)
        this.#readBytes += range?.length ?? 0
        if (range === undefined || this.#readBytes > CONTENT_LIMITS.readBytesPerFile) given = null
        else return { is: 'read', range }
      } else given = this.#inflate(request)
    }
  }

  #next(answer: Uint8Array | null): ContentRequest | (ContentStep & { is: 'done' }) {
    try {
      this.#reading ??= this.#analyzer.read(this.#file)
      const step = this.#reading.next(answer)
      if (step.done !== true) return step.value
      const result = step.value
      if (result === null) return { is: 'done', analysis: EMPTY_ANALYSIS }
      return { is: 'done', analysis: result.ok ? result.value : failedAnalysis(result.error) }
    } catch (thrown) {
      // One file must not cost the image, not even through a mistake of ours; it stays visible as a problem.
      const detail = `${this.#analyzer.id} failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`
      return this.#failed('analyzer-failed', detail)
    }
  }

  #failed(reason: string, detail: string): ContentStep & { is: 'done' } {
    return { is: 'done', analysis: failedAnalysis({ path: this.#file.path, reason, detail }) }
  }

  /** The ranges inside the file, cut where together they pass what may be held. */
  #bounded(ranges: readonly ByteRange[]): ByteRange[] {
    let leftBytes = this.#analyzer.limitHeldBytes
    const kept: ByteRange[] = []
    for (const { offset, length } of clip(ranges.slice(0, CONTENT_LIMITS.heldRanges), this.#file.sizeBytes)) {
      const allowed = Math.min(length, leftBytes)
      if (allowed > 0) kept.push({ offset, length: allowed })
      leftBytes -= allowed
    }
    return kept
  }

  #inflate({ bytes, form, limitBytes }: ContentRequest & { is: 'inflate' }): Uint8Array | null {
    const allowedBytes = Math.min(limitBytes, this.#analyzer.limitInflatedBytes - this.#inflatedBytes)
    if (!(allowedBytes > 0)) return null
    const options = { maxOutputLength: allowedBytes, chunkSize: Math.min(Math.max(allowedBytes, 64), 1 << 20) }
    try {
      const inflated = form === 'raw' ? inflateRawSync(bytes, options) : inflateSync(bytes, options)
      this.#inflatedBytes += inflated.length
      return inflated
    } catch {
      // What was inflated before the end was reached cost as much as if it had been wanted.
      this.#inflatedBytes += Math.min(allowedBytes, bytes.length * DEFLATE_RATIO)
      return null
    }
  }
}

/** Deflate cannot make more of a byte than this. (RFC 1951: 258 bytes of two bits) */
const DEFLATE_RATIO = 1032

function clip(ranges: readonly ByteRange[], sizeBytes: number): ByteRange[] {
  return ranges.flatMap(({ offset, length }) => {
    const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
    const inside = isRange ? Math.min(length, sizeBytes - offset) : 0
    return inside > 0 ? [{ offset, length: inside }] : []
  })
}
