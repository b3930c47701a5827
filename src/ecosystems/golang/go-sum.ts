import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InstalledPackage, InventoryProblem } from '../../domain/inventory.ts'
import type { Version } from '../../domain/version.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isModulePath, isSomebodyElsesModule } from './module-path.ts'
import { goScheme } from './version.ts'

/** `go.sum`: checksums of every module version that was ever needed. Counts only where no go.mod lies beside it. */
export const goSum: Analyzer = {
  id: 'golang/go-sum',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('go.sum') && /(?:^|\/)go\.sum$/.test(path) && !isSomebodyElsesModule(path),
  analyze: analyzeGoSum,
}

/**
 * Lines `module version h1:…`; with `/go.mod` behind the version only the requirements of that version were read. A
 * build takes the highest version that anyone requires, so older ones are left out. (go.dev/ref/mod, go.sum files; MVS)
 */
function analyzeGoSum(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = new FoundPackages(file.path, { type: 'golang', manager: 'GOMOD', isName: isModulePath })
  const highest = new Map<string, Version<'go'>>()
  let lines = 0
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    if (line.trim() === '') continue
    lines++
    const [module, version, hash, ...rest] = line.split(/\s+/)
    if (module === undefined || version === undefined || hash?.startsWith('h1:') !== true || rest.length > 1) {
      if (lines === 1) return malformedLockfile(file, 'the first line is no checksum of a module')
      found.problem('malformed-lockfile', 'a line that is no checksum of a module')
      continue
    }
    if (version.endsWith('/go.mod')) continue
    const read = goScheme.parse(version)
    const known = highest.get(module)
    if (!read.ok) found.add(module, version)
    else if (known === undefined || goScheme.compare(known, read.value) < 0) highest.set(module, read.value)
    if (highest.size > LIMIT_MODULES) break
  }
  for (const [module, version] of highest) found.add(module, version.text)
  return ok(found.analysis())
}

/** One more than are kept, so that what is left out is told. */
const LIMIT_MODULES = 100_001

/** The packages without those of a go.sum that has a go.mod beside it. */
export function withoutSumsBesideModFiles(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const modFiles = new Set<string>()
  for (const pkg of packages) if (pkg.type === 'golang' && pkg.filePath.endsWith('go.mod')) modFiles.add(pkg.filePath)
  if (modFiles.size === 0) return packages
  return packages.filter(
    pkg =>
      pkg.type !== 'golang' || !pkg.filePath.endsWith('go.sum') || !modFiles.has(pkg.filePath.replace(/sum$/, 'mod')),
  )
}
