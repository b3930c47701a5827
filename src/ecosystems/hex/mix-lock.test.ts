import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, vectorsOf } from '../version-order.suite.ts'
import { hex } from './ecosystem.ts'
import { mixLock } from './mix-lock.ts'

const analyze = (text: string) => mixLock.analyze({ path: 'mix.lock', bytes: new TextEncoder().encode(text) })

function namesOf(text: string): string[] {
  const analysis = analyze(text)
  if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
  expect(analysis.value.problems).toEqual([])
  return analysis.value.packages.map(found => `${found.name} ${found.version}`)
}

const sample = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')

describe('mix.lock', () => {
  it('of 2015 names packages and repositories', () => {
    const names = namesOf(sample('phoenix-2015.lock'))

    expect(names).toHaveLength(12)
    expect(names[0]).toBe('cowboy 1.0.0')
    expect(names).toContain('eredis git+git://github.com/wooga/eredis.git#3c9dfc5cf4e2cd79276b138692d63d3b1d298a52')
    expect(names).toContain('ranch 1.0.0')
  })

  it('of today keeps the packages of an organization apart, and knows the package behind an application', () => {
    expect(namesOf(sample('mix.lock'))).toEqual(['cowboy 2.9.0', 'acme/acme_auth 1.0.0', 'mtproto_proxy 0.7.2'])
  })

  it('of before 2015 names packages without a source', () => {
    expect(namesOf('%{"plug" => {:package, "0.5.0"}}')).toEqual(['plug 0.5.0'])
  })

  it('is a problem where it cannot be read', () => {
    expect(analyze('')).toMatchObject({ ok: false, error: { reason: 'malformed-lockfile' } })
    const analysis = analyze('%{\n  "a": {:hex, :a},\n  "b": {garbage},\n  "c": {:hex, :c, "1.0.0"},\n}\n')
    expect(analysis).toMatchObject({ ok: true, value: { packages: [{ name: 'c' }] } })
    expect(analysis.ok && analysis.value.problems).toHaveLength(2)
  })
})

describe('packages of Hex', () => {
  it.each(vectorsOf('1.0.0-rc.1 < 1.0.0\n1.0.0-rc.2 < 1.0.0-rc.10\n0.7.2 < 0.10.0\n1.0.0+a = 1.0.0'))(
    'are ordered by SemVer: %s against %s',
    (left, order, right) => {
      expect(compareTexts(hex.scheme, left, right)).toBe(order)
    },
  )

  it('are of the namespace hex, and trust their own foundation most', () => {
    expect(hex.namespaceOfOsv('Hex')).toBe('hex')
    expect(hex.rankOfAdvisory('EEF-CVE-2025-1')).toBeGreaterThan(hex.rankOfAdvisory('GHSA-x'))
  })
})
