import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aPackage } from '../../../test/support/builders.ts'
import { parseInstant } from '../../base/clock.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { Match } from '../../domain/match.ts'
import { namespace } from '../../domain/namespace.ts'
import { applyVex } from './apply-vex.ts'
import { includesPackage, parsePurlPattern, purlSubject } from './match-purl.ts'
import { readVex } from './read-vex.ts'
import { isArtefact, type VexArtefact } from './vex-artefact.ts'
import type { VexDocument } from './vex-statement.ts'

const DEBIAN = { id: 'debian', versionId: '11', codename: 'bullseye', prettyName: null }
const DIGEST = 'ab'.repeat(32)
const CURL = aPackage({
  type: 'deb',
  namespace: namespace('debian:11'),
  name: 'libcurl4',
  version: '1:7.74.0-1.3',
  arch: 'amd64',
  source: { name: 'curl', version: '1:7.74.0-1.3' },
})

function artefact(given: Partial<VexArtefact> = {}): VexArtefact {
  return { digests: [], repository: null, tag: null, arch: null, purl: null, distro: DEBIAN, ...given }
}

function aMatch(given: Partial<Match> = {}): Match {
  return {
    package: CURL,
    vulnerabilityId: vulnerabilityId('CVE-2024-0001'),
    fixedVersion: null,
    evidence: [],
    ...given,
  }
}

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

function read(value: unknown): VexDocument {
  const document = readVex(bytes(value), 'app.vex.json')
  if (!document.ok) throw new Error(document.error)
  return document.value
}

function openVex(...statements: readonly object[]): VexDocument {
  return read({ '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'urn:vex:1', author: 'A', version: 2, statements })
}

const EXCUSED = {
  vulnerability: { name: 'CVE-2024-0001' },
  products: [{ '@id': 'pkg:deb/debian/libcurl4' }],
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  timestamp: '2026-01-02T00:00:00Z',
}

const suppressedBy = (document: VexDocument, of: VexArtefact = artefact(), match = aMatch()) =>
  applyVex([match], [document], of).suppressed.length === 1

describe('a purl of a statement', () => {
  const table: readonly (readonly [string, boolean])[] = [
    ['pkg:deb/debian/libcurl4', true],
    ['pkg:deb/debian/libcurl4@1:7.74.0-1.3', true],
    ['pkg:deb/debian/libcurl4@7.74.0-1.3', true],
    ['pkg:deb/debian/libcurl4@7.74.0-1.3?epoch=2', false],
    ['pkg:deb/debian/libcurl4@7.74.0-1.4', false],
    ['pkg:deb/debian/libcurl4?arch=amd64', true],
    ['pkg:deb/debian/libcurl4?arch=arm64', false],
    ['pkg:deb/debian/libcurl4?distro=debian-11', true],
    ['pkg:deb/debian/libcurl4?distro=bullseye', true],
    ['pkg:deb/debian/libcurl4?distro=debian-12', false],
    ['pkg:deb/debian/libcurl4?distro=debian-11.7', false],
    ['pkg:deb/debian/curl?arch=source', true],
    ['pkg:deb/debian/curl@1:7.74.0-1.3?arch=src&distro=bullseye', true],
    ['pkg:deb/debian/curl', false],
    ['pkg:deb/ubuntu/libcurl4', false],
    ['pkg:deb/debian/libcurl4?checksum=sha256:00', false],
    ['pkg:deb/debian/libcurl4#usr/bin', false],
    ['pkg:apk/debian/libcurl4', false],
    ['libcurl4', false],
  ]
  it.each(table)('%s includes the package: %s', (text, expected) => {
    const pattern = parsePurlPattern(text)

    expect(pattern !== null && includesPackage(pattern, purlSubject(CURL, DEBIAN))).toBe(expected)
  })

  it('names Go modules with and without a v, and Maven artefacts whatever their packaging', () => {
    const go = aPackage({ type: 'golang', name: 'golang.org/x/net', version: '0.1.0', arch: null, source: null })
    const jar = aPackage({ type: 'maven', name: 'org.a:b', version: '1', arch: null, source: null })
    const includes = (text: string, pkg: typeof go) =>
      includesPackage(parsePurlPattern(text)!, purlSubject(pkg, DEBIAN))

    expect(includes('pkg:golang/golang.org/x/net@v0.1.0', go)).toBe(true)
    expect(includes('pkg:golang/golang.org/x/net@0.2.0', go)).toBe(false)
    expect(includes('pkg:maven/org.a/b@1?type=jar', jar)).toBe(true)
    expect(includes('pkg:maven/org.a/c@1', jar)).toBe(false)
  })

  it('takes Red Hat and RHEL for one, and no epoch for zero', () => {
    const rhel = { id: 'rhel', versionId: '9.4', codename: null, prettyName: null }
    const rpm = aPackage({ type: 'rpm', name: 'curl', version: '7.76.1-29.el9', arch: 'x86_64', source: null })
    const subject = purlSubject(rpm, rhel)

    expect(includesPackage(parsePurlPattern('pkg:rpm/redhat/curl@7.76.1-29.el9?epoch=0')!, subject)).toBe(true)
    expect(includesPackage(parsePurlPattern('pkg:rpm/redhat/curl@7.76.1-29.el9?epoch=1')!, subject)).toBe(false)
    expect(includesPackage(parsePurlPattern('pkg:rpm/redhat/curl?distro=rhel-9')!, subject)).toBe(true)
  })
})

describe('the scanned thing', () => {
  const image = artefact({
    digests: [`sha256:${DIGEST}`],
    repository: 'docker.io/library/shop',
    tag: '1',
    arch: 'amd64',
  })
  const table: readonly (readonly [string, boolean])[] = [
    [`pkg:oci/shop@sha256:${DIGEST}`, true],
    [`pkg:oci/shop@sha256%3A${DIGEST}?repository_url=index.docker.io/library/shop`, true],
    [`pkg:oci/shop@sha256:${'cd'.repeat(32)}`, false],
    [`pkg:oci/other@sha256:${DIGEST}`, false],
    ['pkg:oci/shop?repository_url=example.com/shop', false],
    ['pkg:oci/shop?tag=1', true],
    ['pkg:oci/shop?tag=2', false],
    ['pkg:oci/shop?arch=arm64', false],
  ]
  it.each(table)('is %s: %s', (purl, expected) => {
    expect(isArtefact({ purls: [purl], cpes: [], sha256: [] }, image)).toBe(expected)
  })

  it('is known by its digest, by what its SBOM calls it, and by its operating system', () => {
    const by = (given: { purls?: string[]; cpes?: string[]; sha256?: string[] }, of = image) =>
      isArtefact({ purls: [], cpes: [], sha256: [], ...given }, of)

    expect(by({ sha256: [DIGEST] })).toBe(true)
    expect(by({ purls: ['pkg:npm/shop'] }, artefact({ purl: 'pkg:npm/shop@1.0.0' }))).toBe(true)
    expect(by({ purls: ['pkg:npm/shop@2.0.0'] }, artefact({ purl: 'pkg:npm/shop@1.0.0' }))).toBe(false)
    expect(by({ cpes: ['cpe:/o:debian:debian_linux:11'] })).toBe(true)
    expect(by({ cpes: ['cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*'] })).toBe(false)
    const rhel = artefact({ distro: { id: 'rhel', versionId: '9.4', codename: null, prettyName: null } })
    expect(by({ cpes: ['cpe:/a:redhat:enterprise_linux:9::appstream'] }, rhel)).toBe(true)
    expect(by({ cpes: ['cpe:/a:redhat:rhel_eus:9.4::appstream'] }, rhel)).toBe(false)
  })
})

describe('applying OpenVEX', () => {
  it('suppresses with its reason, and only what it names', () => {
    const other = aMatch({ vulnerabilityId: vulnerabilityId('CVE-2024-0002') })

    const { matches, suppressed } = applyVex([aMatch(), other], [openVex(EXCUSED)], artefact())

    expect(matches).toEqual([other])
    expect(suppressed).toMatchObject([
      {
        match: { vulnerabilityId: 'CVE-2024-0001' },
        document: { id: 'urn:vex:1', author: 'A', version: '2', format: 'OpenVEX' },
        statement: { status: 'not-affected', justification: 'vulnerable_code_not_in_execute_path' },
      },
    ])
  })

  it.each([
    ['not_affected', true],
    ['fixed', true],
    ['affected', false],
    ['under_investigation', false],
  ])('%s suppresses: %s', (status, expected) => {
    expect(suppressedBy(openVex({ ...EXCUSED, status }))).toBe(expected)
  })

  it('goes by the latest statement, whatever the order, and by the more open one of a tie', () => {
    const later = { ...EXCUSED, status: 'affected', timestamp: '2026-02-01T00:00:00Z' }

    expect(suppressedBy(openVex(EXCUSED, later))).toBe(false)
    expect(suppressedBy(openVex(later, EXCUSED))).toBe(false)
    expect(suppressedBy(openVex({ ...later, timestamp: '2025-01-01T00:00:00Z' }, EXCUSED))).toBe(true)
    expect(suppressedBy(openVex({ ...later, timestamp: EXCUSED.timestamp }, EXCUSED))).toBe(false)
    expect(suppressedBy(openVex({ ...later, timestamp: undefined }, EXCUSED))).toBe(true)
  })

  it('wants both the product and its part', () => {
    const image = artefact({ digests: [`sha256:${DIGEST}`] })
    const product = { '@id': `pkg:oci/shop@sha256:${DIGEST}`, subcomponents: [{ '@id': 'pkg:deb/debian/libcurl4' }] }
    const wrongPart = { ...product, subcomponents: [{ '@id': 'pkg:deb/debian/openssl' }] }
    const unknownPart = { ...product, subcomponents: [{ '@id': 'urn:something' }] }

    expect(suppressedBy(openVex({ ...EXCUSED, products: [product] }), image)).toBe(true)
    expect(suppressedBy(openVex({ ...EXCUSED, products: [product] }))).toBe(false)
    expect(suppressedBy(openVex({ ...EXCUSED, products: [wrongPart] }), image)).toBe(false)
    expect(openVex({ ...EXCUSED, products: [unknownPart] }).statements).toEqual([])
  })

  it('speaks of a vulnerability by its aliases and of an advisory by its id', () => {
    const alias = { ...EXCUSED, vulnerability: { name: 'GHSA-1', aliases: ['cve-2024-0001'] } }

    expect(suppressedBy(openVex(alias))).toBe(true)
  })

  it('cuts no name: half a purl may name more', () => {
    const long = `pkg:deb/debian/libcurl4?arch=amd64&x=${'x'.repeat(2_000)}`

    expect(suppressedBy(openVex({ ...EXCUSED, products: [{ '@id': long }] }))).toBe(false)
    expect(openVex({ ...EXCUSED, products: [{ '@id': long }] }).statements).toEqual([])
  })

  it('does not believe not_affected without a reason', () => {
    const bare = openVex({ ...EXCUSED, justification: undefined })

    expect(suppressedBy(bare)).toBe(false)
    expect(bare.problems).toEqual([
      'statements[0] is not used: it says not_affected without a justification or an impact statement',
    ])
  })

  it('never loses a match, and suppresses nothing by nothing', () => {
    const statement = fc.record({
      vulnerability: fc.constantFrom('CVE-2024-0001', 'CVE-2024-0002'),
      products: fc.array(fc.constantFrom('pkg:deb/debian/libcurl4', 'pkg:deb/debian/other', 'urn:x'), { maxLength: 3 }),
      status: fc.constantFrom('not_affected', 'fixed', 'affected', 'nonsense'),
      justification: fc.constantFrom('component_not_present', undefined),
    })
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 5 }), statements => {
        const { matches, suppressed } = applyVex([aMatch()], [openVex(...statements)], artefact())

        expect(matches.length + suppressed.length).toBe(1)
        const excuses = statements.filter(({ status }) => status === 'not_affected' || status === 'fixed')
        expect(suppressed.length).toBeLessThanOrEqual(excuses.length)
      }),
    )
  })
})

describe('applying CSAF', () => {
  const csaf = (vulnerability: object) =>
    read({
      document: {
        category: 'csaf_vex',
        title: 't',
        publisher: { name: 'Vendor' },
        tracking: { id: 'V-1', version: '3', status: 'final', current_release_date: '2026-01-01T00:00:00Z' },
      },
      product_tree: {
        full_product_names: [
          { product_id: 'os', name: 'Debian', product_identification_helper: { cpe: 'cpe:/o:debian:debian_linux:11' } },
          { product_id: 'curl', name: 'c', product_identification_helper: { purl: 'pkg:deb/debian/libcurl4' } },
          { product_id: 'nameless', name: 'n' },
          {
            product_id: 'el',
            name: 'RHEL',
            product_identification_helper: { cpe: 'cpe:/o:redhat:enterprise_linux:8' },
          },
          {
            product_id: 'stream',
            name: 's',
            product_identification_helper: { purl: 'pkg:rpmmod/redhat/nodejs@18:8090020231019:a75119d5' },
          },
          { product_id: 'npm', name: 'npm', product_identification_helper: { purl: 'pkg:rpm/redhat/npm?arch=x86_64' } },
        ],
        product_groups: [
          { group_id: 'all', product_ids: ['os:curl', 'curl'] },
          { group_id: 'none', product_ids: [] },
        ],
        relationships: [
          {
            category: 'default_component_of',
            product_reference: 'curl',
            relates_to_product_reference: 'os',
            full_product_name: { product_id: 'os:curl', name: 'c' },
          },
          {
            category: 'default_component_of',
            product_reference: 'stream',
            relates_to_product_reference: 'el',
            full_product_name: { product_id: 'el:stream', name: 's' },
          },
          {
            category: 'default_component_of',
            product_reference: 'npm',
            relates_to_product_reference: 'el:stream',
            full_product_name: { product_id: 'el:stream:npm', name: 'npm' },
          },
          {
            category: 'default_component_of',
            product_reference: 'curl',
            relates_to_product_reference: 'os:curl',
            full_product_name: { product_id: 'os:curl:curl', name: 'a part of a part' },
          },
        ],
      },
      vulnerabilities: [{ cve: 'CVE-2024-0001', ...vulnerability }],
    })
  const flags = [{ label: 'vulnerable_code_not_present', product_ids: ['os:curl'] }]

  it('takes relationships apart into product and part', () => {
    const document = csaf({ product_status: { known_not_affected: ['os:curl'] }, flags })

    expect(document).toMatchObject({ id: 'V-1', version: '3', author: 'Vendor', format: 'CSAF', problems: [] })
    expect(document.statements).toMatchObject([
      { justification: 'vulnerable_code_not_present', timestamp: parseInstant('2026-01-01T00:00:00Z') },
    ])
    expect(suppressedBy(document)).toBe(true)
    expect(suppressedBy(document, artefact({ distro: { ...DEBIAN, versionId: '12' } }))).toBe(false)
  })

  it('reports what it cannot use', () => {
    expect(csaf({ product_status: { known_not_affected: ['os:curl', 'nameless'] } }).problems).toEqual([
      'vulnerabilities[0]: 1 products have no purl, CPE or SHA-256 to be known by',
      'vulnerabilities[0]: 1 products are not affected without a reason',
    ])
  })

  it('gives the reason of a group to each of its products, and to no other', () => {
    const grouped = (groupIds: readonly string[]) =>
      csaf({
        product_status: { known_not_affected: ['os:curl'] },
        flags: [{ label: 'vulnerable_code_not_present', group_ids: groupIds }],
      })

    expect(suppressedBy(grouped(['all']))).toBe(true)
    for (const others of [['none'], ['unknown'], []]) {
      expect(grouped(others).problems).toEqual(['vulnerabilities[0]: 1 products are not affected without a reason'])
    }
  })

  it('speaks of the packages of one module stream where a module lies between', () => {
    const document = csaf({
      product_status: { fixed: ['el:stream:npm'], known_not_affected: ['os:curl:curl'] },
      flags: [{ label: 'component_not_present', product_ids: ['os:curl:curl'] }],
    })
    const el8 = artefact({ distro: { id: 'rhel', versionId: '8.9', codename: null, prettyName: null } })
    const npm = (module?: string) =>
      aPackage({
        type: 'rpm',
        namespace: namespace('redhat:8'),
        name: 'npm',
        version: '1:9.5.0-1.module+el8',
        arch: 'x86_64',
        source: null,
        ...(module === undefined ? {} : { module }),
      })
    const isSuppressed = (module?: string, where = el8): boolean =>
      applyVex([aMatch({ package: npm(module) })], [document], where).suppressed.length === 1

    expect([isSuppressed('nodejs:18'), isSuppressed('nodejs:20'), isSuppressed()]).toEqual([true, false, false])
    expect(isSuppressed('nodejs:18', artefact())).toBe(false)
    expect(document.problems).toEqual(['vulnerabilities[0]: 1 products have no purl, CPE or SHA-256 to be known by'])
  })

  it('keeps what is affected or looked into', () => {
    expect(suppressedBy(csaf({ product_status: { known_affected: ['os:curl'] } }))).toBe(false)
    expect(suppressedBy(csaf({ product_status: { under_investigation: ['os:curl'] } }))).toBe(false)
  })
})

describe('applying CycloneDX', () => {
  const cycloneDx = (state: string, metadata: object = {}, ref = 'a', versions?: readonly object[]) =>
    read({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      serialNumber: 'urn:uuid:1',
      metadata,
      components: [{ 'bom-ref': 'a', type: 'library', name: 'libcurl4', purl: 'pkg:deb/debian/libcurl4' }],
      vulnerabilities: [
        { id: 'CVE-2024-0001', analysis: { state, justification: 'code_not_reachable' }, affects: [{ ref, versions }] },
      ],
    })

  it.each([
    ['not_affected', true],
    ['false_positive', true],
    ['resolved', true],
    ['exploitable', false],
    ['in_triage', false],
  ])('%s suppresses: %s', (state, expected) => {
    expect(suppressedBy(cycloneDx(state))).toBe(expected)
    expect(suppressedBy(cycloneDx(state, {}, 'pkg:deb/debian/libcurl4'))).toBe(expected)
  })

  it('is about what it describes, where it says what that is', () => {
    const document = cycloneDx('not_affected', { component: { name: 'shop', purl: 'pkg:npm/shop@1' } })

    expect(suppressedBy(document)).toBe(false)
    expect(suppressedBy(document, artefact({ purl: 'pkg:npm/shop@1' }))).toBe(true)
  })

  it.each([
    ['that it has', [{ version: '1:7.74.0-1.3' }], true],
    ['that it has, without its epoch', [{ version: '7.74.0-1.3', status: 'affected' }], true],
    ['that it has not', [{ version: '7.74.0-1.4' }], false],
    ['among others', [{ version: '1' }, { version: '1:7.74.0-1.3' }], true],
    ['that is said to be unaffected', [{ version: '1:7.74.0-1.3', status: 'unaffected' }], true],
    ['that nobody knows about', [{ version: '1:7.74.0-1.3', status: 'unknown' }], false],
    ['in a range', [{ range: 'vers:deb/>=1' }], false],
    ['at all: none is listed', [], true],
  ])('not_affected suppresses a version %s: %j', (_, versions, expected) => {
    expect(suppressedBy(cycloneDx('not_affected', {}, 'a', versions))).toBe(expected)
  })

  it('says that ranges of versions are not used', () => {
    expect(cycloneDx('not_affected', {}, 'a', [{ range: 'vers:deb/>=1' }]).problems).toEqual([
      'vulnerabilities[0]: what it says of ranges of versions is not used',
    ])
  })

  it('leaves a version to an older statement where the newer lists others', () => {
    const older = cycloneDx('not_affected', { timestamp: '2026-01-01T00:00:00Z' })
    const newer = (version: string) =>
      cycloneDx('exploitable', { timestamp: '2026-02-01T00:00:00Z' }, 'a', [{ version }])
    const isSuppressed = (document: VexDocument): boolean =>
      applyVex([aMatch()], [older, document], artefact()).suppressed.length === 1

    expect([isSuppressed(newer('8')), isSuppressed(newer('1:7.74.0-1.3'))]).toEqual([true, false])
  })

  it('reports references that lead nowhere', () => {
    expect(cycloneDx('not_affected', {}, 'gone').problems).toEqual([
      'vulnerabilities[0] is not used: it affects nothing that has a purl, CPE or SHA-256',
    ])
  })
})

describe('reading VEX', () => {
  it.each([
    ['[]', 'it is no JSON object'],
    ['{"a":1}', 'it is neither OpenVEX, CSAF nor CycloneDX'],
    [`{"a":${'['.repeat(100)}`, 'nested deeper than 64'],
    ['{"@context":"https://openvex.dev/ns/v0.2.0"}', 'an OpenVEX document without a list of `statements`'],
    ['{"document":{"category":"x"}}', 'document.category does not name a profile of CSAF'],
  ])('refuses %s', (text, error) => {
    expect(readVex(new TextEncoder().encode(text), 'x')).toEqual({ ok: false, error })
  })

  it('answers anything at all', () => {
    fc.assert(
      fc.property(fc.json(), text => {
        expect(typeof readVex(new TextEncoder().encode(text), 'x').ok).toBe('boolean')
      }),
    )
  })

  it('reads what an attestation holds', () => {
    const predicate = { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [EXCUSED] }

    expect(suppressedBy(read({ _type: 'https://in-toto.io/Statement/v1', predicate }))).toBe(true)
  })
})
