import { ok } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonObject, member, stringMember } from '../json-file.ts'
import { isPackageId, splitLibrary } from './package-id.ts'

/** `obj/project.assets.json`, what a restore chose for one project. (NuGet docs, PackageReference in project files) */
export const projectAssets: Analyzer = {
  id: 'nuget/project-assets',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path === 'project.assets.json' || path.endsWith('/project.assets.json'),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const libraries = member(json.value, 'libraries')
    if (!isJsonObject(libraries)) return malformedLockfile(file, 'no libraries')
    const found = new FoundPackages(file.path, { type: 'nuget', manager: 'NUGET', isName: isPackageId })
    for (const [key, entry] of Object.entries(libraries)) {
      if (found.isFull) break
      if (!isJsonObject(entry) || stringMember(entry, 'type')?.toLowerCase() !== 'package') continue
      const library = splitLibrary(key)
      found.add(library?.name ?? key, library?.version)
    }
    return ok(found.analysis())
  },
}
