/**
 * Flaws that Alpine does not hold for flaws of a package, in whatever version and branch, by source package.
 * (gitlab.alpinelinux.org/alpine/security/security-rejections)
 */
export type Rejections = ReadonlyMap<string, ReadonlySet<string>>

/** Several times what the files hold. (inferred from the number of packages) */
const LIMITS = { lines: 200_000, lineCharacters: 512 } as const

/**
 * Reads the one shape that the files have: a package name with a colon, and below it a list of ids, each with a comment
 * behind it or not. It is the subset of YAML that is needed; whatever else a line holds is told to `onBad`, and the flaw
 * then counts as before.
 */
export function readRejections(text: string, onBad: (where: string) => void): Rejections {
  const rejections = new Map<string, Set<string>>()
  let own: Set<string> | null = null
  for (const [index, raw] of text.split('\n', LIMITS.lines).entries()) {
    const line = raw.length > LIMITS.lineCharacters ? null : raw.replace(/(?:^|\s)#.*$/, '').trimEnd()
    if (line === '' || line === '---' || line === '...') continue
    const name = line === null ? undefined : /^["']?([A-Za-z0-9._+-]{1,200})["']?:(?: *\[ *\])?$/.exec(line)?.[1]
    const id = line === null ? undefined : /^ *- +["']?([A-Za-z0-9][A-Za-z0-9-]{1,63})["']?$/.exec(line)?.[1]
    if (name !== undefined) {
      own = rejections.get(name) ?? new Set()
      rejections.set(name, own)
    } else if (id !== undefined && own !== null) own.add(id)
    else {
      onBad(`line ${index + 1}`)
      // Items below a name that cannot be read must not go to the package before it.
      if (line === null || !line.startsWith(' ')) own = null
    }
  }
  return rejections
}

/** Both files together. */
export function allRejections(files: readonly Rejections[]): Rejections {
  const all = new Map<string, Set<string>>()
  for (const file of files) {
    for (const [name, ids] of file) all.set(name, new Set([...(all.get(name) ?? []), ...ids]))
  }
  return all
}
