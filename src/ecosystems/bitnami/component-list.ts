import { ok } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, lockfileObject } from '../found-packages.ts'
import { isJsonObject, member, stringMember } from '../json-file.ts'
import { quoted } from '../problem.ts'
import { isComponentName } from './component-name.ts'

/** `/opt/bitnami/.bitnami_components.json`: components by name, the only list in images of before 2023. */
export const componentList: Analyzer = {
  id: 'bitnami/component-list',
  revision: 1,
  limitBytes: 1024 * 1024,
  wants: path =>
    path === 'opt/bitnami/.bitnami_components.json' || path.endsWith('/opt/bitnami/.bitnami_components.json'),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const found = new FoundPackages(file.path, { type: 'bitnami', manager: 'OTHER', isName: isComponentName })
    for (const name of Object.keys(json.value)) {
      if (found.isFull) break
      const entry = member(json.value, name)
      if (isJsonObject(entry)) found.add(name, stringMember(entry, 'version'))
      else found.problem('malformed-lockfile', `the entry ${quoted(name)} is not an object`)
    }
    return ok(found.analysis())
  },
}
