import { PackageURL } from 'packageurl-js'
import type { Distro, InstalledPackage } from '../../domain/inventory.ts'
import { purlOf } from '../../domain/purl.ts'
import { moduleOfLabel } from '../../ecosystems/rpm-modules.ts'

/** A purl of a statement: what it leaves out is open, so it names a set of packages. */
export interface PurlPattern {
  readonly type: string
  readonly vendor: string
  readonly name: string
  /** Without epoch, and for Go without its `v`; `null` for all versions. */
  readonly version: string | null
  /** `null` where none is said. */
  readonly epoch: string | null
  readonly qualifiers: ReadonlyMap<string, string>
}

const LIMIT_CHARACTERS = 4096

/** Reads a purl with or without a version; `null` for what is none. */
export function parsePurlPattern(text: string): PurlPattern | null {
  if (text.length > LIMIT_CHARACTERS) return null
  let purl: PackageURL
  try {
    purl = PackageURL.fromString(text)
  } catch {
    return null
  }
  const type = (purl.type ?? '').toLowerCase()
  const qualifiers = new Map(Object.entries(purl.qualifiers ?? {}))
  const label = qualifiers.get('rpmmod')
  // A build's label says more than which stream it is of.
  if (label !== undefined) qualifiers.set('rpmmod', moduleOfLabel(label))
  // A part of a package is not the package.
  if (!purl.name || (purl.subpath !== undefined && purl.subpath !== null && purl.subpath !== '')) return null
  const [, inVersion, rest] = /^([0-9]+):(.+)$/.exec(purl.version ?? '') ?? []
  const isNative = type === 'deb' || type === 'rpm'
  const version = isNative && rest !== undefined ? rest : purl.version || null
  return {
    type,
    vendor: isNative || type === 'apk' ? vendorOf(purl.namespace ?? '') : lowered(type, purl.namespace ?? ''),
    name: lowered(type, purl.name),
    version: type === 'golang' ? (version?.replace(/^v/, '') ?? null) : version,
    epoch: isNative ? (inVersion ?? qualifiers.get('epoch') ?? null) : null,
    qualifiers,
  }
}

/** Types whose names are compared without regard to case. npm has old names in capitals, and Maven's are exact. */
function lowered(type: string, text: string): string {
  return type === 'npm' || type === 'maven' ? text : text.toLowerCase()
}

/** Distributions that go by several names. (matching-and-feeds §7; purl specification, type rpm) */
const VENDORS: ReadonlyMap<string, string> = new Map([
  ['amazon', 'amzn'],
  ['amazonlinux', 'amzn'],
  ['redhat', 'rhel'],
  ['oracle', 'ol'],
  ['oraclelinux', 'ol'],
  ['suse', 'sles'],
])

function vendorOf(text: string): string {
  const small = text.toLowerCase()
  return VENDORS.get(small) ?? small
}

/** Say where a package is from or how it is packed, not which one it is. (matching-and-feeds §7) */
const DESCRIBING: ReadonlySet<string> = new Set([
  'classifier',
  'download_url',
  'epoch',
  'file_name',
  'type',
  'upstream',
  'vcs_url',
])

/** A package in the words of purls, made once and held against many patterns. */
export interface PurlSubject {
  readonly own: PurlPattern | null
  /** The source package that built it: a statement about that is one about all that it builds. */
  readonly source: PurlPattern | null
  readonly distro: Distro | null
}

export function purlSubject(pkg: InstalledPackage, distro: Distro | null): PurlSubject {
  const own = parsePurlPattern(purlOf(pkg, distro))
  const source = pkg.source === null ? own : parsePurlPattern(purlOf({ ...pkg, ...pkg.source, source: null }, distro))
  return { own, source, distro }
}

/** Whether the pattern includes the package. What it asks for and we do not know of the package makes it `false`. */
export function includesPackage(pattern: PurlPattern, { own, source, distro }: PurlSubject): boolean {
  const arch = pattern.qualifiers.get('arch')
  const isSource = arch === 'src' || arch === 'source'
  const meant = isSource ? source : own
  if (meant === null || meant.name !== pattern.name || meant.type !== pattern.type) return false
  if (meant.vendor !== pattern.vendor) return false
  if (pattern.version !== null && pattern.version !== meant.version) return false
  if (pattern.epoch !== null && Number(pattern.epoch) !== Number(meant.epoch ?? '0')) return false
  for (const [key, value] of pattern.qualifiers) {
    if (DESCRIBING.has(key) || (key === 'arch' && isSource)) continue
    if (key === 'distro' ? !isDistro(value, distro) : meant.qualifiers.get(key) !== value) return false
  }
  return true
}

/** Whether the package is of one of these versions, written with or without its epoch. */
export function isOneOf(
  versions: readonly string[] | undefined,
  version: Pick<PurlPattern, 'version' | 'epoch'> | null,
): boolean {
  if (versions === undefined) return true
  if (version === null || version.version === null) return false
  const { version: bare, epoch } = version
  return versions.some(said => said === bare || said === `v${bare}` || said === `${epoch ?? '0'}:${bare}`)
}

/** `debian-12`, `bookworm`; a statement about one minor release is not one about the major release. */
function isDistro(said: string, distro: Distro | null): boolean {
  if (distro === null) return false
  const { id, versionId, codename } = distro
  if (codename !== null && [codename, `${id}-${codename}`, `${id}/${codename}`].includes(said)) return true
  if (versionId === null) return said === id
  const [, vendor = '', release = ''] = /^(.+)-([^-]+)$/.exec(said) ?? []
  return vendorOf(vendor) === vendorOf(id) && (release === versionId || versionId.startsWith(`${release}.`))
}
