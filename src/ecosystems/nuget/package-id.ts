/** Whether this can be the id of a package: letters, digits, `.`, `_`, `-`, at most 128. (NuGet docs, nuspec `id`; NuGet.Client, PackageIdValidator) */
export function isPackageId(text: string): boolean {
  return text.length <= 128 && /^[\p{L}\p{N}_]+(?:[.-][\p{L}\p{N}_]+)*$/u.test(text)
}

/** `Name/1.2.3`, the keys of `libraries` in two files of .NET; `null` when there is no slash. */
export function splitLibrary(key: string): { readonly name: string; readonly version: string } | null {
  const slash = key.indexOf('/')
  return slash < 0 ? null : { name: key.slice(0, slash), version: key.slice(slash + 1) }
}
