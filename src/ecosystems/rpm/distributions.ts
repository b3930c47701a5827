import type { Distro } from '../../domain/inventory.ts'
import { type Namespace, namespace } from '../../domain/namespace.ts'

interface Distribution {
  /** Our name of a release, from `VERSION_ID`; `null` for one that has no advisories of its own. */
  readonly release: (versionId: string) => string | null
  /** How the vendor signs its packages (`VENDOR` of rpm), in lower case, from the start. Observed in its packages. */
  readonly vendors: readonly string[]
  /** A command that installs fixes. */
  readonly update: string
  /** Of which distribution's releases its own are editions; absent for itself. */
  readonly editionOf?: string
  /** Whether its packages are updated together, by a command that names none. */
  readonly isUpdatedWhole?: true
  /** Whether its advisories name source packages. */
  readonly isBySource?: true
}

const YUM = 'yum update'
const ZYPPER = 'zypper update'
const TDNF = 'tdnf update'
const SUSE = ['suse', 'opensuse'] as const

/**
 * Distributions by `ID` of os-release. Releases go by their major number where minor ones only gather updates; SUSE's
 * service packs are releases of their own. CentOS Stream has no advisories and is not RHEL; its namespace says so by
 * being covered by no feed. (matching-and-feeds §0, §2.4)
 */
const DISTRIBUTIONS: ReadonlyMap<string, Distribution> = new Map<string, Distribution>([
  ['almalinux', { release: major, vendors: ['almalinux'], update: YUM }],
  ['amzn', { release: amazonRelease, vendors: ['amazon'], update: YUM }],
  ['azurelinux', { release: major, vendors: ['microsoft'], update: TDNF, isBySource: true }],
  [
    'bottlerocket',
    {
      release: bottlerocketRelease,
      vendors: ['bottlerocket'],
      update: 'apiclient update apply --check --reboot',
      isUpdatedWhole: true,
    },
  ],
  ['centos', { release: major, vendors: ['centos'], update: YUM }],
  ['fedora', { release: major, vendors: ['fedora'], update: YUM }],
  ['mageia', { release: major, vendors: ['mageia'], update: 'dnf update', isBySource: true }],
  ['mariner', { release: major, vendors: ['microsoft'], update: TDNF, isBySource: true }],
  ['ol', { release: major, vendors: ['oracle'], update: YUM }],
  ['opensuse-leap', { release: servicePack, vendors: SUSE, update: ZYPPER }],
  ['photon', { release: major, vendors: ['vmware', 'broadcom'], update: TDNF, isBySource: true }],
  ['rhel', { release: major, vendors: ['red hat'], update: YUM }],
  ['rocky', { release: major, vendors: ['rocky'], update: YUM }],
  ['sle_hpc', { release: servicePack, vendors: SUSE, update: ZYPPER, editionOf: 'sles' }],
  ['sled', { release: servicePack, vendors: SUSE, update: ZYPPER, editionOf: 'sles' }],
  ['sles', { release: servicePack, vendors: SUSE, update: ZYPPER }],
  ['sles_sap', { release: servicePack, vendors: SUSE, update: ZYPPER, editionOf: 'sles' }],
])

/**
 * Names of the OSV schema whose records name packages as the distribution's other advisories do. Red Hat's go by CPE, and
 * those of SUSE by products in prose, without what is not affected: their own feeds say it better.
 */
const OSV_NAMES: ReadonlyMap<string, string> = new Map([
  ['AlmaLinux', 'almalinux'],
  ['Mageia', 'mageia'],
  ['Rocky Linux', 'rocky'],
])

export function rpmNamespaceOf(distro: Distro | null): Namespace | null {
  if (distro === null || distro.versionId === null) return null
  const distribution = DISTRIBUTIONS.get(distro.id)
  const release = distribution?.release(distro.versionId) ?? null
  return release === null ? null : namespace(`${distribution?.editionOf ?? distro.id}:${release}`)
}

/** `AlmaLinux:9`, `Rocky Linux:8`. */
export function rpmNamespaceOfOsv(osvEcosystem: string): Namespace | null {
  const [, name = '', release = ''] = /^([A-Za-z ]+):([0-9]{1,3})$/.exec(osvEcosystem) ?? []
  const id = OSV_NAMES.get(name)
  return id === undefined ? null : namespace(`${id}:${release}`)
}

/** Whether the vendor that a package names is the one whose advisories are in the namespace. */
export function isOwnVendor(where: Namespace, vendor: string): boolean {
  const own = distributionOf(where)?.vendors ?? []
  return own.some(start => vendor.toLowerCase().startsWith(start))
}

/** Whether the advisories of a namespace name what packages were built from. */
export function isBySource(where: Namespace): boolean {
  return distributionOf(where)?.isBySource === true
}

/** Whether an update is one of the whole system. */
export function isUpdatedWhole(where: Namespace | null): boolean {
  return where !== null && distributionOf(where)?.isUpdatedWhole === true
}

export function updateCommandOf(where: Namespace | null): string {
  return (where === null ? undefined : distributionOf(where))?.update ?? YUM
}

function distributionOf(where: Namespace): Distribution | undefined {
  return DISTRIBUTIONS.get(where.slice(0, where.indexOf(':')))
}

function major(versionId: string): string | null {
  return /^([0-9]{1,4})(?:\.[0-9]{1,10})*$/.exec(versionId)?.[1] ?? null
}

function servicePack(versionId: string): string | null {
  return /^[0-9]{1,3}(?:\.[0-9]{1,3})?$/.test(versionId) ? versionId : null
}

/** `2023`, `2`; the first Amazon Linux counted by year and month, and its releases shared one repository, frozen at 2018.03. */
function amazonRelease(versionId: string): string | null {
  return /^201[0-9]\.[0-9]{2}$/.test(versionId) ? '2018.03' : major(versionId)
}

/** Releases before 1.7.0 do not say what they are built of, so nothing can be said about them. (matching-and-feeds §1.1) */
function bottlerocketRelease(versionId: string): string | null {
  return /^1\.[0-6](?:\.|$)/.test(versionId) ? null : major(versionId)
}
