import type { Distro } from '../domain/inventory.ts'

/** `platform` of the API, e.g. `DEBIAN_11`, `UBUNTU_22_04`; `null` when unknown. (inspector-behaviour §1.3, by example) */
export function platformOf(distro: Distro | null): string | null {
  if (distro === null) return null
  const release = distro.versionId ?? distro.codename
  const text = release === null ? distro.id : `${distro.id}_${release}`
  return text.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')
}
