import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AMAZON, OWN } from '../../src/inventory/sbom/property-names.ts'
import { SBOM_LIMITS } from '../../src/inventory/limits.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/reference/sbom.md'), 'utf8')

describe('docs/reference/sbom.md', () => {
  it('explains every property that is written, and no other', () => {
    const told = PAGE.match(/(?:amazon:inspector|openinspector):[a-z_]+(?::[a-z_]+)*/g) ?? []

    expect([...new Set(told)].sort()).toEqual([...Object.values(AMAZON), ...Object.values(OWN)].sort())
  })

  it('names the limits', () => {
    const { bytes, components, depth } = SBOM_LIMITS

    expect(PAGE).toContain(
      `${bytes / 1024 / 1024} MiB, ${components.toLocaleString('en-US')} components and ${depth} levels`,
    )
  })
})
