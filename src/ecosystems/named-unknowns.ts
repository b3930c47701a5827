import { type FoundPackages } from './found-packages.ts'
import { quoted } from './problem.ts'

/** Names in one message. */
const SHOWN = 5

/** Entries of one file whose version it does not say: told together, because one by one they would bury the rest. */
export class NamedUnknowns {
  private readonly shown: string[] = []
  private count = 0

  add(name: string): void {
    this.count++
    if (this.shown.length < SHOWN) this.shown.push(quoted(name))
  }

  /** One problem for all of them, e.g. `12 requirements have no exact version: "a", "b", …`; none when there are none. */
  tell(found: FoundPackages, reason: string, words: string): void {
    if (this.count === 0) return
    const more = this.count > this.shown.length ? ', …' : ''
    found.problem(reason, `${this.count} ${words}: ${this.shown.join(', ')}${more}`)
  }
}
