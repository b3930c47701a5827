import { ok } from '../../base/result.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonList, member } from '../json-file.ts'
import { addEntries } from './package-entries.ts'
import { isComposerName } from './package-name.ts'

/** `composer.lock`, with what it locks for development. (getcomposer.org/doc/01-basic-usage.md) */
export const composerLock: Analyzer = {
  id: 'composer/composer-lock',
  revision: 2,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => (path === 'composer.lock' || path.endsWith('/composer.lock')) && !isInsideDependency(path),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const packages = member(json.value, 'packages')
    const development = member(json.value, 'packages-dev')
    if (!isJsonList(packages)) return malformedLockfile(file, 'no list of packages')
    const found = new FoundPackages(file.path, { type: 'composer', manager: 'COMPOSER', isName: isComposerName })
    addEntries(packages, found)
    if (isJsonList(development)) addEntries(development, found)
    return ok(found.analysis())
  },
}
