import type { InstalledPackage } from '../../domain/inventory.ts'
import { directoryOf } from '../text-lines.ts'

/** Where renv installs for one project. (rstudio.github.io/renv, package install) */
const PROJECT_LIBRARY = /(?:^|(?<=\/))renv\/library\//

/**
 * The packages without those of a `renv.lock` whose project has its library inside, and without those that repeat an
 * installed name and version. (matching-and-feeds §4.2)
 */
export function withoutLockedCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const projects = new Set<string>()
  const installed = new Set<string>()
  for (const pkg of packages) {
    if (pkg.type !== 'cran' || isLocked(pkg)) continue
    installed.add(`${pkg.name} ${pkg.version}`)
    const at = PROJECT_LIBRARY.exec(pkg.filePath)?.index
    if (at !== undefined) projects.add(pkg.filePath.slice(0, at))
  }
  if (installed.size === 0) return packages
  return packages.filter(
    pkg =>
      pkg.type !== 'cran' ||
      !isLocked(pkg) ||
      !(projects.has(directoryOf(pkg.filePath)) || installed.has(`${pkg.name} ${pkg.version}`)),
  )
}

function isLocked({ filePath }: InstalledPackage): boolean {
  return filePath.endsWith('renv.lock')
}
