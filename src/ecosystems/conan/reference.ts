import type { FoundPackages } from '../found-packages.ts'
import { quoted } from '../problem.ts'

/** Whether this can be the name of a recipe. (docs.conan.io, conanfile attributes, `name`) */
export function isConanName(text: string): boolean {
  return /^[a-z0-9_][a-z0-9_+.-]{0,100}$/i.test(text)
}

/** `name/version@user/channel#revision%time`: a recipe of one's own still builds the library of that name and version. */
export function addReference(reference: string | undefined, found: FoundPackages): void {
  const [, name, version] = /^([^/@#%]*)\/([^/@#%]*)/.exec(reference ?? '') ?? []
  if (name === undefined) found.problem('malformed-lockfile', `${quoted(reference ?? '')} is not a reference`)
  else found.add(name, version)
}
