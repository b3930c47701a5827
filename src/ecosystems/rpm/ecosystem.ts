import type { InstalledPackage, Package } from '../../domain/inventory.ts'
import type { Ecosystem, VersionParts } from '../ecosystem.ts'
import { bottlerocketInventory, bottlerocketRangesAbout, isBottlerocket } from './bottlerocket.ts'
import { rangesAbout } from './build-lines.ts'
import { builtSubject, isMatchedBySource, rangesWithoutEpoch, rpmSubject } from './by-source.ts'
import { entryOfChannel } from './channels.ts'
import { rpmContainerManifest } from './container-manifest.ts'
import { isOwnVendor, isUpdatedWhole, rpmNamespaceOf, rpmNamespaceOfOsv, updateCommandOf } from './distributions.ts'
import { rpmKernelReleases } from './kernel-release.ts'
import { rpmBerkeleyDb, rpmNdb, rpmSqlite, rpmSqliteWal } from './package-database.ts'
import {
  entryOfRedHatChannel,
  isRedHat,
  rankOfRedHatAdvisory,
  redHatRangesAbout,
  redHatSourceSubject,
} from './red-hat-lines.ts'
import { redHatContentManifest, redHatRelease, redHatRepositories } from './red-hat-repositories.ts'
import { rpmReleaseFile } from './release-files.ts'
import { rankOfSuseEntry, suseProducts } from './suse-products.ts'
import { rpmScheme, splitRpmVersion } from './version.ts'
import { rpmFileOwners } from './file-owners.ts'

/** Packages of RHEL, its rebuilds, Amazon Linux, SUSE and others; matched by binary package. (matching-and-feeds §2.4) */
export const rpm: Ecosystem = {
  purlType: 'rpm',
  scheme: rpmScheme,
  isOperatingSystem: true,
  fileOwners: rpmFileOwners,
  knownLimits: [
    'AlmaLinux, Amazon Linux, Bottlerocket, Mageia, Oracle Linux and Rocky Linux tell fixed vulnerabilities only.',
    "OSV's records of Rocky Linux, which stand in for its own, name source packages: they miss what is built under another name.",
    'There are no advisories for CentOS Stream, Fedora, openSUSE Tumbleweed, SLE Micro, and SLES 12 and 15 without a service pack.',
    "Red Hat's update streams and layered products count where content sets or enabled repositories name them, else the main stream does; what it says of images and of language packages is not read.",
    "SUSE's live patches are not read: a kernel that runs with one counts as its package says.",
    "OSV's records of SUSE and Red Hat are not read: the vendors' own data also says what is not affected.",
    'On a host that tells what it runs, only that kernel is matched; on disks and where `uname -r` fits no package, every installed one.',
  ],
  analyzers: [
    bottlerocketInventory,
    redHatContentManifest,
    redHatRelease,
    redHatRepositories,
    rpmBerkeleyDb,
    rpmContainerManifest,
    rpmNdb,
    rpmReleaseFile,
    rpmSqlite,
    rpmSqliteWal,
    suseProducts,
  ],
  namespaceOf: rpmNamespaceOf,
  namespaceOfOsv: rpmNamespaceOfOsv,
  canonicalName: name => name,
  advisorySubject: rpmSubject,
  otherChannelOf,
  sourceSubject: pkg => builtSubject(pkg) ?? redHatSourceSubject(pkg),
  rangesAbout(pkg, ranges, module) {
    if (isMatchedBySource(pkg)) return rangesWithoutEpoch(ranges)
    if (isBottlerocket(pkg)) return bottlerocketRangesAbout(pkg, ranges)
    return (isRedHat(pkg) ? redHatRangesAbout : rangesAbout)(pkg, ranges, module)
  },
  entryOfChannel: (pkg, entry, channel) => (isRedHat(pkg) ? entryOfRedHatChannel : entryOfChannel)(pkg, entry, channel),
  withoutCopies,
  holdsNoRunnableKernel,
  kernelReleases: rpmKernelReleases,
  // One vendor; of several advisories about one flaw each counts: a later one means that the first fix was incomplete.
  rankOfAdvisory(id, entry, pkg) {
    if (entry === undefined || pkg === undefined) return 0
    return isRedHat(pkg) ? rankOfRedHatAdvisory(id, entry, pkg) : rankOfSuseEntry(entry, pkg)
  },
  versionParts,
  formatFixedVersion(version) {
    const parts = versionParts(version.text)
    return `${parts.epoch}:${parts.version}${parts.release === null ? '' : `-${parts.release}`}`
  },
  // As Amazon Inspector words it: `yum update kernel`. (inspector-behaviour §1.2)
  remediation({ namespace, name }) {
    const isNamed = isPlainName(name) && !isUpdatedWhole(namespace)
    return `${updateCommandOf(namespace)}${isNamed ? ` ${name}` : ''}`
  },
}

/** Release marks of repositories that build packages under the distribution's names. (Remi, nginx.org, NodeSource, PGDG) */
const FOREIGN_MARK = /\.remi\b|\.ngx\b|nodesource|PGDG/

/**
 * Builds of another vendor (EPEL, Remi, docker-ce) are not what the distribution's advisories describe. A package
 * without vendor is taken for the distribution's own: Amazon's are often built so. (matching-and-feeds §2.4)
 */
function otherChannelOf(pkg: Package): string | null {
  const { namespace, vendor, version } = pkg
  const isForeign = namespace !== null && vendor !== undefined && !isOwnVendor(namespace, vendor)
  return isForeign || FOREIGN_MARK.test(version) ? 'third-party-package' : null
}

/** The same package in two databases of one root, e.g. in a write-ahead log and in what it was folded into. */
function withoutCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const seen = new Set<string>()
  return packages.filter(pkg => {
    if (pkg.type !== 'rpm') return true
    const identity = JSON.stringify([pkg.name, pkg.version, pkg.arch])
    if (seen.has(identity)) return false
    seen.add(identity)
    return true
  })
}

/** Headers, documents, debugging symbols and build tools of a kernel. (matching-and-feeds §2.6) */
function holdsNoRunnableKernel(pkg: Package): boolean {
  return /^kernel[0-9.]*(?:-[a-z0-9]+)*-(?:headers|devel|doc|docs|docs-html|debuginfo|debuginfo-common-[a-z0-9_]+|abi-stablelists|abi-whitelists|cross-headers|macros|source|syms|selftests-internal)(?:-matched)?$/.test(
    pkg.name,
  )
}

/** Whether a name can stand in a command that somebody may copy; names of an SBOM are whatever its writer liked. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(name)
}

/** What cannot be taken apart is shown whole: the API needs a version, and the matcher says that it is unreadable. */
function versionParts(version: string): VersionParts {
  const parts = splitRpmVersion(version)
  return parts.ok ? parts.value : { epoch: 0, version, release: null }
}
