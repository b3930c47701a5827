import { ok } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonObject, type JsonObject, member, stringMember } from '../json-file.ts'
import { quoted } from '../problem.ts'
import { isRName } from './r-name.ts'

/** `renv.lock`. (rstudio.github.io/renv, lockfiles) */
export const renvLock: Analyzer = {
  id: 'cran/renv-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path === 'renv.lock' || path.endsWith('/renv.lock'),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const packages = member(json.value, 'Packages')
    // Without packages renv writes an empty list, because R cannot tell the two apart.
    const isEmpty = Array.isArray(packages) && packages.length === 0
    if (!isJsonObject(packages) && !isEmpty) return malformedLockfile(file, 'no Packages')
    const found = new FoundPackages(file.path, { type: 'cran', manager: 'OTHER', isName: isRName })
    for (const [key, entry] of Object.entries(isJsonObject(packages) ? packages : {})) {
      if (found.isFull) break
      if (isJsonObject(entry)) addPackage(key, entry, found)
      else found.problem('malformed-lockfile', `the entry ${quoted(key)} is not an object`)
    }
    return ok(found.analysis())
  },
}

/**
 * Bioconductor's packages have an ecosystem of their own and are left out; code from a repository or a file is listed
 * under its kind of source, which no range can judge. Whoever serves CRAN's packages names them alike (P3M, mirrors).
 */
function addPackage(key: string, entry: JsonObject, found: FoundPackages): void {
  const source = stringMember(entry, 'Source') ?? 'Repository'
  if (/^bioc/i.test(source) || /^bioc/i.test(stringMember(entry, 'Repository') ?? '')) return
  const version = stringMember(entry, 'Version')
  const isFromCran = source === 'Repository' || source === 'CRAN'
  const label = source.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  found.add(
    stringMember(entry, 'Package') ?? key,
    isFromCran || version === undefined ? version : `${label}:${version}`,
  )
}
