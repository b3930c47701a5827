import { ok } from '../../base/result.ts'
import { parsePurl } from '../../domain/purl.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonList, isJsonObject, type JsonObject, member, stringMember } from '../json-file.ts'
import { quoted } from '../problem.ts'
import { isComponentName } from './component-name.ts'

/**
 * `/opt/bitnami/<component>/.spdx-<component>.spdx`: SPDX 2 in JSON, the component first and what was built into it
 * after. Only purls of Bitnami's own type count: libraries of other ecosystems are found by their own files.
 */
export const componentSpdx: Analyzer = {
  id: 'bitnami/component-spdx',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('.spdx') && /(?:^|\/)opt\/bitnami\/(?:.*\/)?\.spdx-[^/]+\.spdx$/.test(path),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const packages = member(json.value, 'packages')
    if (!isJsonList(packages)) return malformedLockfile(file, 'no list of packages')
    const found = new FoundPackages(file.path, { type: 'bitnami', manager: 'OTHER', isName: isComponentName })
    for (const entry of packages) {
      if (found.isFull) break
      if (isJsonObject(entry)) addComponents(entry, found)
      else found.problem('malformed-lockfile', 'a package is not an object')
    }
    return ok(found.analysis())
  },
}

function addComponents(entry: JsonObject, found: FoundPackages): void {
  const references = member(entry, 'externalRefs')
  if (!isJsonList(references)) return
  for (const reference of references) {
    const locator = isJsonObject(reference) ? stringMember(reference, 'referenceLocator') : undefined
    if (locator?.startsWith('pkg:bitnami/') !== true) continue
    const purl = parsePurl(locator)
    if (purl.ok) found.add(purl.value.name, purl.value.version)
    else found.problem('malformed-lockfile', `${quoted(locator)} is not a package URL with a version`)
  }
}
