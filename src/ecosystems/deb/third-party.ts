import type { Package } from '../../domain/inventory.ts'

/**
 * Maintainers whose packages come from their own repositories, never from Debian's or Ubuntu's archive. Whole addresses
 * where people of the company also look after packages of the archive. (package lists of the repositories, observed)
 */
const MAINTAINERS =
  /<(?:support@docker\.com|cudatools@nvidia\.com|[^<>@ ]+@nodesource\.com|nginx-packaging@(?:f5|nginx)\.com|mysql-build@oss\.oracle\.com|packaging@mongodb\.com|developers@lists\.mariadb\.org|info@elastic\.co|[^<>@ ]+@hashicorp\.com|contact@grafana\.com|packages@gitlab\.com|support@gitlab\.com|package@datadoghq\.com|release@puppet(?:labs)?\.com|chromium-dev@chromium\.org|gc-team@google\.com|dev@kubernetes\.io|redis@redis\.io|packaging@percona\.com|support@proxmox\.com)>/i

/** `Origin` of the distributions themselves, where a package has the field at all. */
const OWN_ORIGIN = /^(?:debian|ubuntu|canonical)\b/i

/**
 * Marks of builds that the distributions do not make, in versions: NodeSource, PostgreSQL's own repository, Sury's PHP,
 * Debian Multimedia, personal archives of Launchpad (`0ppa1~ubuntu22.04.1`, deadsnakes' `+jammy1`). A version without
 * `ubuntu` in it is no mark: most of Ubuntu is Debian's, unchanged. (versions of those repositories, observed)
 */
const VERSION_MARKS: readonly RegExp[] = [
  /nodesource/,
  /\.pgdg[0-9+]/,
  /deb\.sury\.org/,
  /\+0~20[0-9]{6}\./,
  /[-+]dmo[0-9]/,
  /(?:^|[^a-z])ppa[0-9]*(?:[^a-z]|$)/i,
  /\+(?:trusty|xenial|bionic|focal|jammy|noble|plucky|questing|resolute)[0-9]+$/,
]

/** Docker's own packages: `5:24.0.7-1~ubuntu.22.04~jammy`, `5:20.10.24~3-0~debian-bookworm`. */
const DOCKER_VERSION = /~(?:ubuntu\.[0-9]{2}\.[0-9]{2}~[a-z]+|(?:ubuntu|debian)-[a-z]+|debian\.[0-9]+~[a-z]+)$/

const VENDOR_CHARACTERS = 200

/**
 * Who built the package, where its fields show that it was neither Debian nor Ubuntu; `undefined` otherwise, as most
 * packages name persons. (deb-control(5), `Origin`, `Maintainer`)
 */
export function foreignVendorOf(origin: string | undefined, maintainer: string | undefined): string | undefined {
  if (origin !== undefined && origin !== '' && !OWN_ORIGIN.test(origin)) return shown(origin)
  return maintainer !== undefined && maintainer.length < 1_000 && MAINTAINERS.test(maintainer)
    ? shown(maintainer)
    : undefined
}

/**
 * Whether another repository than the distribution's own built it: its advisories do not describe such a build.
 * (matching-and-feeds §2.3, §6)
 */
export function isThirdPartyBuild({ vendor, version }: Package): boolean {
  if (vendor !== undefined && (MAINTAINERS.test(vendor) || !OWN_ORIGIN.test(vendor))) return true
  return VERSION_MARKS.some(mark => mark.test(version)) || DOCKER_VERSION.test(version)
}

function shown(text: string): string {
  return text.slice(0, VENDOR_CHARACTERS).replace(/[^\x20-\x7e]/g, '?')
}
