import { ok } from '../../base/result.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonList, isJsonObject, type JsonObject, member, stringMember } from '../json-file.ts'
import { repositoryName } from './repository-name.ts'

/** A repository, or the `scope.name` of a package registry (SE-0292). */
const isSwiftName = (text: string): boolean => text.length <= 1024 && /^[\w-][\w.-]*(?:\/[\w.~+-]+)*$/.test(text)

/** `Package.resolved`, versions 1 to 3 of its form. (SwiftPM, PinsStore) */
export const packageResolved: Analyzer = {
  id: 'swift/package-resolved',
  revision: 2,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => (path === 'Package.resolved' || path.endsWith('/Package.resolved')) && !isInsideDependency(path),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    // Version 1 keeps its pins one level deeper.
    const object = member(json.value, 'object')
    const pins = member(isJsonObject(object) ? object : json.value, 'pins')
    if (!isJsonList(pins)) return malformedLockfile(file, 'no list of pins')
    const found = new FoundPackages(file.path, { type: 'swift', manager: 'OTHER', isName: isSwiftName })
    for (const pin of pins) {
      if (found.isFull) break
      if (!isJsonObject(pin)) found.problem('malformed-lockfile', 'a pin is not an object')
      else if (!/^(?:localSourceControl|fileSystem)$/.test(stringMember(pin, 'kind') ?? '')) addPin(pin, found)
    }
    return ok(found.analysis())
  },
}

/** A pin of a branch or commit is listed under its commit, which no range can judge. */
function addPin(pin: JsonObject, found: FoundPackages): void {
  const url = stringMember(pin, 'location') ?? stringMember(pin, 'repositoryURL')
  const name = url === undefined || url === '' ? stringMember(pin, 'identity') : repositoryName(url)
  const state = member(pin, 'state')
  const version = isJsonObject(state) ? stringMember(state, 'version') : undefined
  const revision = isJsonObject(state) ? stringMember(state, 'revision') : undefined
  found.add(name, version ?? (revision === undefined ? undefined : `revision:${revision}`))
}
