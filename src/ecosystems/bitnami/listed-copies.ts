import type { InstalledPackage } from '../../domain/inventory.ts'

/** The packages without the entries of Bitnami's list that a component's own file repeats: newer images have both. */
export function withoutListedCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const described = new Set<string>()
  for (const pkg of packages) {
    if (pkg.type === 'bitnami' && pkg.filePath.endsWith('.spdx')) described.add(`${pkg.name} ${pkg.version}`)
  }
  if (described.size === 0) return packages
  return packages.filter(
    pkg => pkg.type !== 'bitnami' || pkg.filePath.endsWith('.spdx') || !described.has(`${pkg.name} ${pkg.version}`),
  )
}
