import type { Distro, Package } from '../../domain/inventory.ts'
import { type Namespace, namespace } from '../../domain/namespace.ts'
import type { Ecosystem, VersionParts } from '../ecosystem.ts'
import { chiselManifest } from './chisel-manifest.ts'
import { debianReleaseOf } from './debian-releases.ts'
import { distrolessFileList, dpkgFileList } from './file-lists.ts'
import { debKernelReleases } from './kernel-release.ts'
import { osRelease } from './os-release.ts'
import { ubuntuProStatus } from './pro-status.ts'
import { debianVersion, lsbRelease } from './release-files.ts'
import { dpkgStatus, dpkgStatusDirectory, withoutRebuildSuffix } from './status-file.ts'
import { isThirdPartyBuild } from './third-party.ts'
import { entryOfUbuntuChannel, isEsmBuild, isFipsBuild, isOwnChannel, rankOfUbuntuEntry } from './ubuntu-channels.ts'
import { dpkgScheme, splitDebVersion } from './version.ts'
import { dpkgFileOwners } from './file-owners.ts'

/** Debian packages of Debian, Ubuntu and distroless images; matched by source package. (matching-and-feeds §2.3) */
export const deb: Ecosystem = {
  purlType: 'deb',
  scheme: dpkgScheme,
  isOperatingSystem: true,
  fileOwners: dpkgFileOwners,
  knownLimits: [
    'Ubuntu ESM builds are undetermined where only the entry of the base release says that they are affected; FIPS builds also where `/var/lib/ubuntu-advantage/status.json` does not say which FIPS channel they are from.',
    'Ubuntu Livepatch fixes a running kernel without changing its package: what it has fixed is still reported.',
    'Ubuntu flaws that nobody has triaged yet are undetermined, not findings.',
    'Packages of other repositories (Docker, NodeSource, PPAs) are told by maintainer, origin or version, and are undetermined; one without such a mark is matched as if the distribution had built it.',
    'On a host that tells what it runs, only that kernel is matched; on disks and where `uname -r` fits no package, every installed one.',
    'The manifest of Chisel is not read: an image that has no other package database is told as unread.',
  ],
  analyzers: [
    chiselManifest,
    debianVersion,
    distrolessFileList,
    dpkgFileList,
    dpkgStatus,
    dpkgStatusDirectory,
    lsbRelease,
    osRelease,
    ubuntuProStatus,
  ],
  namespaceOf,
  namespaceOfOsv,
  canonicalName: name => name,
  advisorySubject,
  otherChannelOf,
  entryOfChannel: (pkg, entry, channel) => entryOfUbuntuChannel(pkg, advisorySubject(pkg).version, entry, channel),
  withoutCopies: packages => packages,
  holdsNoRunnableKernel,
  kernelReleases: debKernelReleases,
  // One vendor, whose notices (DSA, DLA, USN) and tracker entries all count: a later notice may widen an earlier fix.
  // Only a channel that the system takes builds from knows better.
  rankOfAdvisory: (_id, entry, pkg) =>
    entry === undefined || pkg === undefined ? 0 : rankOfUbuntuEntry(pkg, advisorySubject(pkg).version, entry),
  versionParts,
  formatFixedVersion(version) {
    const parts = versionParts(version.text)
    return `${parts.epoch}:${parts.version}${parts.release === null ? '' : `-${parts.release}`}`
  },
  // The words of Amazon Inspector, which upgrades all packages. (inspector-behaviour §1.2, seen in published examples)
  remediation: () => 'apt-get update && apt-get upgrade',
  subscriberRemediation: (_pkg, id) =>
    /^CVE-[0-9]{4}-[0-9]{4,12}$/.test(id) ? `pro attach && pro fix ${id}` : 'pro attach',
}

/**
 * Only Debian and Ubuntu themselves: a derivative rebuilds packages, and neither feed speaks about its builds. Debian
 * releases go by their major number (a point release only gathers updates), or by codename where they have no number yet
 * (testing, and unstable under the name of testing; matching-and-feeds §2.3), Ubuntu's by year and month.
 */
function namespaceOf(distro: Distro | null): Namespace | null {
  if (distro === null) return null
  if (distro.versionId === null) {
    const number = distro.id === 'debian' && distro.codename !== null ? debianReleaseOf(distro.codename) : null
    return number === null ? null : namespace(`debian:${number}`)
  }
  if (distro.id === 'debian') {
    const major = /^([0-9]{1,3})(?:\.[0-9]{1,3})*$/.exec(distro.versionId)?.[1]
    return major === undefined ? null : namespace(`debian:${major}`)
  }
  const isUbuntuRelease = distro.id === 'ubuntu' && /^[0-9]{1,2}\.[0-9]{2}$/.test(distro.versionId)
  return isUbuntuRelease ? namespace(`ubuntu:${distro.versionId}`) : null
}

/** `Debian:11` (before 7 also `Debian:6.0`), `Ubuntu:22.04:LTS`, `Ubuntu:23.10`; Ubuntu's Pro, FIPS and Realtime tiers are other builds: `null`. */
function namespaceOfOsv(osvEcosystem: string): Namespace | null {
  const debian = /^Debian:([0-9]{1,3})(?:\.0)?$/.exec(osvEcosystem)?.[1]
  if (debian !== undefined) return namespace(`debian:${debian}`)
  const ubuntu = /^Ubuntu:([0-9]{1,2}\.[0-9]{2})(?::LTS)?$/.exec(osvEcosystem)?.[1]
  return ubuntu === undefined ? null : namespace(`ubuntu:${ubuntu}`)
}

/**
 * The source package. A signed kernel image is built twice: advisories name the unsigned source, whose version the
 * binary has (`linux-image-5.10.0-22-amd64` 5.10.178-3, source `linux-signed-amd64` 5.10.178+3; Ubuntu's
 * `linux-image-6.8.0-40-generic` of `linux-signed-hwe-6.8`). Ubuntu's `linux-meta-*` only name the newest kernel, in a
 * count of their own (`6.8.0.40.40`), and stay what they are. (matching-and-feeds §2.6)
 */
function advisorySubject(pkg: Package): { readonly name: string; readonly version: string } {
  const signed = pkg.source?.name.startsWith('linux-signed') === true ? pkg.source.name : null
  if (signed !== null) {
    const flavour = signed
      .slice('linux-signed'.length)
      .replace(/-(?:amd64|arm64|i386|armhf|ppc64el|s390x|riscv64)$/, '')
    return { name: `linux${flavour}`, version: withoutRebuildSuffix(pkg.version) }
  }
  return pkg.source ?? { name: pkg.name, version: withoutRebuildSuffix(pkg.version) }
}

/** Built from a kernel source, but only to compile against or to read. (matching-and-feeds §2.6) */
function holdsNoRunnableKernel(pkg: Package): boolean {
  const source = pkg.source?.name ?? pkg.name
  return (
    (source === 'linux' || source.startsWith('linux-')) &&
    /^linux-(?:libc-dev|headers-|doc|source|kbuild-|compiler-|(?:[a-z0-9.-]+-)?headers-)/.test(pkg.name)
  )
}

/**
 * Builds of another repository are not what the distribution's advisories describe. Ubuntu Pro builds carry their channel
 * in the version (`+esm1`, `~esm1`, `+Fips1`): the base release's entries do not know which fixes are in them, and an ESM
 * build can sort below a later base build, so that only entries of their channel can judge them. (matching-and-feeds §2.3, §3.2)
 */
function otherChannelOf(pkg: Package, channels: readonly string[] = []): string | null {
  if (isThirdPartyBuild(pkg)) return 'third-party-package'
  const { version } = advisorySubject(pkg)
  if (channels.some(channel => isOwnChannel(version, channel))) return null
  if (isEsmBuild(version)) return 'ubuntu-esm-build'
  return isFipsBuild(version) ? 'ubuntu-fips-build' : null
}

/** What cannot be taken apart is shown whole: the API needs a version, and the matcher says that it is unreadable. */
function versionParts(version: string): VersionParts {
  const parts = splitDebVersion(version)
  if (!parts.ok) return { epoch: 0, version, release: null }
  const { epoch, upstream, revision } = parts.value
  return { epoch, version: upstream, release: revision === '' ? null : revision }
}
