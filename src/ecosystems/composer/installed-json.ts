import { ok } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { isJsonList, isJsonObject, member, readJson } from '../json-file.ts'
import { addEntries } from './package-entries.ts'
import { isComposerName } from './package-name.ts'

/** `vendor/composer/installed.json`: a list until Composer 1, an object since 2. (getcomposer.org, UPGRADE-2.0) */
export const installedJson: Analyzer = {
  id: 'composer/installed-json',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path === 'composer/installed.json' || path.endsWith('/composer/installed.json'),
  analyze(file) {
    const json = readJson(file.bytes)
    if (!json.ok) return malformedLockfile(file, json.error)
    const packages = isJsonObject(json.value) ? member(json.value, 'packages') : json.value
    if (!isJsonList(packages)) return malformedLockfile(file, 'no list of packages')
    const found = new FoundPackages(file.path, { type: 'composer', manager: 'COMPOSER', isName: isComposerName })
    addEntries(packages, found)
    return ok(found.analysis())
  },
}
