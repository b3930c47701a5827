import type { CsafProduct } from '../../domain/csaf-document.ts'
import { redHatProductOfCpe } from '../../ecosystems/red-hat-channels.ts'
import { moduleOfLabel, moduleOfPurl } from '../../ecosystems/rpm-modules.ts'

/** What a product id of Red Hat's documents stands for: one rpm in one product. */
export interface RedHatComponent {
  readonly name: string
  /** Whether it is a source package: all that is built from it is meant. */
  readonly isSource: boolean
  /** `epoch:version-release`, without an epoch of 0; `null` where none is given. */
  readonly version: string | null
  /** `null` where the document does not say, and for sources. */
  readonly arch: string | null
  /** `name:stream`; `null` outside modules. */
  readonly module: string | null
  /** Major releases of RHEL that the product is for. */
  readonly majors: readonly string[]
  /** As `AffectedPackage.channel`; `null` for the main stream. */
  readonly channel: string | null
}

export type NoComponent =
  /** A product as a whole, e.g. a zip file to download. */
  | 'product-without-component'
  /** An image, or a package of a language: not matched by what Red Hat says. */
  | 'not-an-rpm'
  /** A module stream; what it is made of is named beside it, in the advisory if not here. */
  | 'module-itself'
  | 'component-unreadable'
  | 'product-unknown'
  /** A distribution of its own, which no RHEL takes packages from. */
  | 'other-distribution'

/** Releases that packages are still found of; what is said without a release is said of each. */
const MAJORS = ['6', '7', '8', '9', '10'] as const

/** Red Hat Hardened Images: os-release says `hummingbird`. (matching-and-feeds §0) */
const OTHER_DISTRIBUTIONS = /^hummingbird:/

/** The rpm and the product of a chain of parts, component first (csaf-products.ts); or why it is none. */
export function redHatComponentOf(parts: readonly CsafProduct[]): RedHatComponent | NoComponent {
  const [own, ...around] = parts
  const platform = around.at(-1)
  if (own === undefined || platform === undefined) return 'product-without-component'
  const product = platform.cpe === null ? null : redHatProductOfCpe(platform.cpe)
  if (product === null) return 'product-unknown'
  if (OTHER_DISTRIBUTIONS.test(product.channel ?? '')) return 'other-distribution'
  const rpm = rpmOf(own, product.channel)
  if (typeof rpm === 'string') return rpm
  const module = rpm.module ?? around.map(part => moduleOfPurl(part.purl)).find(found => found !== null) ?? null
  const built = /\.el([0-9]{1,2})(?![0-9])|[.+_]el([0-9]{1,2})\./.exec(rpm.version ?? '')
  const major = product.major ?? built?.[1] ?? built?.[2] ?? null
  return { ...rpm, module, majors: major === null ? MAJORS : [major], channel: product.channel }
}

type Rpm = Omit<RedHatComponent, 'majors' | 'channel'>

function rpmOf({ purl, name }: CsafProduct, channel: string | null): Rpm | NoComponent {
  if (purl === null) {
    // Until 2024 components without a fix had no purl; in RHEL itself their names are those of source packages. (observed)
    if (channel !== null || !isName(name) || name === 'Other') return 'component-unreadable'
    return { name, isSource: true, version: null, arch: null, module: null }
  }
  if (purl.startsWith('pkg:rpmmod/')) return 'module-itself'
  const [, path, query = ''] = /^pkg:rpm\/redhat\/([^?#]+)(?:\?([^#]*))?/.exec(purl) ?? []
  if (path === undefined) return purl.startsWith('pkg:rpm/') ? 'component-unreadable' : 'not-an-rpm'
  const at = path.lastIndexOf('@')
  const ownName = decoded(at < 0 ? path : path.slice(0, at))
  const bare = at < 0 ? null : decoded(path.slice(at + 1))
  if (ownName === null || !isName(ownName) || (at >= 0 && bare === null)) return 'component-unreadable'
  // `python39@3.9-8100020240826142629.d47b87a4`: the build of a whole module in the shape of a package. (observed)
  if (bare !== null && /^[^-]+-[0-9]{16,20}\.[0-9a-f]{8}$/.test(bare)) return 'module-itself'
  const qualifiers = new Map(
    query.split('&').map(pair => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  )
  const arch = qualifiers.get('arch') ?? null
  const epoch = qualifiers.get('epoch') ?? '0'
  const label = qualifiers.get('rpmmod')
  return {
    name: ownName,
    // Newer documents leave the architecture out where they name a build, and then mean its source. (observed)
    isSource: arch === 'src' || arch === 'source' || (arch === null && bare !== null),
    version: bare === null ? null : /^0*$/.test(epoch) ? bare : `${epoch}:${bare}`,
    arch: arch === 'src' || arch === 'source' ? null : arch,
    module: label === undefined ? null : moduleOfLabel(decoded(label) ?? label),
  }
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+~^-]{0,255}$/.test(text)
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
