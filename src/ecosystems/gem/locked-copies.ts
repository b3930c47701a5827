import type { InstalledPackage } from '../../domain/inventory.ts'
import { directoryOf } from '../text-lines.ts'

/** Where Bundler installs for one project. (bundle config path, `--deployment`) */
const PROJECT_BUNDLE = 'vendor/bundle/'

/**
 * The packages without those of a lockfile whose bundle is installed inside its project, and without those that repeat
 * an installed name and version. (matching-and-feeds §4.2)
 */
export function withoutLockedCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const projects = new Set<string>()
  const installed = new Set<string>()
  for (const pkg of packages) {
    if (pkg.type !== 'gem' || pkg.manager !== 'GEMSPEC') continue
    installed.add(`${pkg.name} ${pkg.version}`)
    const at = `/${pkg.filePath}`.indexOf(`/${PROJECT_BUNDLE}`)
    if (at >= 0) projects.add(pkg.filePath.slice(0, at))
  }
  if (installed.size === 0) return packages
  return packages.filter(
    pkg =>
      pkg.type !== 'gem' ||
      pkg.manager !== 'BUNDLER' ||
      !(projects.has(directoryOf(pkg.filePath)) || installed.has(`${pkg.name} ${pkg.version}`)),
  )
}
