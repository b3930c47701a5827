import type { Distro, Package } from '../../domain/inventory.ts'
import { type Namespace, namespace } from '../../domain/namespace.ts'
import type { Ecosystem, VersionParts } from '../ecosystem.ts'
import { apkInstalled } from './installed-database.ts'
import { alpineRelease, apkRepositories } from './repositories.ts'
import { apkScheme } from './version.ts'
import { apkFileOwners } from './file-owners.ts'

/** Packages of Alpine, Wolfi, Chainguard and MinimOS; matched by origin package. (matching-and-feeds §2.5) */
export const apk: Ecosystem = {
  purlType: 'apk',
  scheme: apkScheme,
  isOperatingSystem: true,
  fileOwners: apkFileOwners,
  knownLimits: [
    'The feeds tell fixed vulnerabilities only: an unfixed one is not shown.',
    'A kernel that was upgraded and still runs is in no package database any more: the new one is matched.',
    'Where `/etc/apk/repositories` names several branches, all packages count as those of the newest; tagged repositories are passed over.',
  ],
  analyzers: [alpineRelease, apkInstalled, apkRepositories],
  namespaceOf,
  namespaceOfOsv,
  canonicalName: name => name,
  advisorySubject: pkg => pkg.source ?? { name: pkg.name, version: pkg.version },
  otherChannelOf: () => null,
  withoutCopies: packages => packages,
  holdsNoRunnableKernel,
  kernelReleases,
  // One vendor for each distribution; its entries all count.
  rankOfAdvisory: () => 0,
  versionParts,
  formatFixedVersion(version) {
    const parts = versionParts(version.text)
    return `${parts.epoch}:${parts.version}${parts.release === null ? '' : `-${parts.release}`}`
  },
  remediation: () => 'apk update && apk upgrade',
}

/** Distributions without releases, as os-release and OSV name them. */
const ROLLING: ReadonlySet<string> = new Set(['chainguard', 'minimos', 'wolfi'])
const ROLLING_OSV: ReadonlySet<string> = new Set(['Chainguard', 'MinimOS', 'Wolfi'])

/**
 * Alpine's branches go by `major.minor`; its edge names the coming branch with a date (`3.23_alpha20250612`). Wolfi,
 * Chainguard and MinimOS roll on and have no releases. (matching-and-feeds §1.1, §2.5)
 */
function namespaceOf(distro: Distro | null): Namespace | null {
  if (distro === null) return null
  if (ROLLING.has(distro.id)) return namespace(distro.id)
  if (distro.id !== 'alpine') return null
  const versionId = distro.versionId ?? ''
  if (versionId === 'edge' || /^[0-9]{1,2}\.[0-9]{1,3}(?:\.[0-9]{1,3})?_alpha[0-9]{8}$/.test(versionId)) {
    return namespace('alpine:edge')
  }
  const branch = /^([0-9]{1,2}\.[0-9]{1,3})(?:\.[0-9]{1,3})?(?:_rc[0-9]{1,2})?$/.exec(versionId)?.[1]
  return branch === undefined ? null : namespace(`alpine:${branch}`)
}

/** `Alpine:v3.18`, `Alpine:edge`, `Wolfi`, `Chainguard`, `MinimOS`. */
function namespaceOfOsv(osvEcosystem: string): Namespace | null {
  if (ROLLING_OSV.has(osvEcosystem)) return namespace(osvEcosystem.toLowerCase())
  const branch = /^Alpine:(edge|v[0-9]{1,2}\.[0-9]{1,3})$/.exec(osvEcosystem)?.[1]
  return branch === undefined ? null : namespace(`alpine:${branch.replace(/^v/, '')}`)
}

/** Alpine's kernels (`linux-lts`, `linux-virt`) are runnable; their headers, documents and sources are not. (§2.6) */
function holdsNoRunnableKernel(pkg: Package): boolean {
  return pkg.name === 'linux-headers' || /^linux-[a-z0-9]+-(?:dev|doc|src|dbg)$/.test(pkg.name)
}

/** `6.6.30-0-lts` for `linux-lts` 6.6.30-r0: the name of Alpine's kernels is the end of the release. (observed) */
function kernelReleases(pkg: Package): readonly string[] {
  const flavour = /^linux-(lts|virt|edge|openpax|rpi|rpi2|rpi4|asahi|stable|hardened|vanilla)$/.exec(pkg.name)?.[1]
  const [, version, build] = /^([0-9][0-9.]*)-r([0-9]+)$/.exec(pkg.version) ?? []
  return flavour === undefined || version === undefined || build === undefined ? [] : [`${version}-${build}-${flavour}`]
}

/** `1.2.3-r4`: apk has no epochs. */
function versionParts(text: string): VersionParts {
  const [, version = text, release = null] = /^(.+)-(r[0-9]+)$/.exec(text) ?? []
  return { epoch: 0, version, release }
}
