import type { InstalledPackage } from '../../domain/inventory.ts'

/**
 * The packages without those that only a lockfile names, where its project is installed beside it. What lies in
 * `node_modules` is there; what the lock adds (development dependencies, other platforms) was left out by the install.
 * A shrinkwrap wins over a package-lock of the same directory, as it does for npm. (matching-and-feeds §4.2)
 */
export function withoutLockedCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const installedRoots = new Set<string>()
  const shrinkwrapped = new Set<string>()
  for (const pkg of packages) {
    if (pkg.type !== 'npm') continue
    if (pkg.manager === 'NODEPKG') installedRoots.add(rootOfInstalled(pkg.filePath))
    else if (pkg.filePath.endsWith('npm-shrinkwrap.json')) shrinkwrapped.add(directoryOf(pkg.filePath))
  }
  return packages.filter(pkg => {
    if (pkg.type !== 'npm' || pkg.manager !== 'NPM') return true
    const root = directoryOf(pkg.filePath)
    if (installedRoots.has(root)) return false
    return pkg.filePath.endsWith('npm-shrinkwrap.json') || !shrinkwrapped.has(root)
  })
}

/** The directory of a file with its closing slash; empty for the root. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The project that an installed copy belongs to: what holds the outermost `node_modules`. */
function rootOfInstalled(path: string): string {
  const at = `/${path}`.indexOf('/node_modules/')
  return path.slice(0, Math.max(at, 0))
}
