import type { InstalledPackage } from '../../domain/inventory.ts'
import { directoryOf } from '../text-lines.ts'
import { normalizedName } from './package-name.ts'

/**
 * The packages without those of lockfiles and requirements whose project has its virtual environment inside (what is
 * installed there is what runs), and without those that repeat an installed name and version. (matching-and-feeds §4.2)
 */
export function withoutLockedCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const projects = new Set<string>()
  const installed = new Set<string>()
  for (const pkg of packages) {
    if (pkg.type !== 'pypi' || pkg.manager !== 'PYTHONPKG') continue
    installed.add(identityOf(pkg))
    const project = projectOfEnvironment(pkg.filePath)
    if (project !== null) projects.add(project)
  }
  if (installed.size === 0) return packages
  return packages.filter(
    pkg =>
      pkg.type !== 'pypi' ||
      pkg.manager === 'PYTHONPKG' ||
      !(projects.has(directoryOf(pkg.filePath)) || installed.has(identityOf(pkg))),
  )
}

function identityOf(pkg: InstalledPackage): string {
  return `${normalizedName(pkg.name)} ${pkg.version}`
}

/** `app/` for `app/.venv/lib/python3.12/site-packages/…`; `null` outside virtual environments of a project. */
function projectOfEnvironment(path: string): string | null {
  return /^((?:[^/]+\/)*)\.?v?env\/(?:lib(?:64)?\/python[0-9.]+|Lib)\/site-packages\//.exec(path)?.[1] ?? null
}
