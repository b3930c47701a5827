/** One package of a secdb file, only what we read. (`packages[].pkg`: Alpine, Wolfi, Chainguard, MinimOS) */
export interface SecdbPackage {
  /** The origin package: what builds the others. */
  readonly name: string
  readonly fixes: readonly { readonly version: string; readonly items: readonly string[] }[]
}

/** Bounds of one file; the largest has some 5,000 packages and a package some 500 items. (observed) */
const LIMITS = { packages: 100_000, versions: 20_000, items: 20_000, textCharacters: 512 } as const

/** The file as a whole cannot be read. */
export class SecdbError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SecdbError'
  }
}

/** The packages of one file's text; one that cannot be read is told to `onBad`. Throws `SecdbError`. */
export function readSecdb(text: string, onBad: (name: string) => void): readonly SecdbPackage[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new SecdbError('the file is not JSON')
  }
  const packages = isObject(value) ? value['packages'] : null
  // Upstream writes `null` where a repository has no fixes yet.
  if (isObject(value) && Object.hasOwn(value, 'packages') && packages === null) return []
  if (!Array.isArray(packages)) throw new SecdbError('the file has no list of packages')
  if (packages.length > LIMITS.packages) throw new SecdbError(`the file has more than ${LIMITS.packages} packages`)
  const read: SecdbPackage[] = []
  for (const [at, entry] of packages.entries()) {
    const found = readPackage(entry)
    if (typeof found === 'string') onBad(found === '' ? `packages[${at}]` : found)
    else read.push(found)
  }
  return read
}

/** The package, or the name of one that cannot be read. */
function readPackage(entry: unknown): SecdbPackage | string {
  const pkg = isObject(entry) ? entry['pkg'] : null
  if (!isObject(pkg)) return ''
  const { name, secfixes } = pkg
  if (typeof name !== 'string' || name === '' || name.length > LIMITS.textCharacters) return ''
  if (!isObject(secfixes)) return name
  const versions = Object.entries(secfixes)
  if (versions.length > LIMITS.versions) return name
  const fixes: { version: string; items: readonly string[] }[] = []
  for (const [version, items] of versions) {
    if (!Array.isArray(items) || items.length > LIMITS.items || version.length > LIMITS.textCharacters) return name
    const texts: string[] = []
    for (const item of items) {
      if (typeof item !== 'string' || item.length > LIMITS.textCharacters) return name
      texts.push(item)
    }
    fixes.push({ version, items: texts })
  }
  return { name, fixes }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
