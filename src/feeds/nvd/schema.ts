/**
 * One CVE record of NVD's JSON 2.0 feeds (`nvd.nist.gov/developers/vulnerabilities`, schema 2.0), only what we read.
 * Written by hand, as the OSV one: a sync reads hundreds of thousands of records.
 */
export interface NvdRecord {
  readonly id: string
  /** Who wrote the record, mostly the mail address of the CVE numbering authority. */
  readonly sourceIdentifier: string | null
  readonly published: string | null
  readonly lastModified: string
  readonly vulnStatus: string
  /** In English. */
  readonly description: string | null
  readonly metrics: readonly NvdMetric[]
}

export interface NvdMetric {
  readonly system: 'CVSS_V2' | 'CVSS_V3' | 'CVSS_V4'
  /** Who scored: `nvd@nist.gov`, a numbering authority's mail address, or a UUID. */
  readonly source: string | null
  readonly vector: string
}

/** Why a record was refused, or one of its scores left out: a constant to count. */
export type NvdRefusal = 'not-json' | 'not-an-object' | 'missing-field' | 'wrong-type' | 'bad-id' | 'limit-exceeded'

export class NvdRecordError extends Error {
  readonly reason: NvdRefusal

  constructor(reason: NvdRefusal, detail: string) {
    super(detail)
    this.name = 'NvdRecordError'
    this.reason = reason
  }
}

/** CVE ids as the CVE programme gives them out, with room for longer numbers. */
const CVE_ID = /^CVE-[0-9]{4}-[0-9]{4,12}$/

/** NVD ends descriptions at about 4,000 characters; findings show 1,024. (inspector-behaviour §1.2) */
const DESCRIPTION_CHARACTERS = 4_000
const SOURCE_CHARACTERS = 256
const VECTOR_CHARACTERS = 400
const METRICS = 100
const DESCRIPTIONS = 100

/** Members of `metrics` that hold CVSS; others (`ssvcV203`) are passed over. */
const METRIC_LISTS = [
  ['cvssMetricV31', 'CVSS_V3'],
  ['cvssMetricV30', 'CVSS_V3'],
  ['cvssMetricV40', 'CVSS_V4'],
  ['cvssMetricV2', 'CVSS_V2'],
] as const

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads one element of `vulnerabilities`; throws `NvdRecordError` when it is not a record that can be believed. A score
 * that cannot be read costs itself, not the record: `onBadMetric` counts it.
 */
export function readNvdRecord(value: unknown, onBadMetric: () => void): NvdRecord {
  const record = fields(fields(value, 'element')['cve'], 'cve')
  return {
    id: cveId(record['id']),
    sourceIdentifier: optionalText(record['sourceIdentifier'], 'sourceIdentifier', SOURCE_CHARACTERS),
    published: optionalText(record['published'], 'published', 64),
    lastModified: requiredText(record['lastModified'], 'lastModified', 64),
    vulnStatus: requiredText(record['vulnStatus'], 'vulnStatus', 64),
    description: englishOf(record['descriptions']),
    metrics: metricsOf(record['metrics'], onBadMetric),
  }
}

/** The CVE id of the text's first bytes when it is there, so that a record that cannot be read still has a name. */
export function nameOfElement(text: string): string | null {
  return /CVE-[0-9]{4}-[0-9]{4,12}/.exec(text.slice(0, 4_000))?.[0] ?? null
}

function cveId(value: unknown): string {
  const id = requiredText(value, 'id', 64)
  if (!CVE_ID.test(id)) throw new NvdRecordError('bad-id', 'id is not a CVE id')
  return id
}

function englishOf(value: unknown): string | null {
  const descriptions = list(value, 'descriptions', DESCRIPTIONS)
  for (const item of descriptions) {
    if (!isFields(item) || typeof item['lang'] !== 'string' || !/^en\b/i.test(item['lang'])) continue
    const text = item['value']
    if (typeof text !== 'string') throw new NvdRecordError('wrong-type', 'the English description is not a text')
    if (text.trim() !== '') return shortened(text.trim())
  }
  return null
}

function shortened(text: string): string {
  if (text.length <= DESCRIPTION_CHARACTERS) return text
  // Through JSON, because a slice would keep the whole text in memory.
  return JSON.parse(JSON.stringify(`${text.slice(0, DESCRIPTION_CHARACTERS - 1)}…`)) as string
}

function metricsOf(value: unknown, onBadMetric: () => void): NvdMetric[] {
  if (value === undefined || value === null) return []
  const metrics = fields(value, 'metrics')
  const found: NvdMetric[] = []
  for (const [name, system] of METRIC_LISTS) {
    for (const item of list(metrics[name], `metrics.${name}`, METRICS)) {
      const metric = metricOf(item, system)
      if (metric === null) onBadMetric()
      else found.push(metric)
    }
  }
  return found
}

function metricOf(value: unknown, system: NvdMetric['system']): NvdMetric | null {
  const data = isFields(value) ? value['cvssData'] : null
  if (!isFields(value) || !isFields(data)) return null
  const { source } = value
  const vector = data['vectorString']
  if (typeof vector !== 'string' || vector === '' || vector.length > VECTOR_CHARACTERS) return null
  const isNamed = typeof source === 'string' && source !== '' && source.length <= SOURCE_CHARACTERS
  return { system, source: isNamed ? source : null, vector }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fields(value: unknown, where: string): Fields {
  if (isFields(value)) return value
  throw new NvdRecordError(value === undefined ? 'missing-field' : 'not-an-object', `${where} is not an object`)
}

function list(value: unknown, where: string, limit: number): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new NvdRecordError('wrong-type', `${where} is not a list`)
  if (value.length > limit) throw new NvdRecordError('limit-exceeded', `${where} has more than ${limit} items`)
  return value
}

function requiredText(value: unknown, where: string, characters: number): string {
  const text = optionalText(value, where, characters)
  if (text === null || text === '') throw new NvdRecordError('missing-field', `${where} is missing`)
  return text
}

function optionalText(value: unknown, where: string, characters: number): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new NvdRecordError('wrong-type', `${where} is not a text`)
  if (value.length > characters) {
    throw new NvdRecordError('limit-exceeded', `${where} is longer than ${characters} characters`)
  }
  return value
}
