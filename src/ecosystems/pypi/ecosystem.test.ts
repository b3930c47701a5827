import { describe, expect, it } from 'vitest'
import type { Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { pypi } from './ecosystem.ts'

function aPackage(version: string): Package {
  return { type: 'pypi', namespace: namespace('pypi'), name: 'torch', version, arch: null, source: null }
}

describe('the face of PyPI', () => {
  it.each([
    ['Zope.Interface', 'zope-interface'],
    ['ruamel.yaml', 'ruamel-yaml'],
    ['a__b-.c', 'a-b-c'],
  ])('spells %s as %s', (name, canonical) => {
    expect(pypi.canonicalName(name)).toBe(canonical)
  })

  it.each([
    ['2.0.0+cu118', '2.0.0', null],
    ['2.0.0+cpu', '2.0.0', null],
    ['1.2.3.dev4+g0123abc.d20240101', '1.2.3.dev4', null],
    ['2.0.0', '2.0.0', null],
    ['1.0+sp1', '1.0', 'locally-changed-build'],
    ['1.0+patched.1', '1.0', 'locally-changed-build'],
    ['0+unknown', '0', 'version-unknown-to-its-build'],
  ])('compares %s as %s, doubt: %s', (version, compared, doubt) => {
    expect(pypi.advisorySubject(aPackage(version)).version).toBe(compared)
    expect(pypi.otherChannelOf(aPackage(version))).toBe(doubt)
  })

  it('believes PyPI before GitHub before anyone else', () => {
    expect(pypi.rankOfAdvisory('PYSEC-2023-74')).toBeGreaterThan(pypi.rankOfAdvisory('GHSA-j8r2-6x86-q33q'))
    expect(pypi.rankOfAdvisory('GHSA-j8r2-6x86-q33q')).toBeGreaterThan(pypi.rankOfAdvisory('CVE-2023-32681'))
  })
})
