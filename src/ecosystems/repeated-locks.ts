import type { InstalledPackage } from '../domain/inventory.ts'
import type { PurlType } from '../domain/namespace.ts'

/**
 * The packages without those of locks and manifests that repeat the name and version of one that was found in what was
 * built: it is listed once, where it runs. (matching-and-feeds §4.2: the installed copy wins)
 */
export function withoutRepeatedLocks(
  packages: readonly InstalledPackage[],
  type: PurlType,
  isLock: (pkg: InstalledPackage) => boolean,
): readonly InstalledPackage[] {
  const built = new Set<string>()
  for (const pkg of packages) if (pkg.type === type && !isLock(pkg)) built.add(`${pkg.name} ${pkg.version}`)
  if (built.size === 0) return packages
  return packages.filter(pkg => pkg.type !== type || !isLock(pkg) || !built.has(`${pkg.name} ${pkg.version}`))
}
