import { ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonObject, type JsonObject, member, stringMember } from '../json-file.ts'
import { isDistributionName } from './package-name.ts'

/** `Pipfile.lock` of Pipenv: JSON, a group of packages for each category, `_meta` beside them. */
export const pipfileLock: Analyzer = {
  id: 'pypi/pipfile-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('Pipfile.lock') && /(?:^|\/)Pipfile\.lock$/.test(path),
  analyze: analyzeLock,
}

function analyzeLock(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const lock = lockfileObject(file)
  if (!lock.ok) return lock
  if (!isJsonObject(member(lock.value, '_meta'))) return malformedLockfile(file, 'no _meta')
  const found = new FoundPackages(file.path, { type: 'pypi', manager: 'PIPENV', isName: isDistributionName })
  for (const [category, group] of Object.entries(lock.value)) {
    if (category === '_meta') continue
    if (!isJsonObject(group)) found.problem('malformed-lockfile', 'a category is not an object')
    else for (const [name, entry] of Object.entries(group)) addEntry(found, name, isJsonObject(entry) ? entry : {})
  }
  return ok(found.analysis())
}

/** `==1.2.3`, or where the code came from when that is no index; local directories are the project itself. */
function addEntry(found: FoundPackages, name: string, entry: JsonObject): void {
  const git = stringMember(entry, 'git')
  if (git !== undefined) found.add(name, `git+${git}@${stringMember(entry, 'ref') ?? ''}`)
  else if (stringMember(entry, 'path') === undefined) {
    found.add(name, stringMember(entry, 'version')?.replace(/^={2,3}\s*/, '') ?? stringMember(entry, 'file'))
  }
}
