import type { InstalledPackage } from '../../domain/inventory.ts'
import { directoryOf } from '../text-lines.ts'

const INSTALLED = /(?:[^/]+\/)?composer\/installed\.json$/

/**
 * The packages without those that only `composer.lock` names, where its project is installed beside it: what the lock
 * adds (development packages) was left out by the install. The vendor directory may have any name. (matching-and-feeds §4.2)
 */
export function withoutLockedCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const installed = new Set<string>()
  for (const { type, filePath } of packages) {
    if (type === 'composer' && INSTALLED.test(filePath)) installed.add(filePath.replace(INSTALLED, ''))
  }
  if (installed.size === 0) return packages
  return packages.filter(
    ({ type, filePath }) => type !== 'composer' || INSTALLED.test(filePath) || !installed.has(directoryOf(filePath)),
  )
}
