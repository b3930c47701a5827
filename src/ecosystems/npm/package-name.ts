/**
 * Whether this can be the name of a registry package, `name` or `@scope/name`. Old names may have capitals and odd
 * marks; a path part that starts with a dot (`.bin`, `.cache`) never names one. (npm docs, package.json "name")
 */
export function isPackageName(text: string): boolean {
  return (
    text.length <= 214 && /^(?:@[A-Za-z0-9~_-][A-Za-z0-9~_.-]*\/)?[A-Za-z0-9~_!'()*-][A-Za-z0-9~_.!'()*-]*$/.test(text)
  )
}
