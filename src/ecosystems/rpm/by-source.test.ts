import { describe, expect, it } from 'vitest'
import type { AffectedRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { rangesWithoutEpoch, rpmSubject } from './by-source.ts'
import { rpmScheme } from './version.ts'

function aPackage(where: string, name: string, version: string, source: Package['source'] = null): Package {
  return { type: 'rpm', namespace: namespace(where), name, version, arch: 'x86_64', source }
}

describe('what advisories of rpm packages speak about', () => {
  const source = { name: 'openssl', version: '3.3.5-3.azl3' }

  it.each([
    ['the source', aPackage('azurelinux:3', 'openssl-libs', '1:3.3.5-3.azl3', source), 'openssl 3.3.5-3.azl3'],
    ['the package that is its own source', aPackage('mageia:9', 'vim', '2:9.1-1.mga9'), 'vim 9.1-1.mga9'],
    ['the binary of others', aPackage('rhel:9', 'openssl-libs', '1:3.0.7-1.el9', source), 'openssl-libs 1:3.0.7-1.el9'],
  ])('is %s', (_what, pkg, expected) => {
    const { name, version } = rpmSubject(pkg)

    expect(`${name} ${version}`).toBe(expected)
  })

  it('has no epoch on the other side either', () => {
    const [from, fixed] = [rpmScheme.parse('4:1.0'), rpmScheme.parse('4:5.26.3-419.mga9')]
    if (!from.ok || !fixed.ok) throw new Error('unreadable')
    const range: AffectedRange = { scheme: 'rpm', introduced: from.value, end: { fixed: fixed.value } }

    expect(rangesWithoutEpoch([range])).toMatchObject([
      { introduced: { text: '1.0' }, end: { fixed: { text: '5.26.3-419.mga9' } } },
    ])
  })
})
