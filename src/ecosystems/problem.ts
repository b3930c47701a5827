import type { InventoryProblem } from '../domain/inventory.ts'

/** Most problems that one file may report; what comes after is counted in the last one. */
const LIMIT_PROBLEMS = 100

/** The problems of one file, bounded, so that a hostile file cannot fill the coverage page. */
export class ProblemList {
  readonly path: string
  private readonly listed: InventoryProblem[] = []
  private unlisted = 0

  constructor(path: string) {
    this.path = path
  }

  add(reason: string, detail: string): void {
    if (this.listed.length < LIMIT_PROBLEMS) this.listed.push({ path: this.path, reason, detail })
    else this.unlisted++
  }

  all(): readonly InventoryProblem[] {
    if (this.unlisted === 0) return this.listed
    const detail = `${this.unlisted} further problems of this file are not listed`
    return [...this.listed, { path: this.path, reason: 'limit-exceeded', detail }]
  }
}

/** Text of a scanned file for use in a message: short, and without characters that a terminal would obey. */
export function quoted(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return `"${shown.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}"]/gu, '?')}"`
}
