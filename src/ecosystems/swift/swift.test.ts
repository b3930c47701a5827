import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { swift } from './ecosystem.ts'
import { packageResolved } from './package-resolved.ts'
import { repositoryName } from './repository-name.ts'

const bytesOf = (content: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(content))

function namesOf(bytes: Uint8Array): string[] {
  const analysis = packageResolved.analyze({ path: 'Package.resolved', bytes })
  if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
  expect(analysis.value.problems).toEqual([])
  return analysis.value.packages.map(found => `${found.name} ${found.version}`)
}

describe('Package.resolved', () => {
  const sample = (name: string): Uint8Array => readFileSync(new URL(`testdata/${name}`, import.meta.url))

  it('names repositories in its second form', () => {
    expect(namesOf(sample('version-2.resolved'))).toEqual([
      'github.com/apple/swift-algorithms 1.0.0',
      'github.com/apple/swift-async-algorithms 0.1.0',
      'github.com/apple/swift-atomics 1.1.0',
    ])
  })

  it('names repositories in its first form, a branch by its commit', () => {
    expect(namesOf(sample('version-1.resolved'))).toEqual([
      'github.com/Apple/swift-nio 2.41.0',
      'github.com/apple/swift-log revision:123456789abcdef0123456789abcdef012345678',
    ])
  })

  it('names packages of a registry, and nothing that is local', () => {
    const pins = [
      { identity: 'mona.LinkedList', kind: 'registry', location: '', state: { version: '1.2.0' } },
      { identity: 'own', kind: 'localSourceControl', location: '/src/own', state: { version: '1.0.0' } },
    ]

    expect(namesOf(bytesOf({ pins, version: 3, originHash: '0' }))).toEqual(['mona.LinkedList 1.2.0'])
  })

  it('is a problem as a whole, or pin by pin', () => {
    expect(packageResolved.analyze({ path: 'x', bytes: bytesOf({ version: 2 }) })).toMatchObject({ ok: false })
    const analysis = packageResolved.analyze({
      path: 'x',
      bytes: bytesOf({ pins: [1, {}, { location: 'https://x/y', state: {} }] }),
    })
    expect(analysis.ok && analysis.value.problems.map(problem => problem.reason)).toEqual([
      'malformed-lockfile',
      'malformed-lockfile',
      'package-without-version',
    ])
  })
})

describe('names of Swift packages', () => {
  it.each([
    ['https://github.com/apple/swift-nio.git', 'github.com/apple/swift-nio'],
    ['https://github.com/apple/swift-nio/', 'github.com/apple/swift-nio'],
    ['git@github.com:apple/swift-nio.git', 'github.com/apple/swift-nio'],
    ['ssh://git@github.com:22/apple/swift-nio.git', 'github.com/apple/swift-nio'],
    ['https://user:secret@github.com/apple/swift-nio', 'github.com/apple/swift-nio'],
    ['github.com/apple/swift-nio', 'github.com/apple/swift-nio'],
  ])('%s is %s', (url, name) => {
    expect(repositoryName(url)).toBe(name)
  })

  it('meet advisories without regard to case', () => {
    expect(swift.canonicalName('github.com/Apple/Swift-NIO')).toBe('github.com/apple/swift-nio')
    expect(swift.canonicalName('https://github.com/apple/swift-nio')).toBe('github.com/apple/swift-nio')
    expect(swift.namespaceOfOsv('SwiftURL')).toBe('swift')
    expect(swift.scheme.parse('revision:123456789abcdef0123456789abcdef012345678').ok).toBe(false)
  })
})
