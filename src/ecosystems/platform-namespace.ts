import type { Inventory } from '../domain/inventory.ts'
import type { Namespace } from '../domain/namespace.ts'
import { ecosystemOf, ECOSYSTEMS } from './index.ts'

/**
 * The namespace of the operating system itself, also where none of its packages was found; `null` when it cannot be told.
 * An inventory without os-release (an SBOM) speaks through its packages, if they agree.
 */
export function platformNamespaceOf({ distro, packages }: Pick<Inventory, 'distro' | 'packages'>): Namespace | null {
  for (const ecosystem of ECOSYSTEMS) {
    const own = ecosystem.isOperatingSystem ? ecosystem.namespaceOf(distro) : null
    if (own !== null) return own
  }
  if (distro !== null) return null
  const named = new Set(
    packages.flatMap(pkg => (pkg.namespace !== null && ecosystemOf(pkg.type).isOperatingSystem ? [pkg.namespace] : [])),
  )
  const [only] = named
  return named.size === 1 && only !== undefined ? only : null
}
