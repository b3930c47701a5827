import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AffectedRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { bottlerocketInventory, bottlerocketRangesAbout } from './bottlerocket.ts'
import { rpm } from './ecosystem.ts'
import { rpmScheme } from './version.ts'

const PATH = 'usr/share/bottlerocket/application-inventory.json'
const read = (text: string) => bottlerocketInventory.analyze({ path: PATH, bytes: new TextEncoder().encode(text) })

describe('the inventory of a Bottlerocket image', () => {
  it('gives each package with its own version, as an rpm of Bottlerocket', () => {
    const analysis = read(readFileSync(new URL('testdata/application-inventory.json', import.meta.url), 'utf8'))

    expect(analysis.ok && analysis.value.packages).toEqual([
      {
        type: 'rpm',
        name: 'kernel-6.1',
        version: '6.1.124-1.1737763153.9fde645.br1',
        arch: 'x86_64',
        source: null,
        manager: 'OS',
        vendor: 'Bottlerocket',
      },
      {
        type: 'rpm',
        name: 'amazon-ssm-agent',
        version: '1:3.3.1802.0-1.1741039400.2f15ebae.br1',
        arch: 'x86_64',
        source: null,
        manager: 'OS',
        vendor: 'Bottlerocket',
      },
    ])
    expect(analysis.ok && analysis.value.problems).toMatchObject([
      { reason: 'malformed-package-database', detail: 'Content[2]: "../x" is not a package name' },
    ])
  })

  it.each([['<html>'], ['[]'], ['{}'], ['{"Content": {}}']])('is a problem as a whole: %s', text => {
    expect(read(text)).toMatchObject({ ok: false, error: { path: PATH, reason: 'malformed-package-database' } })
  })

  it('is read whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), content => {
        expect(read(JSON.stringify({ Content: content })).ok).toBe(true)
      }),
    )
  })

  it.each([
    ['1.20.3', 'bottlerocket:1'],
    ['1.7.0', 'bottlerocket:1'],
    ['1.6.2', null],
    ['2.0.0', 'bottlerocket:2'],
  ])('of %s is matched in %s', (versionId, expected) => {
    expect(rpm.namespaceOf({ id: 'bottlerocket', versionId, codename: null, prettyName: null })).toBe(expected)
  })

  it('is updated as a whole', () => {
    const pkg = { namespace: namespace('bottlerocket:1'), name: 'kernel-6.1', version: '1-1' }

    expect(rpm.remediation({ ...pkg, type: 'rpm', arch: null, source: null })).toBe(
      'apiclient update apply --check --reboot',
    )
  })
})

describe('a notice of Bottlerocket', () => {
  const about = (version: string, fixed: string): string => {
    const end = rpmScheme.parse(fixed)
    if (!end.ok) throw new Error(fixed)
    const range: AffectedRange = { scheme: 'rpm', introduced: 'beginning', end: { fixed: end.value } }
    const pkg: Package = {
      type: 'rpm',
      namespace: namespace('bottlerocket:1'),
      name: 'kernel-6.1',
      version,
      arch: 'x86_64',
      source: null,
    }
    const [left] = bottlerocketRangesAbout(pkg, [range])
    return left === undefined ? 'is about others' : 'unreadable' in left ? 'cannot be told' : 'counts'
  }

  it.each([
    ['6.1.50-1.1690000000.br1', '6.1.61-1.1700513487.br1', 'counts'],
    ['1.15.0-0a1b2c3d', '1.16.1-0', 'counts'],
    ['6.1.50-1.1690000000.br1', '1.16.1-0', 'is about others'],
    ['1.15.0-0a1b2c3d', '6.1.61-1.1700513487.br1', 'cannot be told'],
  ])('for %s, fixed in %s, %s', (version, fixed, expected) => {
    expect(about(version, fixed)).toBe(expected)
  })
})
