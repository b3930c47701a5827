/**
 * One CVE record of JSON 5 with the containers of its authorized data publishers, only what we read.
 * (cveproject.github.io/cve-schema, 5.1; cisagov/vulnrichment, read 2026)
 */
export interface CveRecord {
  readonly id: string
  readonly state: 'PUBLISHED' | 'REJECTED'
  readonly published: string | null
  readonly updated: string | null
  readonly rejected: string | null
  readonly numberingAuthority: CveContainer
  readonly publishers: readonly CveContainer[]
}

/** What one party says in the record. */
export interface CveContainer {
  readonly orgId: string | null
  readonly shortName: string | null
  /** In English. */
  readonly description: string | null
  readonly tags: readonly string[]
  readonly metrics: readonly CveMetric[]
}

export type CveMetric =
  | { readonly is: 'cvss'; readonly system: 'CVSS_V2' | 'CVSS_V3' | 'CVSS_V4'; readonly vector: string }
  /** Lower case, as `poc`. */
  | { readonly is: 'exploitation'; readonly value: string }

/** Why a record was refused: a constant to count. */
export type CveRefusal = 'not-json' | 'not-an-object' | 'missing-field' | 'wrong-type' | 'bad-id' | 'limit-exceeded'

export class CveRecordError extends Error {
  readonly reason: CveRefusal

  constructor(reason: CveRefusal, detail: string) {
    super(detail)
    this.name = 'CveRecordError'
    this.reason = reason
  }
}

const CVE_ID = /^CVE-[0-9]{4}-[0-9]{4,12}$/
const DESCRIPTION_CHARACTERS = 4_000
const NAME_CHARACTERS = 256
const TIME_CHARACTERS = 64
const VECTOR_CHARACTERS = 400
/** Publishers, metrics, tags or descriptions of one record; the largest seen has 8 of one kind. (observed) */
const ITEMS = 200

const CVSS_MEMBERS = [
  ['cvssV3_1', 'CVSS_V3'],
  ['cvssV3_0', 'CVSS_V3'],
  ['cvssV4_0', 'CVSS_V4'],
  ['cvssV2_0', 'CVSS_V2'],
] as const

type Fields = Readonly<Record<string, unknown>>

/**
 * Throws `CveRecordError` when the value is no record that can be believed. A score that cannot be read costs itself:
 * `onBadMetric` counts it.
 */
export function readCveRecord(value: unknown, onBadMetric: () => void): CveRecord {
  const record = fields(value, 'the record')
  const metadata = fields(record['cveMetadata'], 'cveMetadata')
  const containers = fields(record['containers'], 'containers')
  const id = requiredText(metadata['cveId'], 'cveMetadata.cveId', TIME_CHARACTERS)
  if (!CVE_ID.test(id)) throw new CveRecordError('bad-id', 'cveMetadata.cveId is not a CVE id')
  const state = requiredText(metadata['state'], 'cveMetadata.state', TIME_CHARACTERS)
  if (state !== 'PUBLISHED' && state !== 'REJECTED') {
    throw new CveRecordError('wrong-type', 'cveMetadata.state is neither PUBLISHED nor REJECTED')
  }
  return {
    id,
    state,
    published: optionalText(metadata['datePublished'], 'cveMetadata.datePublished', TIME_CHARACTERS),
    updated: optionalText(metadata['dateUpdated'], 'cveMetadata.dateUpdated', TIME_CHARACTERS),
    rejected: optionalText(metadata['dateRejected'], 'cveMetadata.dateRejected', TIME_CHARACTERS),
    numberingAuthority: containerOf(containers['cna'], 'cna', onBadMetric),
    publishers: list(containers['adp'], 'adp').map(item => containerOf(item, 'adp', onBadMetric)),
  }
}

function containerOf(value: unknown, where: string, onBadMetric: () => void): CveContainer {
  const container = fields(value, where)
  const provider = isFields(container['providerMetadata']) ? container['providerMetadata'] : {}
  return {
    orgId: optionalText(provider['orgId'], `${where}.providerMetadata.orgId`, NAME_CHARACTERS),
    shortName: optionalText(provider['shortName'], `${where}.providerMetadata.shortName`, NAME_CHARACTERS),
    description: englishOf(container['descriptions'], where),
    tags: list(container['tags'], `${where}.tags`).filter(tag => typeof tag === 'string'),
    metrics: list(container['metrics'], `${where}.metrics`).flatMap(metric => metricsOf(metric, onBadMetric)),
  }
}

function englishOf(value: unknown, where: string): string | null {
  for (const item of list(value, `${where}.descriptions`)) {
    if (!isFields(item) || typeof item['lang'] !== 'string' || !/^en\b/i.test(item['lang'])) continue
    const text = item['value']
    if (typeof text !== 'string' || text.trim() === '') continue
    return shortened(text.trim())
  }
  return null
}

function shortened(text: string): string {
  return text.length <= DESCRIPTION_CHARACTERS ? text : `${text.slice(0, DESCRIPTION_CHARACTERS - 1)}…`.toWellFormed()
}

function metricsOf(value: unknown, onBadMetric: () => void): CveMetric[] {
  if (!isFields(value)) {
    onBadMetric()
    return []
  }
  const found: CveMetric[] = []
  for (const [member, system] of CVSS_MEMBERS) {
    if (value[member] === undefined) continue
    const data = isFields(value[member]) ? value[member] : {}
    const vector = data['vectorString']
    if (typeof vector === 'string' && vector !== '' && vector.length <= VECTOR_CHARACTERS) {
      found.push({ is: 'cvss', system, vector })
    } else onBadMetric()
  }
  const other = isFields(value['other']) ? value['other'] : {}
  const content = isFields(other['content']) ? other['content'] : {}
  if (other['type'] === 'ssvc') {
    for (const option of list(content['options'], 'options')) {
      const level = isFields(option) ? option['Exploitation'] : undefined
      if (typeof level === 'string' && level.length <= NAME_CHARACTERS) {
        found.push({ is: 'exploitation', value: level.toLowerCase() })
      }
    }
  }
  return found
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fields(value: unknown, where: string): Fields {
  if (isFields(value)) return value
  throw new CveRecordError(value === undefined ? 'missing-field' : 'not-an-object', `${where} is not an object`)
}

function list(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new CveRecordError('wrong-type', `${where} is not a list`)
  if (value.length > ITEMS) throw new CveRecordError('limit-exceeded', `${where} has more than ${ITEMS} items`)
  return value
}

function requiredText(value: unknown, where: string, characters: number): string {
  const text = optionalText(value, where, characters)
  if (text === null || text === '') throw new CveRecordError('missing-field', `${where} is missing`)
  return text
}

function optionalText(value: unknown, where: string, characters: number): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new CveRecordError('wrong-type', `${where} is not a text`)
  if (value.length > characters) {
    throw new CveRecordError('limit-exceeded', `${where} is longer than ${characters} characters`)
  }
  return value
}
