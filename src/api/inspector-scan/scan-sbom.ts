import type { Clock } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { isJsonObject, type Json, type JsonObject, member, readJson } from '../../ecosystems/json-file.ts'
import { namesMembersTwice } from '../../inventory/sbom/json-document.ts'
import type { Readers } from '../../inventory/readers.ts'
import { assessInventory } from '../../scanning/assess-inventory.ts'
import type { CurrentAdvisories } from '../../scanning/current-advisories.ts'
import { apiError, type ApiError, invalidMembers } from '../protocol/errors.ts'
import { cycloneDxReport } from './cyclonedx-report.ts'
import { inspectorReport } from './inspector-report.ts'
import { flatComponents, type ScannedSbom } from './scanned-sbom.ts'

/** (inspector-scan 2023-08-08, ScanSbom) */
export const SCAN_SBOM_PATH = '/scan/sbom'

/** Of a request: two thousand components with all their properties are well below it. Chosen by us. */
export const SBOM_BODY_LIMIT_BYTES = 8 << 20

/** (inspector-scan 2023-08-08, `ScanSbomRequest$sbom`, documented) */
const COMPONENT_LIMIT = 2_000

const JSON_LIMITS = { depth: 64, values: 1_000_000 } as const

const OUTPUT_FORMATS = ['CYCLONE_DX_1_5', 'INSPECTOR', 'INSPECTOR_ALT'] as const

export interface ScanSbomPorts {
  readonly advisories: Pick<CurrentAdvisories, 'index'>
  readonly readers: Readers
}

/**
 * `ScanSbom`: what the current advisories say of the packages of one document, as `openinspector scan sbom:` would. Called
 * once per verified request with the raw body; nothing of it is kept.
 */
export async function scanSbom(
  body: Uint8Array,
  { advisories, readers }: ScanSbomPorts,
  clock: Clock,
  newUuid: () => string,
): Promise<Result<JsonObject, ApiError>> {
  const request = readRequest(body)
  if (!request.ok) return request
  const { document, format, components } = request.value
  const reader = readers.begin()
  const text = new TextEncoder().encode(JSON.stringify(document))
  const read = await reader.readSbom(text, 'sbom').finally(() => reader.close())
  if (!read.ok) return err(apiError('unsupported-sbom', { detail: `${read.error.detail}.` }))
  const index = advisories.index()
  if (index === null) throw new Error('an SBOM is to be scanned, and there are no advisories')
  const { inventory, resourceKind, refs } = read.value
  const now = clock.now()
  const assessment = assessInventory(inventory, index, resourceKind, now)
  const scanned: ScannedSbom = { components, subject: request.value.subject, refs, assessment, scannedAt: now }
  return ok({ sbom: format === 'INSPECTOR' ? inspectorReport(scanned) : cycloneDxReport(scanned, newUuid()) })
}

interface ScanRequest {
  readonly format: 'CYCLONE_DX_1_5' | 'INSPECTOR'
  /** The document with its components side by side and numbered. */
  readonly document: JsonObject
  readonly components: readonly JsonObject[]
  readonly subject: JsonObject | null
}

function readRequest(body: Uint8Array): Result<ScanRequest, ApiError> {
  const json = readJson(body, JSON_LIMITS)
  // The parser's own words quote the body; they stay here.
  if (!json.ok)
    return err(apiError('malformed-body', { detail: json.error.replace(/^not JSON:.*$/s, 'not JSON') + '.' }))
  if (!isJsonObject(json.value)) return err(apiError('malformed-body', { detail: 'it is not a JSON object.' }))
  if (namesMembersTwice(body, json.value)) {
    return err(apiError('malformed-body', { detail: 'an object names a member twice.' }))
  }
  const format = formatOf(member(json.value, 'outputFormat'))
  if (!format.ok) return format
  const sbom = member(json.value, 'sbom')
  if (sbom === undefined || sbom === null)
    return err(invalidMembers([{ name: 'sbom', message: 'Member must not be null' }]))
  if (!isJsonObject(sbom)) return err(invalidMembers([{ name: 'sbom', message: 'Member must be a JSON object' }]))
  if (member(sbom, 'bomFormat') !== 'CycloneDX') {
    return err(apiError('unsupported-sbom', { detail: 'it is not a CycloneDX document in JSON.' }))
  }
  const { document, components, subject } = flatComponents(sbom)
  if (components.length > COMPONENT_LIMIT) {
    const message = `Member must have length less than or equal to ${COMPONENT_LIMIT}`
    return err(invalidMembers([{ name: 'sbom.components', message }]))
  }
  return ok({ format: format.value, document, components, subject })
}

function formatOf(value: Json | undefined): Result<ScanRequest['format'], ApiError> {
  if (value === undefined || value === null) return ok('CYCLONE_DX_1_5')
  const format = OUTPUT_FORMATS.find(known => known === value)
  if (format === undefined) {
    const message = `Member must satisfy enum value set: [${OUTPUT_FORMATS.join(', ')}]`
    return err(invalidMembers([{ name: 'outputFormat', message }]))
  }
  // Nobody has published what it looks like, and a guess would break its reader.
  if (format === 'INSPECTOR_ALT') {
    return err(
      apiError('invalid-request', {
        detail: 'The outputFormat INSPECTOR_ALT is not available in this version of OpenInspector.',
      }),
    )
  }
  return ok(format)
}
