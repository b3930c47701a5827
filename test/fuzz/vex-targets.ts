import { vulnerabilityId } from '../../src/domain/ids.ts'
import { applyVex } from '../../src/findings/vex/apply-vex.ts'
import { readVex } from '../../src/findings/vex/read-vex.ts'
import type { Match } from '../../src/domain/match.ts'
import { aPackage } from '../support/builders.ts'
import type { FuzzTarget } from './target.ts'

const PURL = 'pkg:npm/lodash@4.17.20'
const MATCH: Match = {
  package: aPackage({ type: 'npm', name: 'lodash', version: '4.17.20', arch: null }),
  vulnerabilityId: vulnerabilityId('CVE-2021-23337'),
  fixedVersion: null,
  evidence: [],
}
const SEEDS: readonly object[] = [
  {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    timestamp: '2026-01-01T00:00:00Z',
    statements: [
      {
        vulnerability: { name: 'CVE-2021-23337', aliases: ['GHSA-35jh-r3h4-6jhm'] },
        products: [{ '@id': 'pkg:oci/a', identifiers: { cpe23: 'cpe:2.3:o:a:b:1' }, subcomponents: [{ '@id': PURL }] }],
        status: 'not_affected',
        justification: 'component_not_present',
      },
    ],
  },
  {
    document: { category: 'csaf_vex', tracking: { id: 'A', version: '1', status: 'final' } },
    product_tree: {
      full_product_names: [{ product_id: 'a', name: 'a', product_identification_helper: { purl: PURL } }],
      relationships: [
        { product_reference: 'a', relates_to_product_reference: 'a', full_product_name: { product_id: 'b' } },
      ],
    },
    vulnerabilities: [
      {
        cve: 'CVE-2021-23337',
        product_status: { known_not_affected: ['a', 'b'] },
        flags: [{ label: 'component_not_present', product_ids: ['a'] }],
      },
    ],
  },
  {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    components: [{ 'bom-ref': 'a', purl: PURL, hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }] }],
    vulnerabilities: [{ id: 'CVE-2021-23337', analysis: { state: 'not_affected' }, affects: [{ ref: 'a' }] }],
  },
]

/** Documents about what others find: whatever they say, no match is lost. */
export function vexTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'VEX documents',
      seeds: SEEDS.map(seed => new TextEncoder().encode(JSON.stringify(seed))),
      run(input: Uint8Array): void {
        const read = readVex(input, 'vex')
        if (!read.ok) return
        const artefact = {
          digests: [],
          repository: 'docker.io/library/a',
          tag: '1',
          arch: null,
          purl: PURL,
          distro: null,
        }
        const { matches, suppressed } = applyVex([MATCH], [read.value], artefact)
        if (matches.length + suppressed.length !== 1) throw new Error('a match was lost, or made')
      },
    },
  ]
}
