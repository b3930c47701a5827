import { decodeUtf8 } from '../../base/utf8.ts'

/** One line of Photon's list: a flaw in a package, only what we read. (`cve_data_photon5.0.json`) */
export interface PhotonRecord {
  readonly cve: string
  readonly name: string
  /** A CVSS base score without the vector that gave it; `null` where it is none. */
  readonly score: number | null
  /** `version-release`; `null` where there is no fix. */
  readonly fixed: string | null
  /** In lower case: `fixed`, `not affected` and others; `null` in older lists. */
  readonly status: string | null
}

export type PhotonRefusal = 'not-json' | 'not-an-object' | 'no-package' | 'no-cve'

/** Reads one record; a text says why it cannot be read or matched. */
export function readPhotonRecord(bytes: Uint8Array): PhotonRecord | PhotonRefusal {
  let value: unknown
  try {
    value = JSON.parse(decodeUtf8(bytes))
  } catch {
    return 'not-json'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not-an-object'
  const { cve_id: id, pkg, cve_score: score, res_ver: fixed, status } = value as Readonly<Record<string, unknown>>
  if (typeof pkg !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,255}$/.test(pkg)) return 'no-package'
  // `UNK-1`, `Re` and ids of a commercial database that has no public page stand in the list too. (observed)
  const cve = typeof id === 'string' ? /^CVE-\d{4}-\d{4,12}$/.exec(id.trim())?.[0] : undefined
  if (cve === undefined) return 'no-cve'
  const version = typeof fixed === 'string' && fixed.length <= 512 ? fixed.trim() : ''
  return {
    cve,
    name: pkg,
    score: typeof score === 'number' && score >= 0 && score <= 10 ? score : null,
    fixed: version === '' || version === 'NA' ? null : version,
    status: typeof status === 'string' ? status.trim().toLowerCase().slice(0, 40) : null,
  }
}
