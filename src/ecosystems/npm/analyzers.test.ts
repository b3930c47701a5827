import { describe, expect, it } from 'vitest'
import type { Result } from '../../base/result.ts'
import type { InstalledPackage, InventoryProblem } from '../../domain/inventory.ts'
import type { FileAnalysis } from '../ecosystem.ts'
import { installedPackage } from './installed-package.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { packageLock } from './package-lock.ts'

const bytesOf = (content: unknown): Uint8Array =>
  new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content))

const manifest = (content: unknown): Result<FileAnalysis, InventoryProblem> =>
  installedPackage.analyze({ path: 'app/node_modules/x/package.json', bytes: bytesOf(content) })
const lock = (content: unknown): Result<FileAnalysis, InventoryProblem> =>
  packageLock.analyze({ path: 'app/package-lock.json', bytes: bytesOf(content) })

function names(analysis: Result<FileAnalysis, InventoryProblem>): string[] {
  if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
  return analysis.value.packages.map(found => `${found.name} ${found.version}`)
}

describe('installed copies', () => {
  it.each([
    ['node_modules/lodash/package.json', true],
    ['app/node_modules/@babel/core/package.json', true],
    ['usr/local/lib/node_modules/npm/node_modules/semver/package.json', true],
    ['app/node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/package.json', true],
    ['app/node_modules/.pnpm/@babel+core@7.0.0/node_modules/@babel/core/package.json', true],
    ['app/node_modules/next/dist/compiled/node_modules/x/package.json', true],
    ['app/node_modules/test/node_modules/x/package.json', true],
    ['app/test/node_modules/x/package.json', true],
    ['app/node_modules/resolve/test/resolver/node_modules/x/package.json', false],
    ['app/node_modules/@a/b/__fixtures__/node_modules/x/package.json', false],
    ['app/node_modules/lodash/fp/package.json', false],
    ['app/node_modules/@babel/package.json', false],
    ['app/node_modules/package.json', false],
    ['app/node_modules/.bin/package.json', false],
    ['app/node_modules/.cache/x/package.json', false],
    ['app/my_node_modules/x/package.json', false],
    ['app/package.json', false],
    ['app/node_modules/x/package.json.bak', false],
  ])('%s: %s', (path, expected) => {
    expect(installedPackage.wants(path)).toBe(expected)
  })

  it('have the name of their manifest, also under an alias', () => {
    expect(names(manifest({ name: '@scope/real', version: '1.2.3' }))).toEqual(['@scope/real 1.2.3'])
  })

  it('are not of the registry when private', () => {
    expect(names(manifest({ name: 'lodash', version: '1.0.0', private: true }))).toEqual([])
    expect(names(manifest({ name: 'lodash', version: '1.0.0', private: 'true' }))).toEqual(['lodash 1.0.0'])
  })

  it('keep a version that nobody can order', () => {
    expect(names(manifest({ name: 'x', version: 'latest' }))).toEqual(['x latest'])
  })

  it.each([
    ['{', 'malformed-package-manifest'],
    ['[]', 'malformed-package-manifest'],
    ['null', 'malformed-package-manifest'],
    [{ version: '1.0.0' }, 'malformed-package-manifest'],
    [{ name: '../x', version: '1.0.0' }, 'malformed-package-manifest'],
    [{ name: 'x' }, 'package-without-version'],
    [{ name: 'x', version: 1 }, 'package-without-version'],
    [{ name: 'x', version: '' }, 'package-without-version'],
    [{ name: 'x', version: '1.0.0\u001b[2J' }, 'package-without-version'],
    ['{"__proto__":{"name":"x","version":"1.0.0"}}', 'malformed-package-manifest'],
    ['['.repeat(100_000), 'malformed-package-manifest'],
    [`[${'1,'.repeat(2_000_001)}1]`, 'malformed-package-manifest'],
  ])('are a problem when malformed', (content, reason) => {
    expect(manifest(content)).toMatchObject({ ok: false, error: { path: 'app/node_modules/x/package.json', reason } })
  })

  it('take the last of two equal keys, as npm does, and a byte order mark', () => {
    expect(names(manifest('\uFEFF{"name":"x","version":"1.0.0","version":"2.0.0"}'))).toEqual(['x 2.0.0'])
  })
})

describe('lockfiles', () => {
  it.each([
    ['package-lock.json', true],
    ['app/npm-shrinkwrap.json', true],
    ['app/node_modules/x/npm-shrinkwrap.json', false],
    ['node_modules/.package-lock.json', false],
    ['app/my-package-lock.json', false],
  ])('%s: %s', (path, expected) => {
    expect(packageLock.wants(path)).toBe(expected)
  })

  it('of versions 2 and 3 are read by directory', () => {
    const found = lock({
      lockfileVersion: 3,
      packages: {
        '': { name: 'app', version: '9.9.9' },
        'packages/a': { name: 'a', version: '9.9.9' },
        'node_modules/a': { resolved: 'packages/a', link: true },
        'node_modules/lodash': { version: '4.17.20', resolved: 'https://registry.example/lodash.tgz' },
        'node_modules/b/node_modules/lodash': { version: '4.17.20', inBundle: true },
        'node_modules/b/node_modules/@s/c': { version: '1.0.0', dev: true },
        'node_modules/alias': { name: 'real', version: '2.0.0' },
        'node_modules/g': { version: '1.0.0', resolved: 'git+ssh://git@github.com/o/g.git#0123' },
      },
      dependencies: { ignored: { version: '1.0.0' } },
    })

    expect(names(found)).toEqual([
      'lodash 4.17.20',
      '@s/c 1.0.0',
      'real 2.0.0',
      'g git+ssh://git@github.com/o/g.git#0123',
    ])
  })

  it('of version 1 are read by name, at every depth', () => {
    const found = lock({
      lockfileVersion: 1,
      dependencies: {
        a: { version: '1.0.0', dependencies: { b: { version: '2.0.0', bundled: true } } },
        alias: { version: 'npm:@s/real@3.0.0' },
        linked: { version: 'file:../linked' },
        g: { version: 'github:o/g#0123' },
      },
    })

    expect(names(found).sort()).toEqual(['@s/real 3.0.0', 'a 1.0.0', 'b 2.0.0', 'g github:o/g#0123'])
  })

  it('may lock nothing', () => {
    expect(names(lock({ lockfileVersion: 3, packages: {} }))).toEqual([])
    expect(names(lock({ lockfileVersion: 1 }))).toEqual([])
  })

  it('keep what can be read, and report the rest', () => {
    const found = lock(
      '{"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/b":1,"node_modules/c":{},"node_modules/../d":{"version":"1"},"__proto__":{"x":1},"node_modules/__proto__":{"version":"1.0.0"}}}',
    )

    expect(names(found)).toEqual(['a 1.0.0', '__proto__ 1.0.0'])
    expect(found.ok && found.value.problems.map(problem => problem.reason)).toEqual([
      'malformed-lockfile',
      'package-without-version',
      'malformed-lockfile',
    ])
  })

  it.each(['', '[]', '{}', '{"packages":[]}', '{"packages":'])('are a problem as a whole: %j', text => {
    expect(lock(text)).toMatchObject({ ok: false, error: { reason: 'malformed-lockfile' } })
  })
})

describe('a lockfile beside what it installed', () => {
  function found(name: string, manager: 'NPM' | 'NODEPKG', filePath: string): InstalledPackage {
    const rest = { type: 'npm', namespace: null, version: '1.0.0', arch: null, source: null, layer: null } as const
    return { ...rest, name, manager, filePath, ownedBy: null }
  }

  it('gives way to the installed copies of its project, and to no other', () => {
    const kept = withoutLockedCopies([
      found('a', 'NODEPKG', 'app/node_modules/a/package.json'),
      found('a', 'NPM', 'app/package-lock.json'),
      found('dev-only', 'NPM', 'app/package-lock.json'),
      found('a', 'NPM', 'app/web/package-lock.json'),
      found('a', 'NPM', 'package-lock.json'),
    ])

    expect(kept.map(pkg => pkg.filePath)).toEqual([
      'app/node_modules/a/package.json',
      'app/web/package-lock.json',
      'package-lock.json',
    ])
  })

  it('gives way to the root project of nested copies', () => {
    const kept = withoutLockedCopies([
      found('b', 'NODEPKG', 'node_modules/a/node_modules/b/package.json'),
      found('b', 'NPM', 'package-lock.json'),
    ])

    expect(kept).toHaveLength(1)
  })

  it('gives way to a shrinkwrap of the same directory', () => {
    const kept = withoutLockedCopies([
      found('a', 'NPM', 'app/package-lock.json'),
      found('a', 'NPM', 'app/npm-shrinkwrap.json'),
      found('a', 'NPM', 'b/package-lock.json'),
    ])

    expect(kept.map(pkg => pkg.filePath)).toEqual(['app/npm-shrinkwrap.json', 'b/package-lock.json'])
  })
})
