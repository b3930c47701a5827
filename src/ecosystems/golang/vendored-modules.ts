import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InstalledPackage, InventoryProblem } from '../../domain/inventory.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isModulePath, isSomebodyElsesModule } from './module-path.ts'

const FILE = 'vendor/modules.txt'

/** `vendor/modules.txt` of a project: the modules whose code lies in `vendor/`, which is what its build takes. (go.dev/ref/mod, vendoring) */
export const vendoredModules: Analyzer = {
  id: 'golang/vendored-modules',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path =>
    path.endsWith(FILE) && (path === FILE || path.endsWith(`/${FILE}`)) && !isSomebodyElsesModule(projectOf(path)),
  analyze: analyzeModules,
}

interface Header {
  readonly module: string
  readonly version: string
}

/**
 * `# module version`, a replacement as `# old v1 => new v2` or `# old v1 => ./directory`, then `## explicit` and the
 * packages taken from it, a line each. A module without packages was asked for and has no code here.
 */
function analyzeModules(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = new FoundPackages(file.path, { type: 'golang', manager: 'GOMOD', isName: isModulePath })
  let header: Header | null = null
  let hasHeader = false
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    if (found.isFull) break
    if (line === '' || line.startsWith('## ')) continue
    if (line.startsWith('# ')) {
      hasHeader = true
      header = headerOf(line.slice(2).trim().split(/\s+/))
    } else if (!hasHeader) return malformedLockfile(file, 'does not begin with a module')
    else if (header !== null) {
      found.add(header.module, header.version)
      header = null
    }
  }
  return ok(found.analysis())
}

/** `null` for a directory of the project's own, and for a replacement of whatever version, which repeats go.mod. */
function headerOf(words: readonly string[]): Header | null {
  const arrow = words.indexOf('=>')
  const [module, version] = arrow < 0 ? words : words.slice(arrow + 1)
  return module === undefined || version === undefined || arrow === 1 ? null : { module, version }
}

/** `app/` for `app/vendor/modules.txt`. */
function projectOf(path: string): string {
  return path.slice(0, -FILE.length)
}

/** The packages without those of a go.mod and go.sum that have the vendored code beside them: that is what is built. */
export function withoutFilesOfVendored(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const projects = new Set<string>()
  for (const { type, filePath } of packages) {
    if (type === 'golang' && filePath.endsWith(FILE)) projects.add(projectOf(filePath))
  }
  if (projects.size === 0) return packages
  return packages.filter(
    ({ type, filePath }) =>
      type !== 'golang' ||
      !/(?:^|\/)go\.(?:mod|sum)$/.test(filePath) ||
      !projects.has(filePath.slice(0, -'go.mod'.length)),
  )
}
