import type { AlmaPackage } from './schema.ts'

/**
 * Which packages each source builds, as all notices of a release tell together. Some notices leave out packages that are
 * built from the fixed source with the fixed version (`lua` without `lua-libs`): a fix of a source is a fix of all of
 * them. Only packages that have the version of their source in every notice that names both are taken: others (perl's
 * modules, Node.js's npm) count by themselves, and their fix cannot be told. (matching-and-feeds §1.1, §6)
 */
export class BuiltTogether {
  /** By source name and line of builds: package name to whether its version has always been that of the source. */
  private readonly bySource = new Map<string, Map<string, boolean>>()

  /** Takes one built package of a notice into account. */
  learn(pkg: AlmaPackage): void {
    const source = sourceOf(pkg)
    if (source === null) return
    const key = lineOf(source.name, pkg)
    let names = this.bySource.get(key)
    if (names === undefined) this.bySource.set(key, (names = new Map(PAIRS.get(source.name))))
    const isAlike = withoutEpoch(pkg.version) === source.version
    names.set(pkg.name, isAlike && (names.get(pkg.name) ?? true))
  }

  /** Packages with the fix that the notice leaves out. */
  omittedFrom(packages: readonly AlmaPackage[]): readonly AlmaPackage[] {
    const named = new Set(packages.map(({ name }) => name))
    const omitted = new Map<string, AlmaPackage>()
    for (const pkg of packages) {
      const source = sourceOf(pkg)
      // Only what has the source's version tells the epoch that the others have.
      if (source === null || withoutEpoch(pkg.version) !== source.version) continue
      for (const [name, isAlike] of this.bySource.get(lineOf(source.name, pkg)) ?? []) {
        if (isAlike && !named.has(name)) omitted.set(`${name}\n${pkg.version}\n${pkg.arch}`, { ...pkg, name })
      }
    }
    return [...omitted.values()]
  }
}

/** Known to be left out by notices, also where none of a release names them. (matching-and-feeds §1.1) */
const PAIRS: ReadonlyMap<string, readonly (readonly [string, boolean])[]> = new Map([
  ['cups', [['cups-libs', true]]],
  ['device-mapper-multipath', [['device-mapper-multipath-libs', true]]],
  ['gcc', [['libgcc', true]]],
  ['lua', [['lua-libs', true]]],
  ['pacemaker', [['pacemaker-libs', true]]],
  ['rpm', [['rpm-build-libs', true]]],
])

/** A module's stream, or the plain build, of a source: what one line builds, another may not. */
function lineOf(sourceName: string, { module, version }: AlmaPackage): string {
  return `${sourceName}\n${module ?? (/\.module[+_]/.test(version) ? 'module' : '')}`
}

function sourceOf({ source }: AlmaPackage): { readonly name: string; readonly version: string } | null {
  const [, name = '', version = ''] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(source ?? '') ?? []
  return name === '' ? null : { name, version }
}

function withoutEpoch(version: string): string {
  return version.slice(version.indexOf(':') + 1)
}
