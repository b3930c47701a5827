import type { Distro } from '../../domain/inventory.ts'
import { redHatProductOfCpe } from '../../ecosystems/red-hat-channels.ts'
import { isOneOf, parsePurlPattern } from './match-purl.ts'
import type { VexIdentity } from './vex-statement.ts'

/** What is known of the thing that was scanned, to tell whether a statement is about it. */
export interface VexArtefact {
  /** `sha256:…` of an image's manifest and of the index that lists it. */
  readonly digests: readonly string[]
  /** `docker.io/library/debian`; `null` for what is in no repository. */
  readonly repository: string | null
  readonly tag: string | null
  /** `amd64`; `null` where there is no one architecture. */
  readonly arch: string | null
  /** What an SBOM calls the thing that it describes; `null` where there is none. */
  readonly purl: string | null
  readonly distro: Distro | null
}

/** Whether a product of a statement is the thing that was scanned. What cannot be told is no. */
export function isArtefact(product: VexIdentity, artefact: VexArtefact): boolean {
  if (!isOneOf(product.versions, artefact.purl === null ? null : parsePurlPattern(artefact.purl))) return false
  return (
    product.sha256.some(digest => artefact.digests.includes(`sha256:${digest}`)) ||
    product.purls.some(purl => isNamedBy(purl, artefact)) ||
    product.cpes.some(cpe => isSystem(cpe, artefact.distro))
  )
}

function isNamedBy(text: string, artefact: VexArtefact): boolean {
  const said = parsePurlPattern(text)
  if (said === null) return false
  if (said.type === 'oci' && isImage(said, artefact)) return true
  const own = artefact.purl === null ? null : parsePurlPattern(artefact.purl)
  return (
    own !== null &&
    own.type === said.type &&
    own.vendor === said.vendor &&
    own.name === said.name &&
    (said.version === null || said.version === own.version) &&
    [...said.qualifiers].every(([key, value]) => own.qualifiers.get(key) === value)
  )
}

/** `pkg:oci/debian@sha256:…?repository_url=docker.io/library/debian&arch=amd64&tag=12` (purl specification, type oci) */
function isImage(said: NonNullable<ReturnType<typeof parsePurlPattern>>, artefact: VexArtefact): boolean {
  const { digests, repository, tag, arch } = artefact
  if (said.version !== null && !digests.includes(said.version)) return false
  // A digest names an image wherever it lies; without one its name must be known.
  if (repository === null ? said.version === null : said.name !== lastSegment(repository)) return false
  const [saidRepository, saidTag, saidArch] = ['repository_url', 'tag', 'arch'].map(key => said.qualifiers.get(key))
  if (saidRepository !== undefined && (repository === null || bare(saidRepository) !== bare(repository))) return false
  // Tags move: beside a digest they decide nothing.
  if (saidTag !== undefined && said.version === null && saidTag !== tag) return false
  return saidArch === undefined || saidArch === arch
}

function lastSegment(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1).toLowerCase()
}

/** Docker Hub has several names, and `repository_url` is written with and without a scheme. */
function bare(repository: string): string {
  return repository
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/^(?:index|registry-1)\.docker\.io\//, 'docker.io/')
}

/** How the National Vulnerability Database calls distributions: vendor and product. (CPE dictionary) */
const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['alpine', 'alpinelinux:alpine_linux'],
  ['amzn', 'amazon:linux'],
  ['debian', 'debian:debian_linux'],
  ['ubuntu', 'canonical:ubuntu_linux'],
])

/** Whether a CPE names the operating system of the artefact, in its release or one that includes it. */
function isSystem(cpe: string, distro: Distro | null): boolean {
  if (distro === null || distro.versionId === null) return false
  if (distro.id === 'rhel') {
    const product = redHatProductOfCpe(cpe)
    return product?.channel === null && product.major === distro.versionId.split('.', 1)[0]
  }
  const parts = cpe.startsWith('cpe:2.3:') ? cpe.split(':').slice(2) : cpe.replace(/^cpe:\//, '').split(':')
  const [part, vendor, product, version = '*', ...more] = parts
  if (part !== 'o' || `${vendor}:${product}` !== SYSTEMS.get(distro.id)) return false
  // What narrows it further is not known of the system.
  if (more.some(text => text !== '*' && text !== '' && text !== '-')) return false
  return version === '*' || version === '' || version === distro.versionId || distro.versionId.startsWith(`${version}.`)
}
