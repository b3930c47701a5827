import type { FileAnalysis, FoundPackage } from '../ecosystem.ts'
import { FoundPackages } from '../found-packages.ts'
import { quoted } from '../problem.ts'
import { linesOf } from '../text-lines.ts'
import { isModulePath } from './module-path.ts'

/** What the toolchain writes for a module that was built from a directory: it could be anything. */
const UNKNOWN_VERSION = '(devel)'

interface Module {
  readonly path: string
  readonly version: string
}

interface Build {
  /** The package that was built, e.g. `cmd/go`. */
  program: string
  main: Module | null
  readonly dependencies: Module[]
  readonly settings: Map<string, string>
}

/**
 * The packages of one program: the standard library in the toolchain's version, the modules it was linked with, and the
 * main module itself, where somebody gave it a version. (matching-and-feeds §2.8)
 */
export function packagesOfBuild(path: string, toolchain: string, modules: string): FileAnalysis {
  const found = new FoundPackages(path, { type: 'golang', manager: 'GOBINARY', isName: isModulePath })
  const build = readModules(modules, found)
  for (const { path: module, version } of build.dependencies) {
    if (found.isFull) break
    found.add(module, version)
  }
  // The modules `std` and `cmd` are the toolchain, which is judged as a whole.
  if (build.main !== null && build.main.path !== 'std' && build.main.path !== 'cmd') {
    found.add(build.main.path, mainVersion(build.main, build.settings))
  }
  const release = releaseOf(toolchain)
  if (release === null) found.problem('unknown-toolchain', `built by ${quoted(toolchain)}, which is no release of Go`)
  const analysis = found.analysis()
  if (release === null) return analysis
  // The tool that builds is what advisories call the toolchain: they are about the machine that it runs on.
  const names = build.program === 'cmd/go' ? ['stdlib', 'toolchain'] : ['stdlib']
  return { ...analysis, packages: [...names.map(name => toolchainPackage(name, release)), ...analysis.packages] }
}

function toolchainPackage(name: string, { version, vendor }: Release): FoundPackage {
  const pkg = { type: 'golang', name, version, arch: null, source: null, manager: 'GOBINARY' } as const
  return vendor === null ? pkg : { ...pkg, vendor }
}

/** Lines of words apart by tabs: `path`, `mod`, `dep`, `=>` about the line before, `build`. (runtime/debug, BuildInfo) */
function readModules(text: string, found: FoundPackages): Build {
  const build: Build = { program: '', main: null, dependencies: [], settings: new Map() }
  for (const line of linesOf(text)) {
    const [verb, first = '', second = ''] = line.split('\t', 4)
    if (verb === 'path') build.program = first
    else if (verb === 'mod') build.main = { path: first, version: second || UNKNOWN_VERSION }
    else if (verb === 'dep') build.dependencies.push({ path: first, version: second || UNKNOWN_VERSION })
    else if (verb === '=>') replace(build, { path: first, version: second })
    else if (verb === 'build') {
      const equals = first.indexOf('=')
      if (equals > 0) build.settings.set(first.slice(0, equals), first.slice(equals + 1))
    }
    if (build.dependencies.length > MOST_DEPENDENCIES) {
      found.problem('limit-exceeded', `more than ${MOST_DEPENDENCIES} modules; the rest is not read`)
      break
    }
  }
  return build
}

const MOST_DEPENDENCIES = 100_000

/** Of a replaced module nothing was linked. What came from a directory has its name still, and no version. */
function replace(build: Build, by: Module): void {
  const replaced = build.dependencies.pop()
  if (replaced === undefined) return
  const isDirectory = by.version === '' || by.version === UNKNOWN_VERSION || !isModulePath(by.path)
  build.dependencies.push(isDirectory ? { path: replaced.path, version: UNKNOWN_VERSION } : by)
}

/**
 * The version of the main module: a tag, or what the builder linked in. A commit of a repository whose tags were not
 * there to see (`v0.0.0-…`) sorts below every release, so it says as little as `(devel)`. (matching-and-feeds §2.8)
 */
function mainVersion({ path, version }: Module, settings: ReadonlyMap<string, string>): string {
  if (version !== UNKNOWN_VERSION && !/^v0\.0\.0-(?:0\.)?[0-9]{14}-/.test(version)) return version
  return versionOfFlags(settings.get('-ldflags') ?? '', path) ?? UNKNOWN_VERSION
}

/** `-X main.version=1.4.2`, `-X 'example.com/app/internal/build.Version=v1.4.2'`: only of the program's own variables. */
function versionOfFlags(quotedFlags: string, mainPath: string): string | null {
  const flags = quotedFlags.replaceAll(/\\?["']/g, '')
  for (const flag of flags.split(/(?:^|\s)-X[\s=]+/).slice(1)) {
    const [, variable = '', version = ''] = /^([^\s=]{1,300})=(\S{1,100})/.exec(flag) ?? []
    const isOwn =
      variable.startsWith('main.') || variable.startsWith(`${mainPath}/`) || variable.startsWith(`${mainPath}.`)
    if (!isOwn || !/\.(?:[A-Za-z]*version|[A-Za-z]*tag)$/i.test(variable)) continue
    // Of a variable like `goVersion` the value is no version of the program.
    if (/\.(?:go|api|schema|min|max)_?version$/i.test(variable)) continue
    const number = /^v?([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)$/.exec(version)?.[1]
    if (number !== undefined) return `v${number}`
  }
  return null
}

interface Release {
  readonly version: string
  readonly vendor: string | null
}

/**
 * `go1.22.4` without what follows it: experiments (` X:exp`, `-X:exp`) change nothing, but a builder's note
 * (` (Red Hat 1.22.4-1.el9)`, `-fips`) means that fixes may have been carried into an older number.
 */
function releaseOf(toolchain: string): Release | null {
  const [, version = '', rest = ''] =
    /^go([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:(?:rc|beta)[0-9]+)?)(.*)$/s.exec(toolchain) ?? []
  if (version === '' || /^[0-9.]/.test(rest)) return null
  const note = rest.replaceAll(/(?:^|[ -])X:[\w,.]+/g, '').replaceAll(/^[\s(+-]+|[\s)]+$/g, '')
  return { version, vendor: note === '' ? null : note.slice(0, 200).replaceAll(/[^ -~]/g, '?') }
}
