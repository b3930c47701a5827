import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem, PackageManager } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { isDistributionName } from './package-name.ts'
import { type LockedPackage, lockedPackages } from './toml-packages.ts'

/** `poetry.lock`, any version. */
export const poetryLock: Analyzer = tomlLock('poetry', 'POETRY')
/** `uv.lock`, and `<script>.py.lock` of a script (PEP 723). The API has no word for uv. */
export const uvLock: Analyzer = {
  ...tomlLock('uv', 'OTHER'),
  wants: path => path.endsWith('.lock') && /(?:(?:^|\/)uv|\.py)\.lock$/.test(path),
}
/** `pdm.lock`. The API has no word for PDM. */
export const pdmLock: Analyzer = tomlLock('pdm', 'OTHER')

/**
 * `pylock.toml` and `pylock.<name>.toml`, which pip, uv and PDM write for each other. The API has no word for it.
 * (PEP 751, packaging.python.org, pylock.toml specification)
 */
export const pylock: Analyzer = {
  id: 'pypi/pylock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('.toml') && /(?:^|\/)pylock\.(?:[^/.]+\.)?toml$/.test(path) && !isInsideDependency(path),
  analyze: file => analyzeLock(file, 'OTHER', 'packages'),
}

function tomlLock(tool: 'poetry' | 'uv' | 'pdm', manager: PackageManager): Analyzer {
  const fileName = `${tool}.lock`
  return {
    id: `pypi/${tool}-lock`,
    revision: 1,
    limitBytes: LOCKFILE_LIMIT_BYTES,
    wants: path => path.endsWith(fileName) && (path === fileName || path.endsWith(`/${fileName}`)),
    analyze: file => analyzeLock(file, manager),
  }
}

function analyzeLock(
  file: ScannedFile,
  manager: PackageManager,
  list: 'package' | 'packages' = 'package',
): Result<FileAnalysis, InventoryProblem> {
  const found = new FoundPackages(file.path, { type: 'pypi', manager, isName: isDistributionName })
  const packages = lockedPackages(decodeUtf8(file.bytes), list)
  if (!packages.ok) return malformedLockfile(file, packages.error)
  for (const locked of packages.value) {
    if (found.isFull) break
    if (!isOwnCode(locked)) found.add(locked.name, versionOf(locked))
  }
  return ok(found.analysis())
}

/** The project itself, its workspace members and local directories: code that no index has under that name. */
function isOwnCode({ source }: LockedPackage): boolean {
  if (source.has('archive')) return false
  return (
    ['virtual', 'editable', 'directory', 'path'].some(kind => source.has(kind)) || source.get('type') === 'directory'
  )
}

/** Code from a repository or an archive is not the index's distribution of that version, whatever its metadata says. */
function versionOf({ version, source }: LockedPackage): string | undefined {
  const url = source.get('url')
  if (source.has('archive')) return url ?? source.get('path') ?? 'archive'
  const isRepository = source.get('type') === 'git' || source.has('vcs')
  const git = source.get('git') ?? (isRepository ? url : undefined)
  if (git === undefined) return version
  const commit = source.get('resolved_reference') ?? source.get('commit-id') ?? source.get('revision')
  return `git+${git}${commit === undefined ? '' : `@${commit}`}`
}
