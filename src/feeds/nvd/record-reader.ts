import type { Instant } from '../../base/clock.ts'
import type { Advisory } from '../../domain/advisory.ts'
import type { FeedPart } from '../feed.ts'
import type { JsonListElement } from '../json-list.ts'
import { SkipCounter } from '../skip-counter.ts'
import { parseNvdJson, type NvdScoreDrop } from './parse.ts'
import { nameOfElement } from './schema.ts'

/** The largest of 16,017 records seen has 144,069 bytes, lists of thousands of products some megabytes. (observed) */
export const LIST_LIMITS = { elementBytes: 16 * 1024 * 1024, elements: 1_000_000, depth: 64 } as const

/** An element of `vulnerabilities`: a record, or why it is none, by the name that it bears if any. */
export type ReadElement =
  | { readonly is: 'record'; readonly advisory: Advisory; readonly droppedScores: readonly NvdScoreDrop[] }
  | { readonly is: 'refused'; readonly reason: string; readonly name: string | null }

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Never throws, whatever the bytes. */
export function readElement(element: JsonListElement): ReadElement {
  if (element.is === 'too-large') return refused('element-too-large', latin1(element.beginning))
  let text: string
  try {
    text = decoder.decode(element.bytes)
  } catch {
    return refused('not-utf8', latin1(element.bytes.subarray(0, 4_000)))
  }
  const parsed = parseNvdJson(text)
  return parsed.ok ? { is: 'record', ...parsed.value } : refused(parsed.error.reason, text)
}

function refused(reason: string, text: string): ReadElement {
  return { is: 'refused', reason, name: nameOfElement(text) }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** The records of one part, as they come. */
export class RecordReader {
  private readonly found = new Map<string, Advisory>()
  private readonly refusedNames = new Set<string>()
  private readonly skips = new SkipCounter()
  recordCount = 0
  newestModified: Instant | null = null

  add(read: ReadElement): void {
    this.recordCount++
    if (read.is === 'refused') {
      this.skips.add(read.reason, read.name ?? `record ${this.recordCount}`)
      if (read.name !== null) this.refusedNames.add(read.name)
      return
    }
    const { advisory, droppedScores } = read
    for (const reason of droppedScores) this.skips.add(reason, advisory.id)
    if (this.found.has(advisory.id)) this.skips.add('duplicate-id', advisory.id)
    else this.found.set(advisory.id, advisory)
    if (advisory.modified !== null && (this.newestModified === null || advisory.modified > this.newestModified)) {
      this.newestModified = advisory.modified
    }
  }

  advisories(): Advisory[] {
    return [...this.found.values()]
  }

  /** Ids of records that could not be read and have no other that could. */
  unread(): string[] {
    return [...this.refusedNames].filter(name => !this.found.has(name))
  }

  skipped(): FeedPart['skipped'] {
    return this.skips.list()
  }
}
