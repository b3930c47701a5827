import { PackageURL } from 'packageurl-js'
import { err, ok, type Result } from '../base/result.ts'
import type { Distro, Package } from './inventory.ts'
import { PURL_TYPES, type PurlType } from './namespace.ts'

/** A package as a package URL names it. Its namespace in our sense follows from type and distribution. */
export interface PurlPackage extends Omit<Package, 'namespace'> {
  /** `ID` and `VERSION_ID` of the distribution, from the qualifier `distro` or the purl's namespace; `null` when unsaid. */
  readonly distro: Pick<Distro, 'id' | 'versionId'> | null
}

export type PurlError =
  | { readonly is: 'malformed-purl'; readonly text: string; readonly detail: string }
  | { readonly is: 'unsupported-purl-type'; readonly text: string; readonly type: string }

/** Longest text that is read; names and versions may have 1,024 characters each in the API. */
const LIMIT_CHARACTERS = 4096

/**
 * The package URL of a package, e.g. `pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian-12`: epoch inside
 * the version, the source package in `upstream` where it differs. (purl specification, types; matching-and-feeds §7)
 */
export function purlOf(pkg: Omit<Package, 'namespace'>, distro: Distro | null): string {
  if (!isOperatingSystemType(pkg.type)) {
    return `pkg:${pkg.type}/${nameParts(pkg).map(encoded).join('/')}@${encoded(pkg.version)}`
  }
  // Qualifiers in the order of their keys, as the specification wants.
  const qualifiers: string[] = []
  if (pkg.arch !== null) qualifiers.push(`arch=${encoded(pkg.arch)}`)
  if (distro !== null) qualifiers.push(`distro=${encoded(distroQualifier(distro))}`)
  const [, epoch, bareVersion = pkg.version] = /^([0-9]+):(.+)$/.exec(pkg.version) ?? []
  const isRpm = pkg.type === 'rpm'
  if (isRpm && epoch !== undefined) qualifiers.push(`epoch=${epoch}`)
  if (isRpm && pkg.module !== undefined) qualifiers.push(`rpmmod=${encoded(pkg.module)}`)
  if (pkg.source !== null) qualifiers.push(`upstream=${encoded(upstreamQualifier(pkg, pkg.source))}`)
  const vendor = distro === null ? '' : `${encoded(distro.id)}/`
  const query = qualifiers.length === 0 ? '' : `?${qualifiers.join('&')}`
  return `pkg:${pkg.type}/${vendor}${encoded(pkg.name)}@${encoded(isRpm ? bareVersion : pkg.version)}${query}`
}

/** Types whose purl names a distribution before the package. */
function isOperatingSystemType(type: PurlType): boolean {
  return type === 'deb' || type === 'rpm' || type === 'apk'
}

/** Types whose names do not regard case and are written small. (purl specification, types) */
const LOWER_CASE_TYPES: ReadonlySet<PurlType> = new Set(['bitnami', 'composer', 'golang', 'hex', 'pub'])

/** A name taken apart, and spelled, as package URLs write it. (purl specification, types) */
function nameParts({ type, name }: Pick<Package, 'type' | 'name'>): readonly string[] {
  if (type === 'maven') return name.split(':')
  if (type === 'pypi') return [name.toLowerCase().replaceAll('_', '-')]
  return (LOWER_CASE_TYPES.has(type) ? name.toLowerCase() : name).split('/')
}

/** Percent-encoded except for letters, digits, `.-_~` and the colon. (purl specification, character encoding) */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%3A', ':')
    .replaceAll(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Reads a package URL of a type that we have an ecosystem for; the version must be there. */
export function parsePurl(text: string): Result<PurlPackage, PurlError> {
  const malformed = (detail: string): Result<PurlPackage, PurlError> =>
    err({ is: 'malformed-purl', text: text.slice(0, 200), detail })
  if (text.length > LIMIT_CHARACTERS) return malformed(`longer than ${LIMIT_CHARACTERS} characters`)
  let purl: PackageURL
  try {
    purl = PackageURL.fromString(text)
  } catch (cause) {
    return malformed(cause instanceof Error ? cause.message : 'unreadable')
  }
  const type = purlTypeOf(purl.type ?? '')
  if (type === null) return err({ is: 'unsupported-purl-type', text: text.slice(0, 200), type: purl.type ?? '' })
  const { name, version } = purl
  if (!name || !version) return malformed('a name and a version are needed')

  const qualifiers = new Map(Object.entries(purl.qualifiers ?? {}))
  const namespace = purl.namespace ?? null
  if (!isOperatingSystemType(type)) {
    const lowered = namespace === null ? name : `${namespace}/${name}`
    const written = withItsCapitals(lowered, text)
    const spelled = type === 'maven' ? written.replace('/', ':') : written
    return ok({ type, name: spelled, version, arch: null, source: null, distro: null })
  }
  // For deb the specification has the epoch in the version; Trivy and Amazon Inspector write the qualifier there as well.
  const epoch = type === 'apk' || /^[0-9]+:/.test(version) ? '0' : (qualifiers.get('epoch') ?? '0')
  const module = type === 'rpm' ? /^[^:]+:[^:]+/.exec(qualifiers.get('rpmmod') ?? '')?.[0] : undefined
  return ok({
    type,
    name,
    version: /^[0-9]*[1-9][0-9]*$/.test(epoch) ? `${epoch}:${version}` : version,
    ...(module === undefined ? {} : { module }),
    arch: qualifiers.get('arch') ?? null,
    source: sourceOf(qualifiers, name, version),
    distro: distroOf(qualifiers.get('distro') ?? null, namespace),
  })
}

/**
 * The name of a language package as the text spells it: the library lowers it for some types, but old npm names have
 * capitals, and `JSONStream` and `jsonstream` are two packages. Which names are one, each ecosystem says itself.
 */
function withItsCapitals(lowered: string, text: string): string {
  const path = text.replace(/^pkg:\/*[^/]*\//i, '').replace(/[?#].*$/s, '')
  const at = path.lastIndexOf('@')
  const written = decoded(at > 0 ? path.slice(0, at) : path)?.replaceAll(/^\/+|\/+$/g, '') ?? lowered
  return written.toLowerCase() === lowered.toLowerCase() ? written : lowered
}

/** `null` for escapes that stand for no text: the library reads some of them in its own way. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function purlTypeOf(text: string): PurlType | null {
  return PURL_TYPES.find(type => type === text) ?? null
}

function distroQualifier(distro: Distro): string {
  const release = distro.versionId ?? distro.codename
  return release === null ? distro.id : `${distro.id}-${release}`
}

/** `name` where only that differs, else `name@version`. (de facto; matching-and-feeds §7) */
function upstreamQualifier(pkg: Omit<Package, 'namespace'>, source: { name: string; version: string }): string {
  if (pkg.type === 'rpm') return `${source.name}-${source.version}.src.rpm`
  return source.version === pkg.version ? source.name : `${source.name}@${source.version}`
}

/** `upstream=name[@version]`, or `source=name` with `source_version`: both are in use. */
function sourceOf(qualifiers: ReadonlyMap<string, string>, name: string, version: string): Package['source'] {
  const upstream = qualifiers.get('upstream')
  const [, rpmName, rpmVersion] = /^(.+)-([^-]+-[^-]+)\.src\.rpm$/.exec(upstream ?? '') ?? []
  if (rpmName !== undefined && rpmVersion !== undefined) {
    return rpmName === name && rpmVersion === version ? null : { name: rpmName, version: rpmVersion }
  }
  const at = upstream?.indexOf('@') ?? -1
  const sourceName =
    (upstream === undefined ? qualifiers.get('source') : upstream.slice(0, at < 0 ? undefined : at)) || name
  const said = upstream === undefined ? qualifiers.get('source_version') : at < 0 ? undefined : upstream.slice(at + 1)
  const sourceVersion = said || version
  return sourceName === name && sourceVersion === version ? null : { name: sourceName, version: sourceVersion }
}

/**
 * `debian-12`, `ubuntu-22.04`; `3.18.4` beside the namespace `alpine` (Trivy, Amazon Inspector). A qualifier without its
 * release, or only the purl's namespace, leaves the release open.
 */
function distroOf(qualifier: string | null, namespace: string | null): PurlPackage['distro'] {
  const dash = qualifier?.lastIndexOf('-') ?? -1
  if (qualifier !== null && dash > 0) return distroNamed(qualifier.slice(0, dash), qualifier.slice(dash + 1))
  if (qualifier !== null && namespace !== null && /^[0-9]/.test(qualifier)) return distroNamed(namespace, qualifier)
  const id = namespace ?? qualifier
  return id === null || id === '' ? null : distroNamed(id, null)
}

/**
 * What tools call distributions, by the `ID` of os-release. (Trivy's families, purl namespaces in use, Amazon Inspector's
 * platforms; matching-and-feeds §7)
 */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['alma', 'almalinux'],
  ['amazon', 'amzn'],
  ['amazon linux', 'amzn'],
  ['amazonlinux', 'amzn'],
  ['azure linux', 'azurelinux'],
  ['cbl-mariner', 'mariner'],
  ['opensuse.leap', 'opensuse-leap'],
  ['opensuse.tumbleweed', 'opensuse-tumbleweed'],
  ['oracle', 'ol'],
  ['oracle linux', 'ol'],
  ['oraclelinux', 'ol'],
  ['red hat enterprise linux', 'rhel'],
  ['redhat', 'rhel'],
  ['rocky linux', 'rocky'],
  ['rockylinux', 'rocky'],
  ['suse', 'sles'],
  ['suse linux enterprise server', 'sles'],
])

/** A distribution as other tools name it, in the words of os-release: `Amazon` with `2 (Karoo)` is `amzn` 2. */
export function distroNamed(name: string, release: string | null): Pick<Distro, 'id' | 'versionId'> {
  const id = name.trim().toLowerCase()
  return { id: OTHER_NAMES.get(id) ?? id, versionId: /^\s*(\S{1,100})/.exec(release ?? '')?.[1] ?? null }
}

/** The distribution that a purl names; its release may be a codename (`distro=debian-bullseye`), numbers begin with a digit. */
export function distroOfPurl(said: PurlPackage['distro']): Distro | null {
  if (said === null) return null
  const isNumber = said.versionId === null || /^[0-9]/.test(said.versionId)
  const [versionId, codename] = isNumber ? [said.versionId, null] : [null, said.versionId]
  return { id: said.id, versionId, codename, prettyName: null }
}
