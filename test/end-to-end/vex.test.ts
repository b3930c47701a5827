import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Ended, removeHome, startCommand, temporaryHome } from '../support/running-product.ts'

const home = temporaryHome()
const sbom = join(home, 'app.cdx.json')
writeFileSync(
  sbom,
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: { component: { type: 'container', name: 'shop', purl: 'pkg:generic/shop@1' } },
    components: [{ type: 'library', name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' }],
  }),
)

afterAll(() => removeHome(home))

function run(...args: readonly string[]): Promise<Ended> {
  return startCommand(args, { OPENINSPECTOR_HOME: home })
}

interface Result {
  readonly findings: readonly { readonly packageVulnerabilityDetails: { readonly vulnerabilityId: string } }[]
  readonly suppressed: readonly { readonly vulnerabilityId: string }[]
}

async function scanned(...args: readonly string[]): Promise<Result> {
  const { stdout, stderr } = await run('scan', `sbom:${sbom}`, '--format', 'json', ...args)
  if (stdout === '') throw new Error(stderr)
  const { results } = JSON.parse(stdout) as { readonly results: readonly Result[] }
  return results[0]!
}

function vexFile(name: string, ids: readonly string[], product: string): string {
  const path = join(home, name)
  const statements = ids.map(id => ({
    vulnerability: { name: id },
    products: [{ '@id': product, subcomponents: [{ '@id': 'pkg:npm/lodash' }] }],
    status: 'not_affected',
    justification: 'component_not_present',
  }))
  const document = { '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'urn:vex:shop', author: 'Shop', version: 1 }
  writeFileSync(path, JSON.stringify({ ...document, timestamp: '2026-01-01T00:00:00Z', statements }))
  return path
}

describe('openinspector scan --vex', () => {
  it('moves what documents excuse aside, with the reason, and does not fail on it', async () => {
    const ids = (await scanned()).findings.map(finding => finding.packageVulnerabilityDetails.vulnerabilityId)
    const all = vexFile('all.json', ids, 'pkg:generic/shop')

    const result = await scanned('--vex', all)
    const table = await run('scan', `sbom:${sbom}`, '--vex', all, '--fail-on', 'LOW')

    expect(ids.length).toBeGreaterThan(0)
    expect(result.findings).toEqual([])
    expect(result.suppressed.map(({ vulnerabilityId }) => vulnerabilityId).sort()).toEqual(ids.toSorted())
    expect(result.suppressed[0]).toMatchObject({
      document: { id: 'urn:vex:shop', author: 'Shop', format: 'OpenVEX' },
      statement: { status: 'not-affected', justification: 'component_not_present' },
    })
    expect(table.status).not.toBe(1)
    expect(table.stdout).toContain('Suppressed by VEX:')
    expect(table.stdout).toContain('component_not_present')
    expect((await run('scan', `sbom:${sbom}`, '--fail-on', 'LOW')).status).toBe(1)
  }, 60_000)

  it('applies no statement about another product, and several documents together', async () => {
    const ids = (await scanned()).findings.map(finding => finding.packageVulnerabilityDetails.vulnerabilityId)
    const other = vexFile('other.json', ids, 'pkg:generic/kiosk')
    const first = vexFile('first.json', ids.slice(0, 1), 'pkg:generic/shop@1')

    expect((await scanned('--vex', other)).suppressed).toEqual([])
    expect((await scanned('--vex', other, '--vex', first)).suppressed).toHaveLength(1)
  }, 60_000)

  it('says what is no VEX document', async () => {
    const ended = await run('scan', `sbom:${sbom}`, '--vex', sbom.replace('app', 'gone'))

    expect(ended.stderr).toContain('is no VEX document that can be read: ENOENT.')
    expect(ended.status).toBe(2)
  }, 60_000)
})
