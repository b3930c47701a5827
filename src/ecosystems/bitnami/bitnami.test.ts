import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { InstalledPackage } from '../../domain/inventory.ts'
import { compareTexts } from '../version-order.suite.ts'
import { componentList } from './component-list.ts'
import { componentSpdx } from './component-spdx.ts'
import { bitnami } from './ecosystem.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('files of Bitnami', () => {
  it.each([
    ['opt/bitnami/postgresql/.spdx-postgresql.spdx', componentSpdx],
    ['opt/bitnami/common/.spdx-gosu.spdx', componentSpdx],
    ['opt/bitnami/.spdx-x.spdx', componentSpdx],
    ['opt/bitnami/.bitnami_components.json', componentList],
    ['opt/other/.spdx-x.spdx', null],
    ['opt/bitnami/x.spdx', null],
  ])('%s is read by the right one', (path, reader) => {
    expect(bitnami.analyzers.filter(one => one.wants(path))).toEqual(reader === null ? [] : [reader])
  })

  it('name the component and what was built into it, but no package of another ecosystem', () => {
    const bytes = readFileSync(new URL('testdata/spdx-postgresql.json', import.meta.url))

    const analysis = componentSpdx.analyze({ path: 'x', bytes })

    if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
    expect(analysis.value.packages.map(found => `${found.name} ${found.version}`)).toEqual([
      'postgresql 18.6.0-3',
      'geos 3.14.1',
    ])
    expect(analysis.value.problems).toEqual([])
  })

  it('list components in older images', () => {
    const text = '{"postgresql":{"arch":"amd64","distro":"debian-12","type":"NAMI","version":"17.5.0-14"},"x":{},"y":1}'

    const analysis = componentList.analyze({ path: 'x', bytes: bytesOf(text) })

    expect(analysis).toMatchObject({ ok: true, value: { packages: [{ name: 'postgresql', version: '17.5.0-14' }] } })
    expect(analysis.ok && analysis.value.problems).toHaveLength(2)
  })

  it('are a problem as a whole, or entry by entry', () => {
    expect(componentSpdx.analyze({ path: 'x', bytes: bytesOf('{"packages":{}}') })).toMatchObject({ ok: false })
    const unversioned =
      '{"packages":[{"externalRefs":[{"referenceLocator":"pkg:bitnami/x"},{"referenceLocator":1}]},2]}'
    const analysis = componentSpdx.analyze({ path: 'x', bytes: bytesOf(unversioned) })
    expect(analysis.ok && analysis.value.problems).toHaveLength(2)
  })
})

describe('components of Bitnami', () => {
  it.each([
    ['18.6.0-3', '18.6.0'],
    ['3.14.1', '3.14.1'],
    ['1.2.3-rc.1-2', '1.2.3-rc.1'],
  ])('are judged by their upstream version: %s is %s', (version, upstream) => {
    const pkg = { type: 'bitnami', namespace: null, name: 'x', version, arch: null, source: null } as const
    expect(bitnami.advisorySubject(pkg).version).toBe(upstream)
  })

  it('have pre-releases in their bounds', () => {
    expect(compareTexts(bitnami.scheme, '2.6.0-rc7', '2.6.0')).toBe(-1)
    expect(compareTexts(bitnami.scheme, '10.11.17-0', '10.11.17')).toBe(-1)
    expect(bitnami.scheme.parse('nightly.2026-03-10.0').ok).toBe(false)
  })

  it('count once where a list repeats their own file', () => {
    const found = (filePath: string, version: string): InstalledPackage => {
      const rest = { type: 'bitnami', namespace: null, name: 'a', arch: null, source: null, layer: null } as const
      return { ...rest, manager: 'OTHER', version, filePath, ownedBy: null }
    }
    const spdx = 'opt/bitnami/a/.spdx-a.spdx'
    const list = 'opt/bitnami/.bitnami_components.json'

    const kept = bitnami.withoutCopies([found(spdx, '1.0.0-1'), found(list, '1.0.0-1'), found(list, '2.0.0-1')])

    expect(kept.map(pkg => `${pkg.filePath} ${pkg.version}`)).toEqual([`${spdx} 1.0.0-1`, `${list} 2.0.0-1`])
  })
})
