import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { InstalledPackage } from '../../domain/inventory.ts'
import { mayBeSbom } from './may-be-sbom.ts'
import { readSbom } from './read-sbom.ts'
import { SBOM_LIMITS } from '../limits.ts'

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function read(text: string) {
  const sbom = readSbom(bytesOf(text), 'sbom.json')
  if (!sbom.ok) throw new Error(sbom.error.detail)
  return sbom.value
}

function recorded(name: string) {
  return read(readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8'))
}

function refusalOf(text: string): string {
  const sbom = readSbom(bytesOf(text), 'sbom.json')
  if (sbom.ok) throw new Error('it was read')
  expect(sbom.error).toMatchObject({ path: 'sbom.json', reason: 'malformed-sbom' })
  return sbom.error.detail
}

function cycloneDx(components: readonly unknown[], more: object = {}): string {
  return JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components, ...more })
}

/** The one package of a document with this component. */
function packageOf(component: object, more: readonly unknown[] = []): InstalledPackage {
  const { packages } = read(cycloneDx([{ type: 'library', ...component }, ...more])).inventory
  const [pkg] = packages
  if (pkg === undefined || packages.length > 1) throw new Error(`${packages.length} packages`)
  return pkg
}

function inShort(packages: readonly InstalledPackage[]): readonly string[] {
  return packages.map(({ namespace, name, version, filePath }) => `${namespace} ${name} ${version} ${filePath}`)
}

describe('recorded SBOMs', () => {
  it('of Trivy in CycloneDX', () => {
    const { inventory, format, resourceKind } = recorded('trivy.cdx.json')

    expect([format, resourceKind]).toEqual(['CycloneDX 1.5', 'image'])
    expect(inventory.distro).toEqual({ id: 'alpine', versionId: '3.16.0', codename: null, prettyName: null })
    expect(inShort(inventory.packages)).toEqual([
      'alpine:3.16 musl 1.2.3-r0 ',
      'composer pear/pear_exception v1.0.0 ',
      'golang github.com/package-url/packageurl-go v0.1.1-0.20220203205134-d70459300c8a ',
      'maven org.codehaus.mojo:child-project 1.0 app/maven/target/child-project-1.0.jar',
      'npm @example/bootstrap 5.0.2 app/app/package.json',
    ])
    expect(inventory.packages[0]?.layer).toEqual({
      diffId: 'sha256:dd565ff850e7003356e2b252758f9bdc1ff2803f61e995e24c7844f6297f8fc3',
      digest: null,
    })
    expect(inventory.problems).toEqual([])
  })

  it('of Trivy in SPDX, before packages had a purpose', () => {
    const { inventory, resourceKind } = recorded('trivy.spdx.json')

    expect(inventory.distro).toMatchObject({ id: 'alpine', versionId: '3.16.0' })
    expect(inShort(inventory.packages)).toEqual([
      'alpine:3.16 musl 1.2.3-r0 ',
      'maven org.codehaus.mojo:child-project 1.0 ',
    ])
    expect(inventory.packages[1]?.layer?.diffId).toMatch(/^sha256:3c79e832/)
    expect(resourceKind).toBe('host')
    // Trivy says DESCRIBE, which is no relationship, and its image has no purl.
    expect(inventory.problems).toEqual([])
  })

  it('of Syft in CycloneDX', () => {
    const { inventory } = recorded('syft.cdx.json')

    expect(inventory.packages).toEqual([
      {
        type: 'maven',
        namespace: 'maven',
        name: 'commons-io:commons-io',
        version: '2.13.0',
        arch: null,
        source: null,
        manager: 'JAR',
        filePath: 'workspace/BOOT-INF/lib/commons-io-2.13.0.jar',
        layer: { diffId: 'sha256:b16db0883e486a816eec35db03731a6338fdbf0ab3a9d8923d8b031524e650e1', digest: null },
        ownedBy: null,
      },
    ])
    expect(inventory.problems).toEqual([])
  })

  it('of Syft as XML, with a binary that no feed speaks about', () => {
    const { inventory, format } = recorded('syft.cdx.xml')

    expect(format).toBe('CycloneDX 1.6')
    expect(inventory.distro).toMatchObject({ id: 'busybox', versionId: '1.37.0' })
    expect(inventory.packages).toContainEqual(
      expect.objectContaining({ type: 'generic', namespace: 'generic', name: 'busybox', version: '1.37.0' }),
    )
    expect(inventory.problems).toEqual([])
  })

  it('of Syft as tags and values', () => {
    const { inventory, format } = recorded('syft.spdx')

    expect(format).toBe('SPDX-2.3')
    expect(inventory.distro).toMatchObject({ id: 'alpine', versionId: '3.12.5' })
    expect(inShort(inventory.packages)).toEqual([
      'alpine:3.12 busybox 1.31.1-r19 lib/apk/db/installed',
      'maven com.mycompany.app:my-app 1 sandbox/target/my-app-1.jar',
      'maven com.mycompany.app:my-app 1 sandbox/target/original-my-app-1.jar',
    ])
  })

  it("of Amazon's generator, with a package that the system brought", () => {
    const { inventory } = recorded('sbomgen.cdx.json')

    expect(inventory.packages.map(({ name, ownedBy }) => [name, ownedBy])).toEqual([
      ['dnf', 'python3-dnf'],
      ['libcomps', null],
    ])
  })
})

describe('components', () => {
  it.each([
    [{ purl: 'pkg:dpkg/openssl@1.1.1n?arch=ARM64&epoch=0&upstream=openssl' }, { type: 'deb', arch: 'arm64' }],
    [{ purl: 'pkg:rpm/amazonlinux/curl@8.3.0-1.amzn2023?distro=amazonlinux-2023' }, { namespace: 'amzn:2023' }],
    [
      { purl: 'pkg:rpm/amazon/curl@8.3.0-1.amzn2?distro=amazon-2+%28Karoo%29&epoch=1' },
      { namespace: 'amzn:2', version: '1:8.3.0-1.amzn2' },
    ],
    [{ purl: 'pkg:deb/debian/libc6@2.36-9?distro=debian-bookworm' }, { namespace: 'debian:12' }],
    [{ purl: 'pkg:golang/stdlib@1.22.4' }, { name: 'stdlib', version: '1.22.4', manager: 'GOBINARY' }],
    [{ purl: 'pkg:maven/a/b@1?type=jar&classifier=x' }, { name: 'a:b', version: '1' }],
    [
      { purl: 'pkg:npm/lodash', version: '4.17.20' },
      { name: 'lodash', version: '4.17.20' },
    ],
    [
      { purl: 'pkg:npm/%40a/b?x=y#z', version: '1.0.0+c' },
      { name: '@a/b', version: '1.0.0+c' },
    ],
    [
      { purl: 'pkg:npm/a@1', properties: [{ name: 'SrcFile', value: '/src/yarn.lock' }] },
      { filePath: 'src/yarn.lock', manager: 'YARN' },
    ],
    [
      { purl: 'pkg:npm/a@1', evidence: { occurrences: [{ location: '/x/package.json' }] } },
      { filePath: 'x/package.json' },
    ],
    // Trivy has the source beside the purl.
    [
      {
        purl: 'pkg:deb/debian/libssl3@3.0.15-1?distro=debian-12.8',
        properties: [
          { name: 'aquasecurity:trivy:SrcName', value: 'openssl' },
          { name: 'aquasecurity:trivy:SrcVersion', value: '3.0.15' },
          { name: 'aquasecurity:trivy:SrcRelease', value: '1' },
          { name: 'aquasecurity:trivy:SrcEpoch', value: '2' },
        ],
      },
      { namespace: 'debian:12', source: { name: 'openssl', version: '2:3.0.15-1' } },
    ],
    [
      {
        purl: 'pkg:deb/debian/libssl3@3.0.15-1?distro=debian-12',
        properties: [{ name: 'syft:metadata:source', value: 'openssl' }],
      },
      { source: { name: 'openssl', version: '3.0.15-1' } },
    ],
    [
      {
        purl: 'pkg:pypi/x@1',
        properties: [
          { name: 'aquasecurity:trivy:LayerDiffID', value: `sha256:${'a'.repeat(64)}` },
          { name: 'aquasecurity:trivy:LayerDigest', value: `registry.test/x@sha256:${'b'.repeat(64)}` },
        ],
      },
      { layer: { diffId: `sha256:${'a'.repeat(64)}`, digest: `sha256:${'b'.repeat(64)}` } },
    ],
  ] as const)('%j are packages', (component, expected) => {
    expect(packageOf(component)).toMatchObject(expected)
  })

  it('of one system are matched where the system says, when they say less', () => {
    const system = { type: 'operating-system', name: 'Amazon', version: '2 (Karoo)' }

    expect(packageOf({ purl: 'pkg:rpm/amzn/curl@8.3.0-1' }, [system]).namespace).toBe('amzn:2')
    expect(packageOf({ purl: 'pkg:rpm/curl@8.3.0-1' }, [system]).namespace).toBe('amzn:2')
    expect(packageOf({ purl: 'pkg:rpm/redhat/curl@8.3.0-1' }, [system]).namespace).toBeNull()
    expect(packageOf({ purl: 'pkg:rpm/redhat/curl@8.3.0-1?distro=redhat-9.4' }, [system]).namespace).toBe('rhel:9')
  })

  it('that are nested count as well, at any depth, and the subject when it is a package', () => {
    const deep = { type: 'library', name: 'c', purl: 'pkg:npm/c@1' }
    const nested = { type: 'framework', name: 'b', purl: 'pkg:npm/b@1', components: [deep] }
    const text = cycloneDx([{ type: 'container', name: 'x', components: [nested] }], {
      metadata: { component: { type: 'application', name: 'a', purl: 'pkg:npm/a@1' } },
    })

    expect(read(text).inventory.packages.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('that share their reference are one, with what both say; other packages of that reference stay', () => {
    const one = { 'bom-ref': 'x', type: 'library', purl: 'pkg:npm/a@1' }
    const same = { ...one, properties: [{ name: 'SrcFile', value: 'package.json' }] }
    const other = { ...one, purl: 'pkg:npm/b@1' }

    expect(inShort(read(cycloneDx([one, same, other])).inventory.packages)).toEqual([
      'npm a 1 package.json',
      'npm b 1 ',
    ])
  })

  it('that are no packages are told by kind and counted', () => {
    const { problems } = read(
      cycloneDx([
        { type: 'library', name: 'a', purl: 'pkg:github/x/a@1' },
        { type: 'library', name: 'b', purl: 'pkg:github/x/b@1' },
        { type: 'library', name: 'c' },
        { type: 'library', name: 'd', purl: 'pkg:npm/d' },
        { type: 'library', name: 'e', purl: 'nonsense' },
        { type: 'library', name: 'f', purl: 'pkg:npm/f@1%0a2' },
        { type: 'file', name: '/etc/passwd' },
        { type: 'operating-system', name: 'unknown' },
        7,
      ]),
    ).inventory

    expect(problems.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual([
      'malformed-purl: 1 component with a package URL that is none: "nonsense"',
      'malformed-purl: 1 component with a version that is none: "pkg:npm/f@1%0a2"',
      'malformed-sbom: 1 of the components is no object',
      'package-without-purl: 1 component without a package URL: "c"',
      'package-without-version: 1 component without a version: "pkg:npm/d"',
      'unsupported-package-type: 2 components of type "github", which is not matched: "pkg:github/x/a@1", "pkg:github/x/b@1"',
    ])
  })

  it('that name two systems are a problem', () => {
    const { inventory } = read(
      cycloneDx([
        { type: 'operating-system', name: 'debian', version: '12' },
        { type: 'operating-system', name: 'alpine', version: '3.20' },
      ]),
    )

    expect(inventory.distro).toMatchObject({ id: 'debian', versionId: '12' })
    expect(inventory.problems).toMatchObject([{ reason: 'conflicting-distributions' }])
  })

  it('inside a pedigree are none of the inventory', () => {
    const xml = `<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component type="library"><name>a</name>
      <purl>pkg:npm/a@1</purl><pedigree><ancestors><component type="library"><purl>pkg:npm/b@1</purl></component></ancestors></pedigree>
      <components><c:component type="library"><purl>pkg:npm/c@1</purl></c:component></components></component></components></bom>`

    expect(inShort(read(xml).inventory.packages)).toEqual(['npm a 1 ', 'npm c 1 '])
  })
})

describe('documents', () => {
  it('of the Scan API, and of attestations, are unwrapped', () => {
    const inner = JSON.parse(cycloneDx([{ type: 'library', purl: 'pkg:npm/a@1' }])) as object

    expect(read(JSON.stringify({ sbom: inner })).inventory.packages).toHaveLength(1)
    expect(read(JSON.stringify({ predicateType: 'x', predicate: inner })).inventory.packages).toHaveLength(1)
  })

  it("of Amazon Inspector's SPDX exports name the platform in their namespace", () => {
    const text = JSON.stringify({
      spdxVersion: 'SPDX-2.3',
      documentNamespace: 'EC2://i-0123456789abcdef0/AMAZON_LINUX_2/null/ARM64',
      packages: [
        {
          name: 'curl',
          SPDXID: 'SPDXRef-1',
          sourceInfo: '/var/lib/rpm/Packages',
          externalRefs: [
            {
              referenceCategory: 'PACKAGE_MANAGER',
              referenceType: 'purl',
              referenceLocator: 'pkg:rpm/curl@8.3.0-1?epoch=0',
            },
          ],
        },
      ],
    })

    expect(inShort(read(text).inventory.packages)).toEqual(['amzn:2 curl 8.3.0-1 var/lib/rpm/Packages'])
  })

  it('in tags and values may have long texts and files between packages', () => {
    const long = 'x'.repeat(20_000)
    const text = [
      '# made by hand',
      'SPDXVersion: SPDX-2.2',
      `DocumentComment: <text>${long}`,
      'PackageName: not-a-package',
      '</text>',
      'PackageName: a',
      'SPDXID: SPDXRef-a',
      `PackageDescription: <text>${long}</text>`,
      'ExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1',
      'FileName: ./x',
      'SPDXID: SPDXRef-file',
      'ExternalRef: PACKAGE-MANAGER purl pkg:npm/of-a-file@1',
      'nonsense',
      'PackageName: b',
      'PackageComment: <text>never closed',
      'ExternalRef: PACKAGE-MANAGER purl pkg:npm/b@1',
    ].join('\r\n')
    const { inventory } = read(text)

    expect(inventory.packages.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(inventory.problems).toMatchObject([{ reason: 'malformed-sbom', detail: '2 lines are not tags with values' }])
  })

  it.each([
    ['', 'neither CycloneDX nor SPDX'],
    ['{}', 'neither CycloneDX nor SPDX'],
    ['{"lockfileVersion":3}', 'neither CycloneDX nor SPDX'],
    ['{"bomFormat":"CycloneDX"', 'not JSON'],
    ['{"bomFormat":"CycloneDX"}', 'without `specVersion`'],
    ['{"bomFormat":"CycloneDX","specVersion":"2.0"}', 'CycloneDX "2.0" is not read'],
    ['{"bomFormat":"CycloneDX","specVersion":"1.5","components":{}}', '`components` is not a list'],
    ['{"spdxVersion":"SPDX-3.0"}', '"SPDX-3.0" is not read'],
    ['{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}', 'SPDX 3 is not read'],
    ['{"spdxVersion":"SPDX-2.3","packages":7}', '`packages` is not a list'],
    ['SPDXVersion: SPDX-1.2', '"SPDX-1.2" is not read'],
    ['<html/>', 'not a CycloneDX document'],
    ['<bom xmlns="http://cyclonedx.org/schema/bom/1.5">', 'the document ends inside <bom>'],
    ['<!DOCTYPE bom [<!ENTITY a "b">]><bom/>', 'document type'],
    ['{"bomFormat":"CycloneDX","specVersion":"1.5","components":[],"components":[]}', 'a member twice'],
    [`{"bomFormat":"CycloneDX","a":${'['.repeat(300)}`, 'nested deeper than 200'],
  ])('such as %s are refused with a reason', (text, reason) => {
    expect(refusalOf(text)).toContain(reason)
  })

  it('with more than is read are refused, or say what is left out', () => {
    const many = Array.from({ length: SBOM_LIMITS.components + 2 }, () => '{}').join(',')
    const wordy = Array.from({ length: SBOM_LIMITS.properties + 1 }, () => ({ name: 'a', value: 'b' }))

    expect(refusalOf(`{"bomFormat":"CycloneDX","a":[${'0,'.repeat(SBOM_LIMITS.values)}0]}`)).toContain('more than')
    expect(
      read(`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[${many}]}`).inventory.problems,
    ).toContainEqual({
      path: 'sbom.json',
      reason: 'limit-exceeded',
      detail: `2 components after the first ${SBOM_LIMITS.components} are not read`,
    })
    expect(read(cycloneDx([{ purl: 'pkg:npm/a@1', properties: wordy }])).inventory).toMatchObject({
      packages: [{ name: 'a' }],
      problems: [{ reason: 'limit-exceeded' }],
    })
    expect(readSbom(new Uint8Array(SBOM_LIMITS.bytes + 1), 'x')).toMatchObject({ error: { reason: 'limit-exceeded' } })
  })

  it.each(['alo=alo', 'a'.repeat(101), 'Linux%20From%20Scratch'])('name no distribution as %s', id => {
    const { inventory } = read(cycloneDx([{ type: 'library', name: 'a', purl: `pkg:apk/alpine/a@1?distro=${id}-1` }]))

    expect(inventory.distro).toBeNull()
  })

  it('keep no text of more than textCharacters', () => {
    const name = 'a'.repeat(SBOM_LIMITS.textCharacters - 20)
    const purl = (more: string): string => `pkg:npm/${name}${more}@1`

    expect(
      read(cycloneDx([{ type: 'library', purl: 'pkg:npm/b@1' }, { purl: purl('a'.repeat(30)) }])).inventory.packages,
    ).toHaveLength(1)
  })

  it('cannot reach the prototype of anything', () => {
    const text = `{"bomFormat":"CycloneDX","specVersion":"1.5","__proto__":{"polluted":1},"components":[
      {"type":"library","name":"__proto__","purl":"pkg:npm/__proto__@1?__proto__=1","properties":[{"name":"__proto__","value":"x"}],"constructor":{"prototype":{"polluted":1}}}]}`

    expect(read(text).inventory.packages.map(({ name }) => name)).toEqual(['__proto__'])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('in tags and values that open texts and never close them are read in one go', () => {
    const text = `SPDXVersion: SPDX-2.3\n${'A: <text>\n'.repeat(300_000)}PackageName: a\nExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1`

    expect(read(text).inventory).toMatchObject({
      packages: [{ name: 'a' }],
      problems: [{ detail: '300000 lines are not tags with values' }],
    })
  })

  it('whose components all share one reference are merged within the limits', () => {
    const same = { 'bom-ref': 'x', purl: 'pkg:npm/a@1', evidence: { occurrences: [{ location: '/a' }] } }
    const { packages } = read(cycloneDx(Array.from({ length: 50_000 }, () => same))).inventory

    expect(packages).toMatchObject([{ name: 'a', filePath: 'a' }])
  })

  it('with components nested very deeply are refused, not followed', () => {
    const open = '<components><component type="library"><name>a</name>'
    const xml = `<bom xmlns="http://cyclonedx.org/schema/bom/1.5">${open.repeat(5000)}`

    expect(refusalOf(xml)).toContain('more than 200 elements inside each other')
  })

  it('are known by their first bytes', () => {
    expect(
      ['{', ' \n<bom', '\uFEFF{', 'SPDXVersion: SPDX-2.3', '# x\nSPDXVersion:'].every(head => mayBeSbom(bytesOf(head))),
    ).toBe(true)
    expect(['', '\u001f\u008b', 'manifest.json\0', '[]'].some(head => mayBeSbom(bytesOf(head)))).toBe(false)
  })
})
