import type { InstalledPackage } from '../../domain/inventory.ts'

/** Where the program and its library lie below one prefix: `usr/local/bin/python3.11`, `usr/local/lib/libpython3.11.so`. */
const PART = /^(.*?)(?:s?bin|lib(?:32|64|x32)?)\/[^:]*$/

/** The packages without a runtime's library beside its program: one installation says its version in both. */
export function withoutOtherParts(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const seen = new Set<string>()
  // Programs first: a library counts where there is no program of the same version.
  const programs = packages.filter(pkg => pkg.type === 'generic' && !isLibrary(pkg))
  for (const pkg of programs) seen.add(installationOf(pkg))
  return packages.filter(pkg => pkg.type !== 'generic' || !isLibrary(pkg) || !seen.has(installationOf(pkg)))
}

function isLibrary({ filePath }: InstalledPackage): boolean {
  return /\.so(?:\.[0-9.]+)?$/.test(filePath)
}

function installationOf({ name, version, filePath }: InstalledPackage): string {
  return JSON.stringify([name, version, PART.exec(filePath)?.[1] ?? filePath])
}
