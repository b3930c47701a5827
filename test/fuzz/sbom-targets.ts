import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { instant } from '../../src/base/clock.ts'
import type { Inventory } from '../../src/domain/inventory.ts'
import { ecosystemOf } from '../../src/ecosystems/index.ts'
import { readSbom } from '../../src/inventory/sbom/read-sbom.ts'
import { SBOM_FORMATS, writeSbom } from '../../src/inventory/sbom/write-sbom.ts'
import { expectConstant } from './constants.ts'
import type { FuzzTarget } from './target.ts'

const SAMPLES = join(import.meta.dirname, '../../src/inventory/sbom/testdata')
const FORMATS: readonly (readonly [name: string, ending: RegExp])[] = [
  ['CycloneDX JSON', /\.cdx\.json$/],
  ['CycloneDX XML', /\.cdx\.xml$/],
  ['SPDX JSON', /\.spdx\.json$/],
  ['SPDX tag-value', /\.spdx$/],
]

/** Readers of SBOMs; what one was read as must come back from each format that is written. */
export function sbomTargets(): readonly FuzzTarget[] {
  const names = readdirSync(SAMPLES).sort()
  return FORMATS.map(([name, ending]) => ({
    name: `SBOM ${name}`,
    seeds: names.filter(file => ending.test(file)).map(file => new Uint8Array(readFileSync(join(SAMPLES, file)))),
    run(input: Uint8Array): void {
      const read = readSbom(input, 'sbom')
      if (!read.ok) return expectConstant(read.error.reason)
      const { inventory, resourceKind } = read.value
      expectSound(inventory)
      for (const format of SBOM_FORMATS) {
        const text = writeSbom(format, {
          subject: {
            kind: resourceKind,
            name: 'x',
            digest: null,
            architecture: null,
            purl: null,
            accountId: null,
            resourceType: null,
          },
          inventory,
          vulnerabilities: [],
          createdAt: instant(0),
          productVersion: '1',
        })
        const again = readSbom(new TextEncoder().encode(text), 'sbom')
        if (!again.ok) throw new Error(`our own ${format} is not read: ${again.error.detail}`)
        if (!isDeepStrictEqual(again.value.inventory, inventory)) {
          throw new Error(
            `${format} does not give back ${JSON.stringify(inventory)} but ${JSON.stringify(again.value.inventory)}`,
          )
        }
      }
    },
  }))
}

/** Whatever is read is matched and shown. */
function expectSound({ packages, problems }: Inventory): void {
  for (const { reason } of problems) expectConstant(reason)
  for (const { type, name, version, arch, module } of packages) {
    if (name === '' || version === '') throw new Error('a package without name or version')
    if (/[\n\r\0]/.test(`${name}${version}${arch ?? ''}${module ?? ''}`))
      throw new Error('a name with control characters')
    const ecosystem = ecosystemOf(type)
    ecosystem.scheme.parse(version)
    ecosystem.canonicalName(name)
    ecosystem.versionParts(version)
  }
}
