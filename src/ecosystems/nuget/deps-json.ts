import { ok } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonObject, member, stringMember } from '../json-file.ts'
import { isPackageId, splitLibrary } from './package-id.ts'

const RUNTIME_PACK = 'runtimepack.'

/**
 * `<application>.deps.json`, which a build writes beside what it built: what really ships. Runtime packs are the .NET
 * runtime inside a self-contained application; Microsoft's advisories name them as packages of nuget.org. The shared
 * runtime itself has such a file too (`shared/Microsoft.NETCore.App/8.0.1/`). (.NET docs, runtimeconfig and deps.json)
 */
export const depsJson: Analyzer = {
  id: 'nuget/deps-json',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('.deps.json'),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const libraries = member(json.value, 'libraries')
    if (!isJsonObject(libraries)) return malformedLockfile(file, 'no libraries')
    const found = new FoundPackages(file.path, { type: 'nuget', manager: 'DOTNET_CORE', isName: isPackageId })
    for (const [key, entry] of Object.entries(libraries)) {
      if (found.isFull) break
      const type = isJsonObject(entry) ? stringMember(entry, 'type')?.toLowerCase() : undefined
      // Projects and references are the application's own assemblies.
      if (type !== 'package' && type !== 'runtimepack') continue
      const library = splitLibrary(key)
      const name = library?.name.startsWith(RUNTIME_PACK) ? library.name.slice(RUNTIME_PACK.length) : library?.name
      found.add(name ?? key, library?.version)
    }
    return ok(found.analysis())
  },
}
