/**
 * An entry's path relative to the root, without `.` parts and doubled slashes; `''` for the root itself. A leading slash
 * is dropped, as container runtimes do; `null` for a path with `..` in it, which only an attack needs.
 */
export function normalizeEntryPath(raw: string): string | null {
  if (/^[^./][^/]*$/.test(raw)) return raw
  const parts: string[] = []
  for (const part of raw.split('/')) {
    if (part === '..') return null
    if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** Where a symlink at `path` points, as seen from inside the root: `..` stops there. Symlinks on the way are not followed. */
export function resolveLinkTarget(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash)
}

export function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
