import { err, ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'
import { isJsonObject, member, readJson, stringMember } from '../json-file.ts'
import { quoted } from '../problem.ts'
import { isPackageName } from './package-name.ts'

const SUFFIX = '/package.json'

/** Directories inside a package that hold specimens for its own tests, not code that runs. */
const SPECIMEN_DIRECTORIES = new Set([
  'test', 'tests', '__tests__', 'spec', 'specs', 'fixture', 'fixtures', '__fixtures__', 'testdata', 'mock', 'mocks',
  '__mocks__', 'example', 'examples', 'benchmark', 'benchmarks',
]) // prettier-ignore

/** `package.json` of an installed copy: `node_modules/<name>/`, nested, global, or in pnpm's `.pnpm` store. */
export const installedPackage: Analyzer = {
  id: 'npm/installed-package',
  revision: 1,
  limitBytes: 4 * 1024 * 1024,
  wants: path => path.endsWith(SUFFIX) && path.includes('node_modules/') && isInstalledCopy(path),
  analyze: analyzeManifest,
}

/**
 * Whether the path is `…/node_modules/<name>/package.json`, and not below a specimen directory of another package.
 * Other directories between two `node_modules` do not matter: packages bundle copies in `dist/` and the like.
 */
export function isInstalledCopy(path: string): boolean {
  const parts = path.split('/')
  const last = parts.lastIndexOf('node_modules')
  const isScoped = parts[last + 1]?.startsWith('@') === true
  if (last < 0 || parts.length !== last + (isScoped ? 4 : 3)) return false
  if (!isPackageName(parts.slice(last + 1, -1).join('/'))) return false

  let at = parts.indexOf('node_modules')
  while (at < last) {
    // Past the name of the package that this node_modules holds: that name may itself be "test".
    at += parts[at + 1]?.startsWith('@') === true ? 3 : 2
    for (; at < last && parts[at] !== 'node_modules'; at++) {
      if (SPECIMEN_DIRECTORIES.has(parts[at] ?? '')) return false
    }
  }
  return true
}

/**
 * The name is the manifest's own: under an alias (`npm:` in the dependency) the directory has another. A manifest with
 * `private: true` is not from a registry (npm refuses to publish it), so no advisory speaks about it.
 */
function analyzeManifest(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const fail = (reason: string, detail: string): Result<FileAnalysis, InventoryProblem> =>
    err({ path: file.path, reason, detail })
  const json = readJson(file.bytes)
  if (!json.ok) return fail('malformed-package-manifest', json.error)
  if (!isJsonObject(json.value)) return fail('malformed-package-manifest', 'not a JSON object')
  const manifest = json.value
  if (member(manifest, 'private') === true) return ok(EMPTY_ANALYSIS)

  const name = stringMember(manifest, 'name')
  const version = stringMember(manifest, 'version')
  if (name === undefined || !isPackageName(name)) {
    const detail = name === undefined ? 'no name' : `${quoted(name)} is not a package name`
    return fail('malformed-package-manifest', detail)
  }
  if (version === undefined || !isVersionText(version.trim())) {
    return fail('package-without-version', `${name} has no readable version`)
  }
  const found = { type: 'npm', name, version: version.trim(), arch: null, source: null, manager: 'NODEPKG' } as const
  return ok({ ...EMPTY_ANALYSIS, packages: [found] })
}
