import { ok } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonObject, member, stringMember } from '../json-file.ts'
import { quoted } from '../problem.ts'
import { isPackageId } from './package-id.ts'

/**
 * `packages.lock.json`, versions 1 and 2: what is locked for each target framework (and runtime). The name may have the
 * project's in it, `packages.<project>.lock.json`. (NuGet docs, enabling the lock file)
 */
export const packagesLock: Analyzer = {
  id: 'nuget/packages-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('.lock.json') && /(?:^|\/)packages\.(?:[^/]+\.)?lock\.json$/.test(path),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const frameworks = member(json.value, 'dependencies')
    if (!isJsonObject(frameworks)) return malformedLockfile(file, 'no dependencies')
    const found = new FoundPackages(file.path, { type: 'nuget', manager: 'NUGET', isName: isPackageId })
    for (const [framework, locked] of Object.entries(frameworks)) {
      if (!isJsonObject(locked)) {
        found.problem('malformed-lockfile', `${quoted(framework)} is not an object`)
        continue
      }
      for (const [name, entry] of Object.entries(locked)) {
        if (found.isFull) break
        if (!isJsonObject(entry)) found.problem('malformed-lockfile', `the entry ${quoted(name)} is not an object`)
        // A project of the same solution, not a package.
        else if (stringMember(entry, 'type')?.toLowerCase() !== 'project') {
          found.add(name, stringMember(entry, 'resolved'))
        }
      }
    }
    return ok(found.analysis())
  },
}
