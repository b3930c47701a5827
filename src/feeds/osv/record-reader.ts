import type { Instant } from '../../base/clock.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { parseOsvJson } from '../osv-record.ts'
import type { OsvEcosystem } from '../osv-record.ts'
import { SkipCounter } from '../skip-counter.ts'
import type { ListedRecord } from './change-list.ts'

/** The time of a record that was refused: only compared with that of a list, so that it need not be believed. */
const MODIFIED = /"modified"\s*:\s*"([^"\\]{1,64})"/

/** Reads records one after the other and counts what is left out. */
export class RecordReader {
  readonly skips = new SkipCounter()
  /** Every record that was handed in, read or not. */
  readonly seen: ListedRecord[] = []
  newestModified: Instant | null = null
  private readonly byId = new Map<string, Advisory>()
  private readonly part: string
  private readonly ecosystems: readonly OsvEcosystem[]

  constructor(part: string, ecosystems: readonly OsvEcosystem[]) {
    this.part = part
    this.ecosystems = ecosystems
  }

  advisories(): readonly Advisory[] {
    return [...this.byId.values()]
  }

  /** `name` is the record's in its source; with `onlyId` the record of another id is refused. */
  read(name: string, content: { readonly text: string } | { readonly problem: string }, onlyId?: string): void {
    if ('problem' in content) {
      this.skips.add(content.problem, name)
      this.seen.push({ id: name, modified: 0 })
      return
    }
    const parsed = parseOsvJson(content.text, { feed: 'osv', part: this.part, ecosystems: this.ecosystems })
    if (!parsed.ok) {
      this.skips.add(parsed.error.reason, name)
      this.seen.push({ id: name, modified: Date.parse(MODIFIED.exec(content.text)?.[1] ?? '') || 0 })
      return
    }
    const { advisory, dropped } = parsed.value
    this.seen.push({ id: advisory.id, modified: advisory.modified ?? 0 })
    if (onlyId !== undefined && advisory.id !== onlyId) {
      this.skips.add('record-of-another-id', name)
      return
    }
    for (const reason of dropped) this.skips.add(reason, name)
    if (this.byId.has(advisory.id)) this.skips.add('duplicate-id', name)
    else this.byId.set(advisory.id, advisory)
    if (advisory.modified !== null && (this.newestModified === null || advisory.modified > this.newestModified)) {
      this.newestModified = advisory.modified
    }
  }
}
