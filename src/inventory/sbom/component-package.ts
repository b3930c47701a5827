import { err, ok, type Result } from '../../base/result.ts'
import { parseDigest } from '../../domain/ids.ts'
import { type InstalledPackage, type LayerRef, PACKAGE_MANAGERS, type PackageManager } from '../../domain/inventory.ts'
import { type Namespace, namespace, PURL_TYPES, type PurlType } from '../../domain/namespace.ts'
import { parsePurl, type PurlPackage } from '../../domain/purl.ts'
import { isVersionText } from '../../ecosystems/found-packages.ts'
import { quoted } from '../../ecosystems/problem.ts'
import { AMAZON, OTHERS, OWN } from './property-names.ts'
import type { SbomComponent } from './sbom-document.ts'

/** A package as one component claims it, before the distribution of the whole is known. */
export interface PackageClaim {
  readonly found: Omit<InstalledPackage, 'namespace'>
  /** What its purl says of the distribution. */
  readonly distro: PurlPackage['distro']
  /** Said by an export of ours where it does not follow from the distribution; else absent. */
  readonly namespace?: Namespace | null
  readonly isRunningKernel: boolean
}

/** Why a component is no package; the words go behind "12 components". */
export interface Unclaimed {
  readonly reason: string
  readonly words: string
}

/** The package that a component names, from its purl and from what its tool says beside it. */
export function claimOf(component: SbomComponent): Result<PackageClaim, Unclaimed> {
  const said = saidBy(component)
  const purl = purlOfComponent(component, said)
  if (!purl.ok) return purl
  const { distro, ...named } = purl.value
  const name = said(OWN.name) ?? named.name
  const version = said(OWN.version) ?? named.version
  if (!isNameText(name)) return err({ reason: 'malformed-purl', words: 'with a name that is none' })
  if (!isVersionText(version)) return err({ reason: 'malformed-purl', words: 'with a version that is none' })
  const isNative = named.type === 'deb' || named.type === 'rpm' || named.type === 'apk'
  const filePath = pathOf(component, said)
  // Amazon Inspector writes architectures in capitals.
  const arch = said(OWN.arch) ?? named.arch?.toLowerCase() ?? null
  const vendor = said(OWN.vendor)
  const module = said(OWN.module) ?? named.module ?? (named.type === 'rpm' ? moduleOf(said(...OTHERS.module)) : null)
  const channels = component.properties.filter(property => property.name === OWN.channel).map(({ value }) => value)
  const saidNamespace = said(OWN.namespace)
  return ok({
    found: {
      type: named.type,
      name,
      version,
      arch: arch !== null && isVersionText(arch) ? arch : null,
      source: sourceOf(named, { name, version }, isNative, said),
      ...(vendor === null || !isNameText(vendor) ? {} : { vendor }),
      ...(module === null || !isNameText(module) ? {} : { module }),
      ...(channels.length === 0 || !channels.every(isVersionText) ? {} : { channels: channels.sort() }),
      manager: managerOf(named.type, filePath, said(OWN.manager)),
      filePath,
      layer: layerOf(said),
      ownedBy: isNative ? null : ownerOf(said),
    },
    distro,
    ...namespaceSaid(saidNamespace),
    isRunningKernel: said(AMAZON.runningKernel) === 'true',
  })
}

/** The first value of the first of these properties that has one. */
type Said = (...names: readonly string[]) => string | null

function saidBy(component: SbomComponent): Said {
  const values = new Map<string, string>()
  for (const { name, value } of component.properties) if (!values.has(name)) values.set(name, value)
  return (...names) => {
    for (const name of names) {
      const value = values.get(name)
      if (value !== undefined) return value
    }
    return null
  }
}

/** What an export of ours says of a package whose purl is none that can be read. */
function namedByUs(said: Said): PurlPackage | null {
  const type = PURL_TYPES.find(known => known === said(OWN.type))
  const [name, version] = [said(OWN.name), said(OWN.version)]
  if (type === undefined || name === null || version === null) return null
  return { type, name, version, arch: null, source: null, distro: null }
}

/** Amazon Inspector's exports call Debian's type `dpkg`; some tools leave the version to the component. */
function purlOfComponent(component: SbomComponent, said: Said): Result<PurlPackage, Unclaimed> {
  const own = namedByUs(said)
  if (own !== null) return ok(own)
  if (component.purl === null || component.purl === '') {
    return err({ reason: 'package-without-purl', words: 'without a package URL' })
  }
  const text = component.purl.trim().replace(/^pkg:\/*dpkg\//i, 'pkg:deb/')
  const purl = parsePurl(text)
  if (purl.ok) return purl
  if (purl.error.is === 'unsupported-purl-type') {
    return err({
      reason: 'unsupported-package-type',
      words: `of type ${quoted(purl.error.type)}, which is not matched`,
    })
  }
  const withVersion = (version: string): Result<PurlPackage, unknown> => {
    const end = text.search(/[?#]/)
    const [path, rest] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)]
    return parsePurl(`${path.replace(/@$/, '')}@${encodeURIComponent(version.toWellFormed())}${rest}`)
  }
  if (component.version !== null && component.version !== '') {
    const completed = withVersion(component.version)
    if (completed.ok) return completed
  } else if (withVersion('0').ok) {
    return err({ reason: 'package-without-version', words: 'without a version' })
  }
  return err({ reason: 'malformed-purl', words: 'with a package URL that is none' })
}

/** Text without control characters, blanks or halves of characters, as names of packages are. */
function isNameText(text: string): boolean {
  return text.length > 0 && text.length <= 1024 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)
}

/** The source package, from the purl, else from what Syft and Trivy say beside it. */
function sourceOf(
  purl: Omit<PurlPackage, 'distro'>,
  own: { readonly name: string; readonly version: string },
  isNative: boolean,
  said: Said,
): InstalledPackage['source'] {
  const ownName = said(OWN.sourceName)
  const ownVersion = said(OWN.sourceVersion)
  if (ownName !== null && ownVersion !== null) return { name: ownName, version: ownVersion }
  if (!isNative) return null
  const named = purl.source ?? trivySource(purl, said) ?? syftSource(purl, said)
  if (named === null || !isNameText(named.name) || !isVersionText(named.version)) return null
  return named.name === own.name && named.version === own.version ? null : named
}

/** `SrcName`, `SrcVersion`, `SrcRelease`, `SrcEpoch`; the source of an rpm carries no epoch. */
function trivySource({ type }: Pick<PurlPackage, 'type'>, said: Said): InstalledPackage['source'] {
  const name = said('aquasecurity:trivy:SrcName')
  const upstream = said('aquasecurity:trivy:SrcVersion')
  if (name === null || upstream === null) return null
  const release = said('aquasecurity:trivy:SrcRelease')
  const epoch = said('aquasecurity:trivy:SrcEpoch')
  const isShown = type === 'deb' && epoch !== null && /^[0-9]*[1-9][0-9]*$/.test(epoch)
  return { name, version: `${isShown ? `${epoch}:` : ''}${upstream}${release === null ? '' : `-${release}`}` }
}

function syftSource({ type, version }: Pick<PurlPackage, 'type' | 'version'>, said: Said): InstalledPackage['source'] {
  const name = said('syft:metadata:source', 'syft:metadata:originPackage')
  if (name === null || name === '' || type === 'rpm') return null
  return { name, version: said('syft:metadata:sourceVersion') || version }
}

/** `name:stream` of a whole label. */
function moduleOf(label: string | null): string | null {
  return /^[^:]+:[^:]+/.exec(label ?? '')?.[0] ?? null
}

/** Where the package was found, as our paths are written: relative to the root. */
function pathOf(component: SbomComponent, said: Said): string {
  const own = said(OWN.filePath)
  const path = own ?? (said(...OTHERS.filePath) ?? component.locations[0] ?? '').replace(/^(?:\.?\/)+/, '')
  return path.length <= 4096 && !/\p{C}/u.test(path) ? path : ''
}

function layerOf(said: Said): LayerRef | null {
  const diffId = parseDigest(said(...OTHERS.layerDiffId) ?? '')
  // Trivy writes `repository@sha256:…`.
  const digest = parseDigest(said(...OTHERS.layerDigest)?.replace(/^.*@/s, '') ?? '')
  return diffId === null ? null : { diffId, digest }
}

/** The package of the operating system that brought this one: matched in its stead. (matching-and-feeds §2.9) */
function ownerOf(said: Said): string | null {
  const own = said(OWN.ownedBy)
  if (own !== null) return own === '' ? null : own
  if (said(AMAZON.isDuplicate) !== 'true') return null
  const owner = parsePurl(said(AMAZON.duplicatePurl)?.replace(/^pkg:\/*dpkg\//i, 'pkg:deb/') ?? '')
  return owner.ok ? owner.value.name : null
}

function namespaceSaid(text: string | null): { readonly namespace?: Namespace | null } {
  if (text === null) return {}
  return /^[a-z0-9][a-z0-9._:-]{0,99}$/.test(text) ? { namespace: namespace(text) } : { namespace: null }
}

/** Files by which one type's package managers are told apart. */
const MANAGER_OF_FILE: ReadonlyMap<string, PackageManager> = new Map<string, PackageManager>([
  ['Gemfile.lock', 'BUNDLER'],
  ['Pipfile.lock', 'PIPENV'],
  ['go.mod', 'GOMOD'],
  ['go.sum', 'GOMOD'],
  ['npm-shrinkwrap.json', 'NPM'],
  ['package-lock.json', 'NPM'],
  ['packages.config', 'NUGET'],
  ['packages.lock.json', 'NUGET'],
  ['poetry.lock', 'POETRY'],
  ['pom.xml', 'POM'],
  ['requirements.txt', 'PIP'],
  ['yarn.lock', 'YARN'],
])

/** What a type's packages are installed by, where no file says it. */
const MANAGER_OF_TYPE: Readonly<Record<PurlType, PackageManager>> = {
  apk: 'OS',
  bitnami: 'OTHER',
  cargo: 'CARGO',
  composer: 'COMPOSER',
  conan: 'OTHER',
  cran: 'OTHER',
  deb: 'OS',
  gem: 'GEMSPEC',
  generic: 'OTHER',
  githubactions: 'OTHER',
  golang: 'GOBINARY',
  hex: 'OTHER',
  maven: 'JAR',
  npm: 'NODEPKG',
  nuget: 'DOTNET_CORE',
  pub: 'OTHER',
  pypi: 'PYTHONPKG',
  rpm: 'OS',
  swift: 'OTHER',
}

function managerOf(type: PurlType, filePath: string, said: string | null): PackageManager {
  const own = PACKAGE_MANAGERS.find(manager => manager === said)
  const byType = MANAGER_OF_TYPE[type]
  if (own !== undefined || byType === 'OS') return own ?? byType
  return MANAGER_OF_FILE.get(filePath.slice(filePath.lastIndexOf('/') + 1)) ?? byType
}
