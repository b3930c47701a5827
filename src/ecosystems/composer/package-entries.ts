import type { FoundPackages } from '../found-packages.ts'
import { isJsonObject, type Json, stringMember } from '../json-file.ts'

/** Both files list packages alike: `name` and `version`, as the package's repository writes it (`v1.2.3`, `dev-main`). */
export function addEntries(entries: readonly Json[], found: FoundPackages): void {
  for (const entry of entries) {
    if (found.isFull) return
    if (isJsonObject(entry)) found.add(stringMember(entry, 'name'), stringMember(entry, 'version'))
    else found.problem('malformed-lockfile', 'an entry is not an object')
  }
}
