import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, vectorsOf } from '../version-order.suite.ts'
import { cargoLock } from './cargo-lock.ts'
import { cargo } from './ecosystem.ts'

const analyze = (text: string) => cargoLock.analyze({ path: 'Cargo.lock', bytes: new TextEncoder().encode(text) })

describe('Cargo.lock', () => {
  it('names the crates of crates.io, without those of the workspace', () => {
    const analysis = analyze(readFileSync(new URL('testdata/Cargo.lock', import.meta.url), 'utf8'))

    if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
    expect(analysis.value.packages.map(found => `${found.name} ${found.version}`)).toEqual([
      'aho-corasick 1.0.2',
      'regex 1.5.4',
      'smallvec 1.6.0',
      'patched git+https://github.com/example/patched?branch=main#0123456789abcdef0123456789abcdef01234567',
      'internal registry+https://cargo.example.com/index',
    ])
    expect(analysis.value.problems).toEqual([])
    expect(analysis.value.packages[0]).toMatchObject({ type: 'cargo', manager: 'CARGO' })
  })

  it('keeps what can be read, and reports the rest', () => {
    const analysis = analyze(
      '[[package]]\r\nname = "a"\r\nversion = "1.0.0"\r\nsource = "sparse+https://index.crates.io/"\r\n[[package]]\nname = "b"\n[[package]]\nname = "../c"\nversion = "1"\nsource = "sparse+https://index.crates.io/"\n[[package]]\nversion = "1"\n',
    )

    expect(analysis).toMatchObject({ ok: true, value: { packages: [{ name: 'a', version: '1.0.0' }] } })
    expect(analysis.ok && analysis.value.problems.map(problem => problem.reason)).toEqual([
      'package-without-version',
      'malformed-lockfile',
      'malformed-lockfile',
    ])
  })

  it('may lock nothing, but must be a lock', () => {
    expect(analyze('# generated\nversion = 4\n')).toMatchObject({ ok: true, value: { packages: [] } })
    expect(analyze('name = "x"\n')).toMatchObject({ ok: false, error: { reason: 'malformed-lockfile' } })
    expect(analyze('')).toMatchObject({ ok: false })
  })

  it.each(['Cargo.lock', 'app/Cargo.lock'])('is found at %s', path => {
    expect(cargoLock.wants(path)).toBe(true)
  })
})

describe('crates', () => {
  it.each(vectorsOf('0.3.0-beta.1 < 0.3.0\n1.0.1-0 < 1.0.1\n1.0.1-0 > 1.0.0\n3.0.0-0.gat.0 < 3.0.0-1\n0.9.0 < 0.10.0'))(
    'are ordered by SemVer: %s against %s',
    (left, order, right) => {
      expect(compareTexts(cargo.scheme, left, right)).toBe(order)
    },
  )

  it('keep hyphens and underscores apart, and trust RustSec most', () => {
    expect(cargo.canonicalName('a-b')).not.toBe(cargo.canonicalName('a_b'))
    expect(cargo.rankOfAdvisory('RUSTSEC-2020-0001')).toBeGreaterThan(cargo.rankOfAdvisory('GHSA-x'))
    expect(cargo.rankOfAdvisory('GHSA-x')).toBeGreaterThan(cargo.rankOfAdvisory('OTHER-1'))
    expect(cargo.namespaceOfOsv('crates.io')).toBe('cargo')
  })

  it('are named to the shell only when their name is plain', () => {
    const pkg = { type: 'cargo', namespace: null, version: '1', arch: null, source: null } as const
    expect(cargo.remediation({ ...pkg, name: 'smallvec' })).toBe('cargo update --package smallvec')
    expect(cargo.remediation({ ...pkg, name: 'x;rm' })).toBe('cargo update')
  })
})
