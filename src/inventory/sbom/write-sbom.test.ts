import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instant } from '../../base/clock.ts'
import { parseAccountId, parseDigest, vulnerabilityId } from '../../domain/ids.ts'
import { type Distro, type InstalledPackage, type Inventory, PACKAGE_MANAGERS } from '../../domain/inventory.ts'
import { namespace, PURL_TYPES } from '../../domain/namespace.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { byPathAndReason, inStableOrder } from '../inventory-of-files.ts'
import { readSbom } from './read-sbom.ts'
import type { SbomToWrite } from './sbom-to-write.ts'
import { SBOM_FORMATS, type SbomFormat, writeSbom } from './write-sbom.ts'

const DEBIAN: Distro = {
  id: 'debian',
  versionId: '11',
  codename: 'bullseye',
  prettyName: 'Debian GNU/Linux 11 (bullseye)',
}
const LAYER = { diffId: digest('1'), digest: digest('2') }

const openssl: InstalledPackage = {
  type: 'deb',
  namespace: namespace('debian:11'),
  name: 'libssl1.1',
  version: '1.1.1n-0+deb11u3',
  arch: 'amd64',
  source: { name: 'openssl', version: '1.1.1n-0+deb11u3' },
  manager: 'OS',
  filePath: 'var/lib/dpkg/status',
  layer: LAYER,
  ownedBy: null,
}
const idna: InstalledPackage = {
  type: 'pypi',
  namespace: namespace('pypi'),
  name: 'Idna_Dna',
  version: '3.3',
  arch: null,
  source: null,
  manager: 'PYTHONPKG',
  filePath: 'usr/lib/python3/dist-packages/idna-3.3.dist-info/METADATA',
  layer: LAYER,
  ownedBy: 'libssl1.1',
}
const INVENTORY: Inventory = {
  distro: DEBIAN,
  packages: [openssl, idna],
  problems: [{ path: 'app/package.json', reason: 'malformed-lockfile', detail: 'not JSON: "\u0000" <x>' }],
}

function digest(digit: string) {
  const parsed = parseDigest(`sha256:${digit.repeat(64)}`)
  if (parsed === null) throw new Error('no digest')
  return parsed
}

function sbomOf(inventory: Inventory, more: Partial<SbomToWrite> = {}): SbomToWrite {
  return {
    subject: {
      kind: 'image',
      name: 'debian:11',
      digest: digest('3'),
      architecture: 'amd64',
      purl: 'pkg:oci/debian@sha256%3A33?arch=amd64&tag=11',
      accountId: parseAccountId('123456789012'),
      resourceType: 'AWS_ECR_CONTAINER_IMAGE',
    },
    inventory,
    vulnerabilities: [],
    createdAt: instant(Date.UTC(2026, 10, 23, 10)),
    productVersion: '1.2.3',
    ...more,
  }
}

const require = createRequire(import.meta.url)
const SCHEMAS = join(dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res/schema')
const VALIDATORS: Readonly<Record<SbomFormat, ValidateFunction>> = {
  'cyclonedx-1.5': cycloneDxValidator('1.5'),
  'cyclonedx-1.4': cycloneDxValidator('1.4'),
  'spdx-2.3': emptyAjv().compile(schemaAt(join(import.meta.dirname, 'testdata/spdx-2.3.schema.json'))),
}

function emptyAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'idn-email': true, 'iri-reference': true } })
  addFormats.default(ajv)
  return ajv
}

function schemaAt(path: string): object {
  return JSON.parse(readFileSync(path, 'utf8')) as object
}

function cycloneDxValidator(version: string): ValidateFunction {
  const ajv = emptyAjv()
  for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json']) {
    ajv.addSchema(schemaAt(join(SCHEMAS, name)), `http://cyclonedx.org/schema/${name}`)
  }
  return ajv.compile(schemaAt(join(SCHEMAS, `bom-${version}.SNAPSHOT.schema.json`)))
}

function errorsOf(format: SbomFormat, text: string): readonly unknown[] {
  const validate = VALIDATORS[format]
  return validate(JSON.parse(text)) ? [] : (validate.errors ?? ['invalid'])
}

/** What `readSbom` makes of a document that must be readable. */
function reread(text: string) {
  const read = readSbom(new TextEncoder().encode(text), 'sbom.json')
  if (!read.ok) throw new Error(`${read.error.reason}: ${read.error.detail}`)
  return read.value
}

/** Text as inventories have it: no blanks, no control characters. */
const word = fc.string({ unit: fc.constantFrom(...'aZ09.-_+~%:@/!éж'.split('')), minLength: 1, maxLength: 12 })
const versionText = fc.string({ unit: fc.constantFrom(...'aZ019.-+~:^!%'.split('')), minLength: 1, maxLength: 12 })
const sentence = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null })
const anyDigest = fc.constantFrom(...'0123456789abcdef'.split('')).map(digest)

const anyDistro: fc.Arbitrary<Distro> = fc.record({
  id: fc.constantFrom('debian', 'ubuntu', 'alpine', 'amzn', 'rhel', 'redhat', 'opensuse-leap', 'suse', 'x.y_z-1'),
  versionId: orNull(fc.constantFrom('11', '22.04', '3.18.4', 'sid', '2023')),
  codename: orNull(fc.constantFrom('bullseye', 'jammy')),
  prettyName: orNull(sentence),
})

/** Only the members that are there: an absent one and `undefined` are two things to the type checker. */
function withoutNulls(members: {
  readonly vendor: string | null
  readonly module: string | null
  readonly channels: readonly string[] | null
}): Pick<InstalledPackage, 'vendor' | 'module' | 'channels'> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

function anyPackage(distro: Distro | null): fc.Arbitrary<InstalledPackage> {
  return fc
    .record({
      type: fc.constantFrom(...PURL_TYPES),
      isElsewhere: fc.constantFrom(0, 1, 2),
      name: word,
      version: versionText,
      arch: orNull(fc.constantFrom('amd64', 'X86_64', 'noarch')),
      source: orNull(fc.record({ name: word, version: versionText })),
      vendor: orNull(word),
      module: orNull(word),
      channels: orNull(fc.uniqueArray(versionText, { minLength: 1, maxLength: 3 })),
      manager: fc.constantFrom(...PACKAGE_MANAGERS),
      filePath: fc.oneof(fc.constantFrom('', 'var/lib/dpkg/status', 'a b/../c'), word),
      layer: orNull(fc.record({ diffId: anyDigest, digest: orNull(anyDigest) })),
      ownedBy: orNull(word),
    })
    .map(({ isElsewhere, vendor, module, channels, ...pkg }): InstalledPackage => {
      const ecosystem = ecosystemOf(pkg.type)
      const isNative = ecosystem.isOperatingSystem
      const namespaces = [ecosystem.namespaceOf(distro), null, namespace('alpine:edge')]
      return Object.assign(
        pkg,
        { namespace: namespaces[isElsewhere] ?? null },
        isNative ? { ownedBy: null } : { arch: null, source: null },
        withoutNulls({ vendor, module, channels: channels?.sort() ?? null }),
      )
    })
}

const anyInventory: fc.Arbitrary<Inventory> = orNull(anyDistro).chain(distro =>
  fc
    .record({
      runningKernel: fc.option(versionText, { nil: undefined }),
      packages: fc.uniqueArray(anyPackage(distro), {
        maxLength: 6,
        selector: pkg => JSON.stringify([pkg.type, pkg.name, pkg.version, pkg.arch, pkg.filePath]),
      }),
      problems: fc.array(
        fc.record({ path: sentence, reason: fc.constantFrom('a', 'limit-exceeded'), detail: sentence }),
      ),
    })
    .map(({ runningKernel, packages, problems }): Inventory =>
      Object.assign(
        { distro, packages: packages.sort(inStableOrder), problems: problems.sort(byPathAndReason) },
        runningKernel === undefined ? {} : { runningKernel },
      ),
    ),
)

describe('SBOMs that are written', () => {
  it.each(SBOM_FORMATS)('in %s give the same inventory when they are read again', format => {
    fc.assert(
      fc.property(anyInventory, inventory => {
        const again = reread(writeSbom(format, sbomOf(inventory)))

        expect(again.inventory).toEqual(inventory)
        expect(again.resourceKind).toBe('image')
      }),
      { numRuns: 300 },
    )
  })

  it.each(SBOM_FORMATS)('in %s are valid by the official schema', format => {
    const nothing: Inventory = { distro: null, packages: [], problems: [] }

    expect(errorsOf(format, writeSbom(format, sbomOf(nothing)))).toEqual([])
    fc.assert(
      fc.property(anyInventory, inventory => {
        const vulnerabilities = [{ id: vulnerabilityId('CVE-2022-0778'), packages: inventory.packages.slice(0, 2) }]

        expect(errorsOf(format, writeSbom(format, sbomOf(inventory, { vulnerabilities })))).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it.each(SBOM_FORMATS)('in %s are the same for the same content, and named by it', format => {
    const nameOf = (inventory: Inventory, createdAt = instant(0)): unknown => {
      const { serialNumber, documentNamespace } = JSON.parse(
        writeSbom(format, sbomOf(inventory, { createdAt })),
      ) as Record<string, unknown>
      return serialNumber ?? documentNamespace
    }

    expect(writeSbom(format, sbomOf(INVENTORY))).toBe(writeSbom(format, sbomOf(structuredClone(INVENTORY))))
    expect(nameOf(INVENTORY)).toBe(nameOf(INVENTORY, instant(86_400_000)))
    expect(nameOf(INVENTORY)).not.toBe(nameOf({ ...INVENTORY, packages: [openssl] }))
  })

  it('say of each package in CycloneDX what Amazon Inspector says', () => {
    const { metadata, components, dependencies } = JSON.parse(writeSbom('cyclonedx-1.5', sbomOf(INVENTORY))) as {
      readonly metadata: { readonly properties: unknown }
      readonly components: readonly { readonly 'bom-ref': string }[]
      readonly dependencies: unknown
    }
    const [system, first, second] = components

    expect(metadata.properties).toContainEqual({ name: 'accountId', value: '123456789012' })
    expect(system).toMatchObject({ type: 'operating-system', name: 'debian', version: '11' })
    expect(first).toEqual({
      'bom-ref': expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      type: 'application',
      name: 'libssl1.1',
      version: '1.1.1n-0+deb11u3',
      purl: 'pkg:deb/debian/libssl1.1@1.1.1n-0%2Bdeb11u3?arch=amd64&distro=debian-11&upstream=openssl',
      properties: [
        { name: 'amazon:inspector:sbom_generator:source_path', value: '/var/lib/dpkg/status' },
        { name: 'amazon:inspector:sbom_generator:layer_diff_id', value: LAYER.diffId },
        { name: 'openinspector:layer_digest', value: LAYER.digest },
      ],
      evidence: { occurrences: [{ location: '/var/lib/dpkg/status' }] },
    })
    expect(second).toMatchObject({
      type: 'library',
      purl: 'pkg:pypi/idna-dna@3.3',
      properties: expect.arrayContaining([
        { name: 'amazon:inspector:sbom_generator:is_duplicate_package', value: 'true' },
        { name: 'openinspector:name', value: 'Idna_Dna' },
      ]) as unknown,
    })
    expect(dependencies).toEqual([
      { ref: 'subject', dependsOn: ['operating-system', first?.['bom-ref']] },
      { ref: first?.['bom-ref'], dependsOn: [second?.['bom-ref']] },
    ])
  })

  it('list vulnerabilities with the packages that they affect', () => {
    const vulnerabilities = [
      { id: vulnerabilityId('CVE-2022-4304'), packages: [openssl] },
      { id: vulnerabilityId('CVE-2022-0778'), packages: [openssl, idna] },
    ]
    const cycloneDx = JSON.parse(writeSbom('cyclonedx-1.4', sbomOf(INVENTORY, { vulnerabilities }))) as {
      readonly vulnerabilities: readonly { readonly id: string; readonly affects: readonly unknown[] }[]
    }
    const spdx = writeSbom('spdx-2.3', sbomOf(INVENTORY, { vulnerabilities }))

    expect(cycloneDx.vulnerabilities.map(({ id, affects }) => [id, affects.length])).toEqual([
      ['CVE-2022-0778', 2],
      ['CVE-2022-4304', 1],
    ])
    expect(spdx.match(/"referenceLocator": "CVE-2022-0778"/g)).toHaveLength(2)
  })

  it('keep the kernel that runs, and with it how kernels are judged', () => {
    const kernel: InstalledPackage = {
      ...openssl,
      name: 'linux-image-5.10.0-20-amd64',
      version: '5.10.158-2',
      source: { name: 'linux', version: '5.10.158-2' },
    }
    const inventory = { distro: DEBIAN, runningKernel: '5.10.0-20-amd64', packages: [kernel], problems: [] }
    const subject = { ...sbomOf(inventory).subject, kind: 'host' } as const
    const text = writeSbom('cyclonedx-1.4', sbomOf(inventory, { subject }))

    expect(text).toContain('amazon:inspector:sbom_generator:running_kernel')
    expect(reread(text)).toMatchObject({ inventory, resourceKind: 'host' })
    expect(reread(text.replace('openinspector:running_kernel', 'another')).inventory).toEqual(inventory)
  })
})
