import type { FeedPart } from './feed.ts'

const EXAMPLES = 5
const EXAMPLE_CHARACTERS = 120

/** Counts what a parser left out, by reason, and keeps the first few names of each. */
export class SkipCounter {
  private readonly reasons = new Map<string, { count: number; readonly examples: string[] }>()

  /** `name` is text from outside: it is shortened, and its control characters are made visible. */
  add(reason: string, name: string): void {
    let seen = this.reasons.get(reason)
    if (seen === undefined) {
      seen = { count: 0, examples: [] }
      this.reasons.set(reason, seen)
    }
    seen.count++
    const example = harmless(name)
    if (seen.examples.length < EXAMPLES && !seen.examples.includes(example)) seen.examples.push(example)
  }

  /** Most frequent first. */
  list(): FeedPart['skipped'] {
    return [...this.reasons]
      .map(([reason, { count, examples }]) => ({ reason, count, examples }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
  }
}

function harmless(text: string): string {
  return text.slice(0, EXAMPLE_CHARACTERS).replace(/[^\x20-\x7e]/g, '?')
}
