import type { InstalledPackage } from '../../domain/inventory.ts'
import { directoryOf } from '../text-lines.ts'

/**
 * The packages without those that only a lock file names, where its project is installed beside it: in `node_modules`, or
 * by Yarn Plug'n'Play. What lies there is there; what the lock adds (development dependencies, other platforms) was left
 * out by the install. A shrinkwrap wins over a package-lock of the same directory, as it does for npm. (matching-and-feeds §4.2)
 */
export function withoutLockedCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const installedRoots = new Set<string>()
  const pnpRoots = new Set<string>()
  const shrinkwrapped = new Set<string>()
  for (const { type, manager, filePath } of packages) {
    if (type !== 'npm') continue
    if (manager === 'NODEPKG') installedRoots.add(rootOfInstalled(filePath))
    else if (isPnpFile(filePath)) pnpRoots.add(directoryOf(filePath))
    else if (filePath.endsWith('npm-shrinkwrap.json')) shrinkwrapped.add(directoryOf(filePath))
  }
  if (installedRoots.size === 0 && pnpRoots.size === 0 && shrinkwrapped.size === 0) return packages
  return packages.filter(({ type, manager, filePath }) => {
    if (type !== 'npm' || manager === 'NODEPKG' || isPnpFile(filePath)) return true
    const root = directoryOf(filePath)
    if (installedRoots.has(root) || pnpRoots.has(root)) return false
    return !filePath.endsWith('package-lock.json') || !shrinkwrapped.has(root)
  })
}

function isPnpFile(path: string): boolean {
  return path.includes('.pnp.')
}

/** The project that an installed copy belongs to: what holds the outermost `node_modules`. */
function rootOfInstalled(path: string): string {
  const at = `/${path}`.indexOf('/node_modules/')
  return path.slice(0, Math.max(at, 0))
}
