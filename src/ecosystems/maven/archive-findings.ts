import type { InventoryProblem } from '../../domain/inventory.ts'
import { EMPTY_ANALYSIS, type FileAnalysis, type FoundPackage } from '../ecosystem.ts'
import type { UnnamedArchive } from '../file-analysis.ts'
import { ProblemList, quoted } from '../problem.ts'
import type { Coordinates } from './coordinates.ts'

/** What an archive and those in it say. Of one in another it is put aside until the outer one's directory lists it. */
export class ArchiveFindings {
  readonly #problems: ProblemList
  readonly #packages = new Map<string, FoundPackage>()
  readonly #unnamed: UnnamedArchive[] = []

  constructor(path: string) {
    this.#problems = new ProblemList(path)
  }

  add(coordinates: Coordinates, inside: readonly string[]): void {
    const pkg = packageOf(coordinates, inside)
    this.#packages.set(JSON.stringify([pkg.name, pkg.version, pkg.inside]), pkg)
  }

  addUnnamed(archive: UnnamedArchive): void {
    this.#unnamed.push(archive)
  }

  /** `inside` is the place in the file that the problem is about; none for the file itself. */
  problem(reason: string, inside: readonly string[], detail: string): void {
    this.#problems.add(reason, inside.length === 0 ? detail : `${quoted(inside.join(':'))}: ${detail}`)
  }

  merge(other: ArchiveFindings): void {
    for (const [key, pkg] of other.#packages) this.#packages.set(key, pkg)
    for (const archive of other.#unnamed) this.#unnamed.push(archive)
    for (const { reason, detail } of other.#problems.all()) this.#problems.add(reason, detail)
  }

  analysis(): FileAnalysis {
    const problems: readonly InventoryProblem[] = this.#problems.all()
    const found = { ...EMPTY_ANALYSIS, packages: [...this.#packages.values()], problems }
    return this.#unnamed.length === 0 ? found : { ...found, unnamed: this.#unnamed }
  }
}

/** The package that an archive is, `inside` being the way to it in the file. */
export function packageOf({ name, version }: Coordinates, inside: readonly string[]): FoundPackage {
  const pkg: FoundPackage = { type: 'maven', name, version, arch: null, source: null, manager: 'JAR' }
  return inside.length === 0 ? pkg : { ...pkg, inside: inside.join(':') }
}
