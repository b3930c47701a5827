import { err, ok, type Result } from '../base/result.ts'
import type { InventoryProblem, PackageManager } from '../domain/inventory.ts'
import type { PurlType } from '../domain/namespace.ts'
import { EMPTY_ANALYSIS, type FileAnalysis, type FoundPackage, type ScannedFile } from './ecosystem.ts'
import { isJsonObject, type JsonObject, readJson } from './json-file.ts'
import { ProblemList, quoted } from './problem.ts'

/** Lockfiles of the largest public monorepos have about 5 MiB. */
export const LOCKFILE_LIMIT_BYTES = 32 * 1024 * 1024
/** Far above the largest lockfile seen; what comes after is a problem, never silence. */
const LIMIT_PACKAGES = 100_000

interface Kind {
  readonly type: PurlType
  readonly manager: PackageManager
  isName(text: string): boolean
}

/** The packages that one file names, each name and version once, with what could not be read beside them. */
export class FoundPackages {
  private readonly kind: Kind
  private readonly problems: ProblemList
  private readonly found = new Map<string, FoundPackage>()

  constructor(path: string, kind: Kind) {
    this.kind = kind
    this.problems = new ProblemList(path)
  }

  /** An entry whose name or version the file does not give, or gives in a form that cannot be one, is a problem. */
  add(name: string | undefined, version: string | undefined): void {
    if (name === undefined || !this.kind.isName(name)) {
      const detail = name === undefined ? 'an entry without a name' : `${quoted(name)} is not a package name`
      this.problem('malformed-lockfile', detail)
    } else if (version === undefined || version === '') {
      this.problem('package-without-version', `${quoted(name)} has no version`)
    } else if (!isVersionText(version)) {
      this.problem('malformed-lockfile', `${quoted(name)}: unreadable version ${quoted(version)}`)
    } else this.keep(name, version)
  }

  problem(reason: string, detail: string): void {
    this.problems.add(reason, detail)
  }

  /** Whether no further package is taken: the reader of a long file may stop. */
  get isFull(): boolean {
    return this.found.size > LIMIT_PACKAGES
  }

  analysis(): FileAnalysis {
    const packages = [...this.found.values()].slice(0, LIMIT_PACKAGES)
    if (this.isFull) this.problem('limit-exceeded', `more than ${LIMIT_PACKAGES} packages; the rest is not read`)
    return { ...EMPTY_ANALYSIS, packages, problems: this.problems.all() }
  }

  private keep(name: string, version: string): void {
    if (this.isFull) return
    const { type, manager } = this.kind
    this.found.set(`${name} ${version}`, { type, name, version, arch: null, source: null, manager })
  }
}

/** Whether a version can be listed: text that the API takes (1,024 characters), without control characters or blanks. */
export function isVersionText(text: string): boolean {
  return text.length <= 1024 && /^[!-~]+$/.test(text)
}

/** The one JSON object that a lockfile is. */
export function lockfileObject(file: ScannedFile): Result<JsonObject, InventoryProblem> {
  const json = readJson(file.bytes)
  if (!json.ok) return malformedLockfile(file, json.error)
  return isJsonObject(json.value) ? ok(json.value) : malformedLockfile(file, 'not a JSON object')
}

/** Nothing of the file can be believed. */
export function malformedLockfile(file: ScannedFile, detail: string): Result<never, InventoryProblem> {
  return err({ path: file.path, reason: 'malformed-lockfile', detail })
}
