import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Advisory, AffectedPackage } from '../../domain/advisory.ts'
import { rpm } from '../../ecosystems/rpm/ecosystem.ts'
import { SkipCounter } from '../skip-counter.ts'
import { advisoriesOfDocument, advisoryIdsOf, documentIdOf } from './parse.ts'
import { entryPool } from './pool.ts'

const RHEL_9 = 'cpe:/o:redhat:enterprise_linux:9'

interface GivenComponent {
  readonly purl?: string
  readonly name?: string
  readonly cpe?: string
}

interface Given {
  readonly id?: string
  readonly components?: Readonly<Record<string, GivenComponent>>
  readonly vulnerabilities?: readonly Readonly<Record<string, unknown>>[]
}

/** A document in which each component is a part of RHEL 9, or of the product of its CPE. */
function aDocument({ id = 'CVE-2026-0001', components = {}, vulnerabilities = [{}] }: Given): string {
  const products = Object.entries(components).flatMap(([key, { purl, name = key, cpe = RHEL_9 }]) => [
    named('product_version', name, key, purl === undefined ? {} : { purl }),
    named('product_name', cpe, cpe, { cpe }),
  ])
  const relationships = Object.entries(components).map(([key, { cpe = RHEL_9 }]) => related(`p:${key}`, key, cpe))
  return JSON.stringify({
    document: { category: 'csaf_vex', tracking: { id, status: 'final' } },
    product_tree: { branches: [{ category: 'vendor', name: 'Red Hat', branches: products }], relationships },
    vulnerabilities: vulnerabilities.map(one => ({ cve: 'CVE-2026-0001', ...one })),
  })
}

/** What a test may change in a document. */
interface Changeable {
  readonly product_tree: { branches: unknown[]; relationships: unknown[] }
  readonly vulnerabilities: readonly object[]
}

function changeable(given: Given): Changeable {
  return JSON.parse(aDocument(given)) as Changeable
}

function named(category: string, name: string, id: string, helper: object) {
  return { category, name, product: { name, product_id: id, product_identification_helper: helper } }
}

function related(id: string, component: string, platform: string) {
  return {
    category: 'default_component_of',
    full_product_name: { name: id, product_id: id },
    product_reference: component,
    relates_to_product_reference: platform,
  }
}

function read(
  text: string,
  path = '2026/cve-2026-0001.json',
): { advisories: readonly Advisory[]; skipped: readonly string[] } {
  const skips = new SkipCounter()
  const advisories = advisoriesOfDocument(path, text, entryPool(rpm), skips)
  return { advisories, skipped: skips.list().map(({ reason }) => reason) }
}

function affectedOf(given: Given): readonly AffectedPackage[] {
  return read(aDocument(given)).advisories[0]?.affected ?? []
}

/** `name end state channel module` of an entry. */
function inShort({ namespace, name, ranges, state, channel, module }: AffectedPackage): string {
  const ends = ranges.map(range => {
    if ('unreadable' in range) return 'unreadable'
    return range.end === 'no-fix-known' ? 'all' : 'fixed' in range.end ? `<${range.end.fixed.text}` : '?'
  })
  return [namespace, name, ...ends, state, channel, module].filter(part => part !== undefined).join(' ')
}

describe('what a document says of one component', () => {
  const bash = { purl: 'pkg:rpm/redhat/bash?arch=src' }

  it.each([
    ['known_affected', [], 'all'],
    ['known_affected', [['none_available', 'Affected']], 'all'],
    ['known_affected', [['none_available', 'Fix deferred']], 'all deferred'],
    ['known_affected', [['no_fix_planned', 'Will not fix']], 'all will-not-fix'],
    ['known_affected', [['none_available', 'Will not fix']], 'all will-not-fix'],
    ['known_affected', [['no_fix_planned', 'Out of support scope']], 'all end-of-life'],
    ['known_affected', [['workaround', 'Will not fix it by itself']], 'all'],
    ['known_not_affected', [], 'all not-affected'],
    ['under_investigation', [], 'all under-investigation'],
  ])('%s with %j is %s', (status, remediations, expected) => {
    const vulnerability = {
      product_status: { [status]: ['p:bash.src'] },
      remediations: remediations.map(([category, details]) => ({ category, details, product_ids: ['p:bash.src'] })),
    }

    const affected = affectedOf({ components: { 'bash.src': bash }, vulnerabilities: [vulnerability] })

    expect(affected.map(inShort)).toEqual([`rhel:9 bash.src ${expected}`])
  })

  it.each<[string, GivenComponent, string]>([
    ['a built package', { purl: 'pkg:rpm/redhat/openssl@3.0.7-27.el9?arch=x86_64&epoch=1' }, 'rhel:9 openssl <1:3.0.7-27.el9'],
    ['its source, without epoch', { purl: 'pkg:rpm/redhat/openssl@3.0.7-27.el9?arch=src&epoch=1' }, 'rhel:9 openssl.src <3.0.7-27.el9'],
    ['a source of newer documents', { purl: 'pkg:rpm/redhat/libtiff@4.4.0-12.el9?epoch=0' }, 'rhel:9 libtiff.src <4.4.0-12.el9'],
    ['a package of a stream', { purl: 'pkg:rpm/redhat/curl@7.76.1-14.el9_0.9?arch=x86_64', cpe: 'cpe:/a:redhat:rhel_eus:9.0::appstream' }, 'rhel:9 curl <7.76.1-14.el9_0.9 eus:9.0'],
    ['a package of a module', { purl: 'pkg:rpm/redhat/redis@6.2.17-1.module%2Bel8.10.0%2B1%2B2?arch=x86_64&rpmmod=redis:6:8100020250113083959:489197e6', cpe: 'cpe:/a:redhat:enterprise_linux:8::appstream' }, 'rhel:8 redis <6.2.17-1.module+el8.10.0+1+2 redis:6'],
    ['a release that the build tells', { purl: 'pkg:rpm/redhat/puppet@7.1-1.el8sat?arch=noarch', cpe: 'cpe:/a:redhat:satellite:6' }, 'rhel:8 puppet <7.1-1.el8sat satellite:6'],
    ['a version that cannot be read', { purl: 'pkg:rpm/redhat/bash@x:1-1?arch=x86_64' }, 'rhel:9 bash unreadable'],
  ])('fixed: %s', (_case, component, expected) => {
    const vulnerability = { product_status: { fixed: ['p:it'] } }

    expect(affectedOf({ components: { it: component }, vulnerabilities: [vulnerability] }).map(inShort)).toEqual([expected])
  }) // prettier-ignore

  it.each<[string, GivenComponent, string]>([
    ['an image', { purl: 'pkg:oci/ubi9?arch=amd64' }, 'not-an-rpm'],
    ['a package of a language', { purl: 'pkg:npm/lodash@4.17.0' }, 'not-an-rpm'],
    ['a module', { purl: 'pkg:rpmmod/redhat/python36@3.6:8040020241213073301:9bf6f064' }, 'module-itself'],
    ['a module as a package', { purl: 'pkg:rpm/redhat/python39@3.9-8100020240826142629.d47b87a4?epoch=0' }, 'module-itself'],
    ['symbols', { purl: 'pkg:rpm/redhat/bash-debuginfo@1-1.el9?arch=x86_64' }, 'debugging-symbols'],
    ['no version', { purl: 'pkg:rpm/redhat/bash?arch=x86_64' }, 'fixed-without-version'],
    ['broken escapes', { purl: 'pkg:rpm/redhat/ba%zzsh@1-1.el9?arch=x86_64' }, 'component-unreadable'],
    ['a name that is none', { purl: 'pkg:rpm/redhat/a%20b@1-1.el9?arch=x86_64' }, 'component-unreadable'],
    ['a product of nobody', { purl: 'pkg:rpm/redhat/bash@1-1.el9?arch=x86_64', cpe: 'cpe:/o:other:linux:9' }, 'product-unknown'],
    ['another distribution', { purl: 'pkg:rpm/redhat/go@1-1.hum1?arch=x86_64', cpe: 'cpe:/a:redhat:hummingbird:1' }, 'other-distribution'],
    ['no release to tell', { purl: 'pkg:rpm/redhat/go@1-1?arch=x86_64', cpe: 'cpe:/a:redhat:quay:3' }, 'release-unknown'],
  ])('leaves out with its reason: %s', (_case, component, expected) => {
    const vulnerability = { product_status: { fixed: ['p:it'] } }

    const { advisories, skipped } = read(aDocument({ components: { it: component }, vulnerabilities: [vulnerability] }))

    expect(advisories).toEqual([])
    expect(skipped).toEqual(expect.arrayContaining([expected, 'nothing-about-rpms']))
  }) // prettier-ignore

  it('is for certain architectures only where the first ones are not among them', () => {
    const components = {
      a: { purl: 'pkg:rpm/redhat/edk2@1-1.el9?arch=aarch64' },
      b: { purl: 'pkg:rpm/redhat/bash@1-1.el9?arch=aarch64' },
      c: { purl: 'pkg:rpm/redhat/bash@1-1.el9?arch=x86_64' },
    }

    const affected = affectedOf({ components, vulnerabilities: [{ product_status: { fixed: ['p:a', 'p:b', 'p:c'] } }] })

    expect(affected.map(({ name, arches }) => [name, arches])).toEqual([
      ['edk2', ['aarch64']],
      ['bash', undefined],
    ])
  })

  it('lets a fix count before what is said of the same line without one', () => {
    const components = {
      fixed: { purl: 'pkg:rpm/redhat/bash@1-2.el9_4?arch=src' },
      unfixed: { purl: 'pkg:rpm/redhat/bash?arch=src' },
    }
    const statuses = { fixed: ['p:fixed'], known_affected: ['p:unfixed'], known_not_affected: ['p:unfixed'] }

    const affected = affectedOf({ components, vulnerabilities: [{ product_status: statuses }] })

    expect(affected.map(inShort)).toEqual(['rhel:9 bash.src <1-2.el9_4'])
  })

  it('takes the module from around a component where its own address has none', () => {
    const document = changeable({
      components: {
        rpm: { purl: 'pkg:rpm/redhat/a@1-1.module%2Bel8.4.0%2B1?arch=x86_64', cpe: 'cpe:/a:redhat:rhel_aus:8.4' },
      },
      vulnerabilities: [{ product_status: { fixed: ['deep'] } }],
    })
    document.product_tree.branches.push(
      named('product_version', 'm', 'm', { purl: 'pkg:rpmmod/redhat/python36@3.6:804:9bf' }),
    )
    document.product_tree.relationships.push(
      related('m-in', 'm', 'cpe:/a:redhat:rhel_aus:8.4'),
      related('deep', 'rpm', 'm-in'),
    )

    const affected = read(JSON.stringify(document)).advisories[0]?.affected ?? []

    expect(affected.map(inShort)).toEqual(['rhel:8 a <1-1.module+el8.4.0+1 aus:8.4 python36:3.6'])
  })
})

describe('a document as a whole', () => {
  const components = {
    'bash.src': { purl: 'pkg:rpm/redhat/bash?arch=src' },
    'zsh.src': { purl: 'pkg:rpm/redhat/zsh?arch=src' },
  }
  const says = (cve: string, ...ids: readonly string[]) => ({ cve, product_status: { known_affected: ids } })
  const path = '2026/rhsa-2026_1234.json'

  it('puts flaws together that say the same of packages, and others apart', () => {
    const vulnerabilities = [
      says('CVE-2026-0001', 'p:bash.src'),
      says('CVE-2026-0002', 'p:zsh.src'),
      says('CVE-2026-0003', 'p:bash.src'),
    ]

    const { advisories } = read(aDocument({ id: 'RHSA-2026:1234', components, vulnerabilities }), path)

    expect(advisories.map(({ id, upstream }) => [id, upstream])).toEqual([
      ['RHSA-2026:1234', ['CVE-2026-0001', 'CVE-2026-0003']],
      ['RHSA-2026:1234#2', ['CVE-2026-0002']],
    ])
    expect(advisoryIdsOf('RHSA-2026:1234')).toEqual(expect.arrayContaining(advisories.map(({ id }) => id)))
  })

  it('has the score and the word that most of its products share', () => {
    const vulnerability = {
      ...says('CVE-2026-0001', 'p:bash.src'),
      scores: [
        { products: ['p:zsh.src'], cvss_v3: { vectorString: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L' } },
        { products: ['p:bash.src', 'x'], cvss_v3: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } },
        { products: ['p:bash.src', 'x', 'y'], cvss_v3: { vectorString: 'not a vector' } },
      ],
      threats: [
        { category: 'impact', details: 'Low', product_ids: ['p:zsh.src'] },
        { category: 'impact', details: 'Important', product_ids: ['p:bash.src', 'x'] },
        { category: 'exploit_status', details: 'known', product_ids: ['p:bash.src', 'x', 'y'] },
      ],
    }

    const { advisories } = read(aDocument({ components, vulnerabilities: [vulnerability] }))

    expect(advisories).toMatchObject([
      {
        id: 'REDHAT-CVE-2026-0001',
        source: 'REDHAT_CVE',
        severities: [
          { system: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
          { system: 'word', word: 'Important' },
        ],
      },
    ])
  })

  it.each([
    ['2024/cve-2024-6923.json', 'CVE-2024-6923'],
    ['2024/rhsa-2024_6163.json', 'RHSA-2024:6163'],
    ['2024/rhba-2024_11505.json', 'RHBA-2024:11505'],
    ['2024/rhea-2024_1.json', null],
    ['2024/../cve-2024-6923.json', null],
    ['cve-2024-6923.json', null],
  ])('in %s is %s', (file, expected) => {
    expect(documentIdOf(file)).toBe(expected)
  })
})

describe('a hostile document', () => {
  const all = { product_status: { fixed: ['p:bash'], known_affected: ['a', 'b', '__proto__', 'constructor'] } }

  it('cannot lead in a circle', () => {
    const document = changeable({ vulnerabilities: [all] })
    document.product_tree.relationships = [
      related('a', 'b', 'a'),
      related('b', 'a', 'b'),
      related('p:bash', 'p:bash', 'p:bash'),
    ]

    expect(read(JSON.stringify(document))).toEqual({
      advisories: [],
      skipped: ['product-unresolved', 'nothing-about-rpms'],
    })
  })

  it.each([
    ['not JSON', '{', 'not-json'],
    ['nothing', 'null', 'wrong-type'],
    ['another format', '{"document":{"category":"sbom","tracking":{}}}', 'not-csaf'],
    ['no id', '{"document":{"category":"csaf_vex","tracking":{}}}', 'missing-field'],
    ['a list that is none', aDocument({ vulnerabilities: [{ product_status: { fixed: 'p' } }] }), 'wrong-type'],
    ['somebody else', aDocument({ id: 'CVE-2026-9999' }), 'id-not-of-file'],
  ])('is left out with its reason: %s', (_case, text, expected) => {
    expect(read(text).skipped).toContain(expected)
  })

  it('is bounded in depth', () => {
    const document = changeable({})
    let deep: unknown[] = [{ category: 'product_name', name: 'x' }]
    for (let depth = 0; depth < 40; depth++) deep = [{ category: 'vendor', name: 'x', branches: deep }]
    document.product_tree.branches = deep

    expect(read(JSON.stringify(document)).skipped).toEqual(['limit-exceeded'])
  })

  it('never throws, whatever stands where', () => {
    const value = fc.jsonValue({ maxDepth: 4 })
    const mutated = fc
      .tuple(value, value, value, value)
      .map(([branches, relationships, product_status, remediations]) => {
        const document = changeable({ components: { bash: { purl: 'pkg:rpm/redhat/bash?arch=src' } } })
        Object.assign(document.product_tree, { full_product_names: branches, relationships })
        Object.assign(document.vulnerabilities[0] ?? {}, {
          product_status,
          remediations,
          scores: relationships,
          threats: branches,
        })
        return JSON.stringify(document)
      })

    const isRead = fc.property(mutated, text => {
      expect(read(text).advisories).toEqual([])
    })

    fc.assert(isRead)
  })
})
