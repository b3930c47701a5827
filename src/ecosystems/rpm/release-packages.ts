import type { FileAnalysis, FoundPackage } from '../ecosystem.ts'

/** Packages that make a distribution what it is, with its `ID` of os-release. Seen in the repositories of each. */
const RELEASE_PACKAGES: ReadonlyMap<string, string> = new Map([
  ['almalinux-release', 'almalinux'],
  ['azurelinux-release', 'azurelinux'],
  ['centos-linux-release', 'centos'],
  ['centos-release', 'centos'],
  ['centos-stream-release', 'centos'],
  ['fedora-release-common', 'fedora'],
  ['mariner-release', 'mariner'],
  ['oraclelinux-release', 'ol'],
  ['photon-release', 'photon'],
  ['redhat-release', 'rhel'],
  ['redhat-release-server', 'rhel'],
  ['rocky-release', 'rocky'],
  ['sles-release', 'sles'],
  ['system-release', 'amzn'],
])

/**
 * The release that a package database is of, from its release package: os-release may have been replaced while packages
 * were not. (matching-and-feeds §4.1)
 */
export function releaseOfPackage({ name, version }: FoundPackage): FileAnalysis['packageRelease'] {
  const distroId = RELEASE_PACKAGES.get(name)
  const versionId = /^(?:[0-9]{1,9}:)?([0-9]{1,4}(?:\.[0-9]{1,10}){0,3})-/.exec(version)?.[1]
  return distroId === undefined || versionId === undefined ? undefined : { distroId, versionId }
}
