import type { Distro } from '../domain/inventory.ts'

/** A file that says which distribution this is. */
interface Saying {
  readonly path: string
  readonly distro: Distro | null
}

/**
 * Files that name a distribution, most trusted first: os-release (os-release(5)), then what distributions wrote before it.
 * A rebuild of Red Hat's calls itself Red Hat in `redhat-release`, and Ubuntu has Debian's version file: their own come first.
 */
export const DISTRO_PLACES = [
  'etc/os-release',
  'usr/lib/os-release',
  'etc/lsb-release',
  'etc/alpine-release',
  'etc/oracle-release',
  'etc/almalinux-release',
  'etc/rocky-release',
  'etc/centos-release',
  'etc/fedora-release',
  'etc/redhat-release',
  'etc/system-release',
  'etc/debian_version',
] as const

/** What the most trusted of the files says; a release that it leaves out is taken from the next that names the same distribution. */
export function distroAmong(sayings: readonly Saying[]): Distro | null {
  const places: readonly string[] = DISTRO_PLACES
  const rank = (path: string): number => (places.includes(path) ? places.indexOf(path) : places.length)
  const distros = sayings
    .toSorted((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : 1))
    .flatMap(({ distro }) => (distro === null ? [] : [distro]))
  const [best] = distros
  if (best === undefined || best.versionId !== null || best.codename !== null) return best ?? null
  const release = distros.find(({ id, versionId, codename }) => id === best.id && (versionId ?? codename) !== null)
  return release === undefined ? best : { ...best, versionId: release.versionId, codename: release.codename }
}
