import { err, ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type FoundPackage, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'
import { isJsonObject, type Json, type JsonObject, member, readJson, stringMember } from '../json-file.ts'
import { ProblemList, quoted } from '../problem.ts'
import { isPackageName } from './package-name.ts'

/** Lockfiles of the largest public monorepos have about 5 MiB. */
const LIMIT_BYTES = 32 * 1024 * 1024
const LIMIT_PACKAGES = 100_000
const NODE_MODULES = 'node_modules/'

/** `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3, of a project (not of an installed package). */
export const packageLock: Analyzer = {
  id: 'npm/package-lock',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  wants: path => isLockfile(path) && !path.startsWith(NODE_MODULES) && !path.includes(`/${NODE_MODULES}`),
  analyze: analyzeLock,
}

function isLockfile(path: string): boolean {
  return /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/.test(path)
}

function analyzeLock(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const fail = (detail: string): Result<FileAnalysis, InventoryProblem> =>
    err({ path: file.path, reason: 'malformed-lockfile', detail })
  const json = readJson(file.bytes)
  if (!json.ok) return fail(json.error)
  if (!isJsonObject(json.value)) return fail('not a JSON object')

  const problems = new ProblemList(file.path)
  // Versions 2 and 3 have `packages`; what version 2 repeats under `dependencies` is for old clients.
  const packages = member(json.value, 'packages')
  const dependencies = member(json.value, 'dependencies')
  let entries: Iterable<LockEntry>
  if (isJsonObject(packages)) entries = entriesByPath(packages, problems)
  else if (isJsonObject(dependencies)) entries = entriesByName(dependencies, problems)
  else if (
    packages === undefined &&
    dependencies === undefined &&
    member(json.value, 'lockfileVersion') !== undefined
  ) {
    entries = []
  } else return fail('neither packages nor dependencies')
  return ok({ ...EMPTY_ANALYSIS, packages: foundPackages(entries, problems), problems: problems.all() })
}

interface LockEntry {
  readonly name: string
  readonly version: string
}

/** Versions 2 and 3: keys are directories, `""` the project, keys without `node_modules/` workspaces, `link` a symlink. */
function* entriesByPath(packages: JsonObject, problems: ProblemList): Generator<LockEntry> {
  for (const [directory, entry] of Object.entries(packages)) {
    const at = directory.lastIndexOf(NODE_MODULES)
    if (at < 0) continue
    if (!isJsonObject(entry)) {
      problems.add('malformed-lockfile', `the entry ${quoted(directory)} is not an object`)
      continue
    }
    if (member(entry, 'link') === true) continue
    // Under an alias the directory has another name, and the entry says the real one.
    const name = stringMember(entry, 'name') ?? directory.slice(at + NODE_MODULES.length)
    const version = stringMember(entry, 'version')
    const resolved = stringMember(entry, 'resolved')
    if (resolved !== undefined && isOutsideRegistries(resolved)) yield { name, version: resolved }
    else if (version !== undefined) yield { name, version }
    else problems.add('package-without-version', `the entry ${quoted(directory)} has no version`)
  }
}

/** Version 1: a tree of names. Walked without recursion; `readJson` has bounded its depth. */
function* entriesByName(dependencies: JsonObject, problems: ProblemList): Generator<LockEntry> {
  const waiting: JsonObject[] = [dependencies]
  for (let level = waiting.pop(); level !== undefined; level = waiting.pop()) {
    for (const [key, entry] of Object.entries(level)) {
      if (!isJsonObject(entry)) {
        problems.add('malformed-lockfile', `the entry ${quoted(key)} is not an object`)
        continue
      }
      const nested: Json | undefined = member(entry, 'dependencies')
      if (isJsonObject(nested)) waiting.push(nested)
      const version = stringMember(entry, 'version')
      const alias = version === undefined ? null : /^npm:(.+)@([^@]+)$/.exec(version)
      if (version === undefined) problems.add('package-without-version', `the entry ${quoted(key)} has no version`)
      else if (/^(?:file|link):/.test(version) && !/\.(?:tgz|tar\.gz|tar)$/.test(version)) continue
      else yield { name: alias?.[1] ?? key, version: alias?.[2] ?? version }
    }
  }
}

/**
 * Code from a repository or a local archive is not the registry's package of that version, whatever its manifest
 * says: it is listed under where it came from, which no range can judge.
 */
function isOutsideRegistries(resolved: string): boolean {
  return /^(?:git[+:@]|github:|gitlab:|bitbucket:|file:)/.test(resolved)
}

/** Each name and version once; what has no usable name or version is a problem. */
function foundPackages(entries: Iterable<LockEntry>, problems: ProblemList): FoundPackage[] {
  const found = new Map<string, FoundPackage>()
  for (const { name, version } of entries) {
    if (found.size === LIMIT_PACKAGES) {
      problems.add('limit-exceeded', `more than ${LIMIT_PACKAGES} packages; the rest is not read`)
      break
    }
    if (!isPackageName(name)) problems.add('malformed-lockfile', `${quoted(name)} is not a package name`)
    else if (!isVersionText(version))
      problems.add('malformed-lockfile', `${name}: unreadable version ${quoted(version)}`)
    else {
      found.set(`${name} ${version}`, { type: 'npm', name, version, arch: null, source: null, manager: 'NPM' })
    }
  }
  return [...found.values()]
}
