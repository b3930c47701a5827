/** One module of `db/modules_metadata_base.json` (Metasploit Framework 6), only what we read. */
export interface MetasploitModule {
  /** `exploit`, `auxiliary`, `post`, `payload`, … */
  readonly type: string
  /** `exploit/multi/http/log4shell_header_injection` */
  readonly fullname: string
  /** `CVE-2021-44228`, `EDB-50592`, `URL-https://…` */
  readonly references: readonly string[]
  /** `2025-05-21 08:32:40 +0000` */
  readonly modTime: string | null
  /** `2021-12-09` */
  readonly disclosureDate: string | null
}

/** Why a module was left out: a constant to count. */
export type MetasploitRefusal = 'not-json' | 'not-an-object' | 'missing-field' | 'limit-exceeded'

/** The module with most references has some dozens. (observed) */
const REFERENCES = 2_000
const NAME_CHARACTERS = 500

export function readModule(text: string): MetasploitModule | MetasploitRefusal {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'not-json'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not-an-object'
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value))
  const { type, fullname, references } = fields
  if (typeof type !== 'string' || typeof fullname !== 'string' || fullname === '') return 'missing-field'
  if (!Array.isArray(references)) return 'missing-field'
  if (references.length > REFERENCES || fullname.length > NAME_CHARACTERS) return 'limit-exceeded'
  return {
    type,
    fullname,
    references: references.filter(reference => typeof reference === 'string'),
    modTime: textOf(fields['mod_time']),
    disclosureDate: textOf(fields['disclosure_date']),
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= 64 ? value : null
}
