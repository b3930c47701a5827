import { ok } from '../../base/result.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonList, isJsonObject, type JsonObject, member, stringMember } from '../json-file.ts'
import { isCoordinates } from './coordinates.ts'

/** `build.sbt.lock` of sbt-dependency-lock. The API has no word for sbt. (stringbean.github.io/sbt-dependency-lock, file format) */
export const sbtLock: Analyzer = {
  id: 'maven/sbt-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('build.sbt.lock') && /(?:^|\/)build\.sbt\.lock$/.test(path) && !isInsideDependency(path),
  analyze(file) {
    const lock = lockfileObject(file)
    if (!lock.ok) return lock
    const dependencies = member(lock.value, 'dependencies')
    if (!isJsonList(dependencies)) return malformedLockfile(file, 'no list of dependencies')
    const found = new FoundPackages(file.path, { type: 'maven', manager: 'OTHER', isName: isCoordinates })
    for (const entry of dependencies) {
      if (found.isFull) break
      if (!isJsonObject(entry)) found.problem('malformed-lockfile', 'a dependency is not an object')
      else if (!isForTestsOnly(entry)) {
        const [organisation, name] = [stringMember(entry, 'org'), stringMember(entry, 'name')]
        const isNamed = organisation !== undefined && name !== undefined
        found.add(isNamed ? `${organisation}:${name}` : undefined, stringMember(entry, 'version'))
      }
    }
    return ok(found.analysis())
  },
}

/** As with other builds of Java: what only tests need is not part of what is built. */
function isForTestsOnly(entry: JsonObject): boolean {
  const configurations = member(entry, 'configurations')
  if (!isJsonList(configurations) || configurations.length === 0) return false
  return configurations.every(name => typeof name === 'string' && /^(?:test|it|integration)(?:-|$)/.test(name))
}
