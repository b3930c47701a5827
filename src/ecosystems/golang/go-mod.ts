import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isModulePath, isSomebodyElsesModule } from './module-path.ts'

/** `go.mod` of a project: what it builds with, replacements included. The standard library depends on who builds. */
export const goMod: Analyzer = {
  id: 'golang/go-mod',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('go.mod') && /(?:^|\/)go\.mod$/.test(path) && !isSomebodyElsesModule(path),
  analyze: analyzeGoMod,
}

interface Requirement {
  readonly module: string
  readonly version: string
}

interface ModFile {
  module: string | null
  /** Minor number of the language version; files without one are read as 1.16. (go.dev/ref/mod, go directive) */
  languageMinor: number
  readonly requirements: Requirement[]
  /** By `module` or `module version`; `null` for a local directory, whose own go.mod tells. */
  readonly replacements: Map<string, Requirement | null>
}

/** Since Go 1.17 a go.mod lists every module that is needed to build. (go.dev/ref/mod, graph pruning) */
const FIRST_COMPLETE_MINOR = 17

function analyzeGoMod(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = new FoundPackages(file.path, { type: 'golang', manager: 'GOMOD', isName: isModulePath })
  const mod = readModFile(decodeUtf8(file.bytes), found)
  if (mod.module === null) return malformedLockfile(file, 'no module directive')
  // The Go distribution itself: its modules are part of the toolchain, which is judged as a whole.
  if (mod.module === 'std' || mod.module === 'cmd') return ok(new FoundPackages(file.path, NO_KIND).analysis())

  for (const requirement of mod.requirements) {
    if (found.isFull) break
    const exact = mod.replacements.get(`${requirement.module} ${requirement.version}`)
    const replacement = exact === undefined ? mod.replacements.get(requirement.module) : exact
    if (replacement === null) continue
    const { module, version } = replacement ?? requirement
    found.add(module, version)
  }
  if (mod.languageMinor < FIRST_COMPLETE_MINOR && mod.requirements.length > 0) {
    found.problem('incomplete-lockfile', 'before Go 1.17 a go.mod names direct requirements only')
  }
  return ok(found.analysis())
}

const NO_KIND = { type: 'golang', manager: 'GOMOD', isName: isModulePath } as const

/** Directives stand on their own line or in a block of one verb: `require ( … )`. (go.dev/ref/mod, lexical elements) */
function readModFile(text: string, found: FoundPackages): ModFile {
  const mod: ModFile = { module: null, languageMinor: 16, requirements: [], replacements: new Map() }
  let block: string | null = null
  for (const line of linesOf(text)) {
    const words = wordsOf(line)
    const [first] = words
    if (first === undefined) continue
    if (block !== null) {
      if (first === ')') block = null
      else readDirective(mod, block, words, found)
    } else if (words[1] === '(') block = first
    else readDirective(mod, first, words.slice(1), found)
  }
  return mod
}

function readDirective(mod: ModFile, verb: string, words: readonly string[], found: FoundPackages): void {
  const [first, second] = words
  switch (verb) {
    case 'module':
      mod.module ??= first ?? null
      return
    case 'go': {
      const minor = /^1\.([0-9]{1,4})(?:[.a-z]|$)/.exec(first ?? '')?.[1]
      if (minor !== undefined) mod.languageMinor = Number(minor)
      return
    }
    case 'require':
      if (first !== undefined && second !== undefined) mod.requirements.push({ module: first, version: second })
      else found.problem('malformed-lockfile', 'a requirement without a module or a version')
      return
    case 'replace':
      readReplacement(mod, words, found)
      return
    default:
  }
}

/** `old [version] => new [version]`; without a version the new one is a directory. */
function readReplacement(mod: ModFile, words: readonly string[], found: FoundPackages): void {
  const arrow = words.indexOf('=>')
  const [module, version] = words.slice(0, Math.max(arrow, 0))
  const [newModule, newVersion] = words.slice(arrow + 1)
  if (arrow < 0 || module === undefined || newModule === undefined) {
    found.problem('malformed-lockfile', 'a replacement that is not "old => new"')
    return
  }
  const replacement = newVersion === undefined ? null : { module: newModule, version: newVersion }
  mod.replacements.set(version === undefined ? module : `${module} ${version}`, replacement)
}

/** Words of a line up to its comment; quotes around them are taken off. */
function wordsOf(line: string): readonly string[] {
  const comment = /(?:^|\s)\/\//.exec(line)
  const text = comment === null ? line : line.slice(0, comment.index)
  return text
    .replaceAll(/([()])/g, ' $1 ')
    .split(/\s+/)
    .filter(word => word !== '')
    .map(word => word.replace(/^(["`])(.*)\1$/s, '$2'))
}
