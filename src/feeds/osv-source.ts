import type { OsvRecord } from './osv-schema.ts'

interface Source {
  /** How ids of this database start. */
  readonly prefix: string
  /** `packageVulnerabilityDetails.source`; the first four as Amazon Inspector spells or would spell them. */
  readonly name: string
  readonly page: ((id: string) => string) | null
}

/** Home databases by id prefix, longest prefix first where one starts another. (OSV schema, `id` prefixes) */
const SOURCES: readonly Source[] = [
  { prefix: 'CVE-', name: 'NVD', page: id => `https://nvd.nist.gov/vuln/detail/${id}` },
  {
    prefix: 'DEBIAN-CVE-',
    name: 'DEBIAN_CVE',
    page: id => `https://security-tracker.debian.org/tracker/${id.slice('DEBIAN-'.length)}`,
  },
  { prefix: 'DSA-', name: 'DEBIAN_CVE', page: debianTracker },
  { prefix: 'DLA-', name: 'DEBIAN_CVE', page: debianTracker },
  { prefix: 'DTSA-', name: 'DEBIAN_CVE', page: debianTracker },
  {
    prefix: 'UBUNTU-CVE-',
    name: 'UBUNTU_CVE',
    page: id => `https://ubuntu.com/security/${id.slice('UBUNTU-'.length)}`,
  },
  { prefix: 'USN-', name: 'UBUNTU_CVE', page: id => `https://ubuntu.com/security/notices/${id}` },
  { prefix: 'LSN-', name: 'UBUNTU_CVE', page: id => `https://ubuntu.com/security/notices/${id}` },
  {
    prefix: 'ALPINE-CVE-',
    name: 'ALPINE_CVE',
    page: id => `https://security.alpinelinux.org/vuln/${id.slice('ALPINE-'.length)}`,
  },
  {
    prefix: 'ALPINE-CVE-',
    name: 'ALPINE_CVE',
    page: id => `https://security.alpinelinux.org/vuln/${id.slice('ALPINE-'.length)}`,
  },
  // Their pages are named after the release as well: the record's own link is right.
  { prefix: 'ALSA-', name: 'ALMALINUX_CVE', page: null },
  { prefix: 'ALBA-', name: 'ALMALINUX_CVE', page: null },
  { prefix: 'ALEA-', name: 'ALMALINUX_CVE', page: null },
  { prefix: 'RLSA-', name: 'ROCKY_CVE', page: id => `https://errata.rockylinux.org/${id}` },
  { prefix: 'RXSA-', name: 'ROCKY_CVE', page: id => `https://errata.rockylinux.org/${id}` },
  { prefix: 'CGA-', name: 'CHAINGUARD_CVE', page: id => `https://images.chainguard.dev/security/${id}` },
  { prefix: 'GHSA-', name: 'GITHUB', page: id => `https://github.com/advisories/${id}` },
  { prefix: 'GO-', name: 'GO', page: id => `https://pkg.go.dev/vuln/${id}` },
  { prefix: 'MGASA-', name: 'MAGEIA_CVE', page: id => `https://advisories.mageia.org/${id}.html` },
  { prefix: 'PYSEC-', name: 'PYSEC', page: id => `https://osv.dev/vulnerability/${id}` },
  { prefix: 'RUSTSEC-', name: 'RUSTSEC', page: id => `https://rustsec.org/advisories/${id}.html` },
  { prefix: 'MAL-', name: 'OSSF_MALICIOUS', page: id => `https://osv.dev/vulnerability/${id}` },
  { prefix: 'NSWG-ECO-', name: 'NODEJS_SECURITY_WG', page: null },
  { prefix: 'RETIREJS-', name: 'RETIREJS', page: null },
]

/**
 * Who stands behind a record, and its page there. A database that we do not know is named by its id prefix, and its
 * page is the one that the record itself names, never one that we made up.
 */
export function sourceOf(record: OsvRecord): { readonly source: string; readonly sourceUrl: string | null } {
  const known = SOURCES.find(source => record.id.startsWith(source.prefix))
  // Ids that could break out of a path are shown without a link.
  if (known?.page && /^[\w.:-]+$/.test(record.id)) return { source: known.name, sourceUrl: known.page(record.id) }
  return { source: known?.name ?? prefixOf(record.id), sourceUrl: ownPage(record) }
}

function debianTracker(id: string): string {
  return `https://security-tracker.debian.org/tracker/${id}`
}

function prefixOf(id: string): string {
  const prefix = /^[A-Za-z][A-Za-z0-9]*/.exec(id)?.[0].toUpperCase()
  return prefix ?? 'OSV'
}

function ownPage(record: OsvRecord): string | null {
  for (const entry of record.affected) if (entry.sourceUrl !== null) return entry.sourceUrl
  return record.references.find(reference => reference.type === 'ADVISORY')?.url ?? null
}
