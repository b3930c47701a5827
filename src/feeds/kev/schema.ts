/** One entry of the catalog (`known_exploited_vulnerabilities_schema.json` of CISA, 2025), only what we read. */
export interface KevRecord {
  readonly cveID: string
  /** `YYYY-MM-DD` */
  readonly dateAdded: string
  readonly dueDate: string | null
  readonly requiredAction: string | null
  /** `Known` or `Unknown` */
  readonly knownRansomwareCampaignUse: string | null
}

/** Why an entry was left out: a constant to count. */
export type KevRefusal = 'not-an-object' | 'bad-id' | 'no-date'

const CVE_ID = /^CVE-[0-9]{4}-[0-9]{4,12}$/
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const WORD_CHARACTERS = 64
/** Actions of August 2026 have up to 520 characters. (observed) */
const ACTION_CHARACTERS = 2_000

export function readKevRecord(value: unknown): KevRecord | KevRefusal {
  if (typeof value !== 'object' || value === null) return 'not-an-object'
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value))
  const { cveID, dateAdded } = fields
  if (typeof cveID !== 'string' || !CVE_ID.test(cveID)) return 'bad-id'
  if (typeof dateAdded !== 'string' || !DAY.test(dateAdded)) return 'no-date'
  const dueDate = textOf(fields['dueDate'], WORD_CHARACTERS)
  return {
    cveID,
    dateAdded,
    dueDate: dueDate !== null && DAY.test(dueDate) ? dueDate : null,
    requiredAction: textOf(fields['requiredAction'], ACTION_CHARACTERS),
    knownRansomwareCampaignUse: textOf(fields['knownRansomwareCampaignUse'], WORD_CHARACTERS),
  }
}

/** The name of an entry that cannot be read, when it has one. */
export function nameOfKevRecord(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'cveID' in value && typeof value.cveID === 'string'
    ? value.cveID
    : null
}

function textOf(value: unknown, characters: number): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null
  return value.length > characters ? `${value.slice(0, characters - 1)}…` : value
}
