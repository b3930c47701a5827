import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { advisoriesForTest, type TestAdvisories } from '../../../test/support/starter-advisories.ts'
import { instant } from '../../base/clock.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { readersHere } from '../../inventory/readers-here.ts'
import { readSbom } from '../../inventory/sbom/read-sbom.ts'
import { assessInventory } from '../../scanning/assess-inventory.ts'
import type { ApiError } from '../protocol/errors.ts'
import { scanSbom } from './scan-sbom.ts'

const NOW = instant(Date.UTC(2026, 0, 1))
const LODASH = { type: 'library', name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' }
const SOURCE_PATH = 'amazon:inspector:sbom_generator:source_path'
const home = mkdtempSync(join(tmpdir(), 'openinspector-scan-sbom-'))
let advisories: TestAdvisories

beforeAll(async () => {
  advisories = await advisoriesForTest(home)
})
afterAll(() => {
  advisories.close()
  rmSync(home, { recursive: true })
})

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
}

function cycloneDx(components: readonly unknown[], rest: object = {}) {
  return { bomFormat: 'CycloneDX', specVersion: '1.5', ...rest, components }
}

function scan(request: unknown) {
  return scanSbom(
    bytes(request),
    { advisories, readers: readersHere(ECOSYSTEMS) },
    { now: () => NOW },
    () => '00000000-0000-4000-8000-000000000000',
  )
}

/** The answer as its reader sees it. */
async function answered(request: unknown): Promise<unknown> {
  const answer = await scan(request)
  if (!answer.ok) throw new Error(answer.error.message)
  return JSON.parse(JSON.stringify(answer.value)) as unknown
}

async function refused(request: unknown): Promise<ApiError> {
  const answer = await scan(request)
  if (answer.ok) throw new Error('it was answered')
  return answer.error
}

interface Report {
  readonly sbom: {
    readonly components: readonly { readonly 'bom-ref': string; readonly name: string; readonly properties: unknown }[]
    readonly vulnerabilities: readonly { readonly id: string }[]
  }
}

describe('ScanSbom', () => {
  it('answers in CycloneDX 1.5 with what each vulnerability affects and where it is fixed', async () => {
    const properties = [{ name: SOURCE_PATH, value: '/app/package.json' }]
    const answer = await answered({ sbom: cycloneDx([{ ...LODASH, properties }]) })

    expect(answer).toMatchObject({
      sbom: {
        bomFormat: 'CycloneDX',
        specVersion: '1.5',
        serialNumber: 'urn:uuid:00000000-0000-4000-8000-000000000000',
        metadata: { timestamp: '2026-01-01T00:00:00.000Z' },
        components: [
          {
            'bom-ref': 'comp-1',
            purl: LODASH.purl,
            properties: [{ name: 'amazon:inspector:sbom_scanner:path', value: '/app/package.json' }],
          },
        ],
        vulnerabilities: expect.arrayContaining([
          expect.objectContaining({
            'bom-ref': expect.stringMatching(/^vuln-\d+$/),
            id: 'CVE-2021-23337',
            affects: [{ ref: 'comp-1' }],
            ratings: [
              {
                source: { name: 'NVD' },
                score: 7.2,
                severity: 'high',
                method: 'CVSSv31',
                vector: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H',
              },
            ],
            properties: [{ name: 'amazon:inspector:sbom_scanner:fixed_version:comp-1', value: '4.17.21' }],
          }),
        ]),
      },
    })
  })

  it("answers in Amazon Inspector's own format", async () => {
    const nothing = { type: 'library', name: 'none', purl: 'pkg:generic/none@1' }
    const answer = await answered({ sbom: cycloneDx([LODASH, nothing]), outputFormat: 'INSPECTOR' })

    expect(answer).toMatchObject({
      sbom: {
        messages: [{ name: 'none', purl: 'pkg:generic/none@1', info: 'Component skipped: no supported rules found.' }],
        vulnerability_count: { critical: 0, high: expect.any(Number), medium: expect.any(Number), low: 0 },
        vulnerabilities: expect.arrayContaining([
          expect.objectContaining({
            id: 'CVE-2021-23337',
            severity: 'high',
            properties: expect.objectContaining({
              cvss: [
                {
                  source: 'NVD',
                  severity: 'high',
                  cvss3_base_score: 7.2,
                  cvss3_base_vector: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H',
                },
              ],
            }),
            affects: [{ installed_version: 'pkg:npm/lodash@4.17.20', fixed_version: '4.17.21' }],
          }),
        ]),
      },
    })
  })

  it('finds what a scan of the same document finds', async () => {
    const document = cycloneDx([
      LODASH,
      { type: 'library', name: 'log4j-core', purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.12.1' },
    ])
    const read = readSbom(bytes(document), 'x')
    if (!read.ok) throw new Error(read.error.detail)

    const answer = (await answered({ sbom: document })) as Report

    const { detections } = assessInventory(read.value.inventory, advisories.index(), read.value.resourceKind, NOW)
    expect(answer.sbom.vulnerabilities.map(({ id }) => id)).toEqual(
      detections.map(detection => detection.vulnerabilityId),
    )
    expect(detections.length).toBeGreaterThan(1)
  })

  it('numbers components anew, nested ones too, and tells those with the same ref apart', async () => {
    const nested = { type: 'application', name: 'app', 'bom-ref': 'x', components: [{ ...LODASH, 'bom-ref': 'x' }] }
    const { components, vulnerabilities } = ((await answered({ sbom: cycloneDx([nested, LODASH]) })) as Report).sbom

    expect(components.map(component => [component['bom-ref'], component.name])).toEqual([
      ['comp-1', 'app'],
      ['comp-2', 'lodash'],
      ['comp-3', 'lodash'],
    ])
    expect(vulnerabilities[0]).toMatchObject({ affects: [{ ref: 'comp-2' }, { ref: 'comp-3' }] })
  })

  it.each([
    ['{', 'malformed-body', 'CANNOT_PARSE'],
    ['[]', 'malformed-body', 'CANNOT_PARSE'],
    ['{"sbom":{"bomFormat":"CycloneDX","bomFormat":"CycloneDX"}}', 'malformed-body', 'CANNOT_PARSE'],
    [`{"sbom":${'['.repeat(100)}`, 'malformed-body', 'CANNOT_PARSE'],
    ['{}', 'invalid-members', 'FIELD_VALIDATION_FAILED'],
    ['{"sbom":7}', 'invalid-members', 'FIELD_VALIDATION_FAILED'],
    ['{"sbom":{"spdxVersion":"SPDX-2.3"}}', 'unsupported-sbom', 'UNSUPPORTED_SBOM_TYPE'],
    ['{"sbom":{"bomFormat":"CycloneDX","specVersion":"9"}}', 'unsupported-sbom', 'UNSUPPORTED_SBOM_TYPE'],
    [
      '{"sbom":{"bomFormat":"CycloneDX","specVersion":"1.5","components":7}}',
      'unsupported-sbom',
      'UNSUPPORTED_SBOM_TYPE',
    ],
    ['{"sbom":{},"outputFormat":"PDF"}', 'invalid-members', 'FIELD_VALIDATION_FAILED'],
    ['{"sbom":{},"outputFormat":"INSPECTOR_ALT"}', 'invalid-request', 'OTHER'],
  ])('refuses %s', async (body, id, reason) => {
    expect(await refused(body)).toMatchObject({ id, name: 'ValidationException', status: 400, members: { reason } })
  })

  it('takes 2,000 components and no more', async () => {
    const of = (count: number) => ({ sbom: cycloneDx(Array.from({ length: count }, () => LODASH)) })

    expect(((await answered(of(2_000))) as Report).sbom.components).toHaveLength(2_000)
    expect(await refused(of(2_001))).toMatchObject({ members: { fields: [{ name: 'sbom.components' }] } })
  })
})
