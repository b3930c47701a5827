import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { analysisOf, anInstalledPackage, foundBy, refusalOf } from '../analyzer.suite.ts'
import type { Analyzer } from '../ecosystem.ts'
import { bunBinaryLock, bunLock } from './bun-lock.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { packageLock } from './package-lock.ts'
import { pnpFile } from './pnp-file.ts'
import { pnpmLock } from './pnpm-lock.ts'
import { yarnLock } from './yarn-lock.ts'

const sample = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')

/** What every tool locked for the same project, without what came from the archive beside it. */
const SHARED = [
  '@hapi/hoek 8.5.0', 'ajv 6.12.2', 'ajv-keywords 3.5.2', 'fast-deep-equal 3.1.3', 'fast-json-stable-stringify 2.1.0',
  'json-schema-traverse 0.4.1', 'lodash 4.17.15', 'lodash 4.17.20', 'minimist 1.2.5', 'node-fetch 2.6.1', 'punycode 2.3.1',
  'uri-js 4.4.1',
] // prettier-ignore
const WITH_FSEVENTS = [...SHARED, 'fsevents 2.3.2'].sort()
/** Yarn 2 and later would lock the builders of fsevents: its optional dependency is another. */
const WITH_RESOLVE = [
  ...SHARED,
  'resolve 1.22.2',
  'is-core-module',
  'path-parse 1.0.7',
  'supports-preserve-symlinks-flag 1.0.0',
]

describe('one project, locked by', () => {
  it.each<readonly [string, Analyzer, readonly string[]]>([
    ['package-lock.json', packageLock, WITH_FSEVENTS],
    ['yarn-1.lock', yarnLock, WITH_FSEVENTS],
    ['pnpm-5.yaml', pnpmLock, WITH_FSEVENTS],
    ['pnpm-7.yaml', pnpmLock, WITH_FSEVENTS],
    ['pnpm-8.yaml', pnpmLock, WITH_FSEVENTS],
    ['pnpm-9.yaml', pnpmLock, WITH_FSEVENTS],
    ['bun.lock', bunLock, WITH_FSEVENTS],
  ])('%s holds the same packages', (name, analyzer, expected) => {
    const { packages, problems } = analysisOf(analyzer, sample(name))
    const [archives, others] = [
      packages.filter(pkg => pkg.name === 'from-archive'),
      packages.filter(pkg => pkg.name !== 'from-archive'),
    ]

    expect(problems).toEqual([])
    expect(others.map(pkg => `${pkg.name} ${pkg.version}`).sort()).toEqual(expected)
    // Code of an archive is not the registry's 1.0.0.
    expect(archives).toHaveLength(1)
    expect(archives[0]?.version).toMatch(/local\/from-archive-1\.0\.0\.tgz/)
  })

  it.each<readonly [string, Analyzer, string]>([
    ['yarn-2.lock', yarnLock, 'yarn.lock'],
    ['yarn-4.lock', yarnLock, 'yarn.lock'],
    ['pnp-2.js', pnpFile, 'app/.pnp.js'],
    ['pnp-3.cjs', pnpFile, 'app/.pnp.cjs'],
    ['pnp-4.cjs', pnpFile, 'app/.pnp.cjs'],
    ['pnp-4.data.json', pnpFile, 'app/.pnp.data.json'],
  ])('%s holds the same packages, with what Yarn patches', (name, analyzer, path) => {
    const { packages, problems } = analysisOf(analyzer, sample(name), path)
    const versions = packages.map(pkg => `${pkg.name} ${pkg.version}`)

    expect(problems).toEqual([])
    expect(packages.every(pkg => pkg.manager === 'YARN')).toBe(true)
    for (const expected of WITH_RESOLVE) expect(versions.some(found => found.startsWith(expected))).toBe(true)
    expect(versions.filter(found => found.startsWith('resolve '))).toHaveLength(1)
    expect(versions.find(found => found.startsWith('from-archive '))).toMatch(/ file:/)
    expect(versions.join(' ')).not.toMatch(/@own\/member|sample /)
  })
})

describe('yarn.lock', () => {
  it('of version 1 names what aliases stand for, and tells code from elsewhere by its address', () => {
    const lock = `# yarn lockfile v1


"@a/b@^1.0.0", "@a/b@1.x":
  version "1.2.0"
  resolved "https://registry.yarnpkg.com/@a/b/-/b-1.2.0.tgz#00"
  dependencies:
    version "9.9.9"

"c@git+https://example.com/c.git#v1":
  version "1.0.0"
  resolved "git+https://example.com/c.git#0123"

d@owner/repository:
  version "2.0.0"
  resolved "https://codeload.example.com/owner/repository/tar.gz/0123"

"e@file:../e":
  version "3.0.0"

"f@npm:@real/f@^4.0.0":
  version "4.1.0"

g@latest, g@^5.0.0:
  version "5.0.0"

h:
  version "1.0.0"
`

    expect(foundBy(yarnLock, lock)).toEqual([
      '@a/b 1.2.0', 'c git+https://example.com/c.git#0123',
      'd https://codeload.example.com/owner/repository/tar.gz/0123', '@real/f 4.1.0', 'g 5.0.0',
    ]) // prettier-ignore
    expect(analysisOf(yarnLock, lock).problems).toMatchObject([{ reason: 'malformed-lockfile' }])
  })

  it('of later versions leaves own code out, and looks below patches and instances', () => {
    const entry = (resolution: string, version: string): string =>
      `"x":\n  version: ${version}\n  resolution: "${resolution}"\n  linkType: hard\n`
    const lock = [
      '__metadata:\n  version: 8\n',
      entry('own@workspace:packages/own', '0.0.0-use.local'),
      entry('linked@link:../linked::locator=x', '0.0.0-use.local'),
      entry('ported@portal:../ported::locator=x', '0.0.0-use.local'),
      entry('directory@file:../directory#../directory::hash=0', '1.0.0'),
      entry('patched@patch:patched@npm%3A1.0.0#./.yarn/patches/x.patch::version=1.0.0&hash=0', '1.0.0'),
      entry('twice@patch:twice@patch%3Atwice@npm%253A2.0.0%23x.patch#y.patch::hash=0', '2.0.0'),
      entry('forked@patch:forked@https%3A//example.com/forked.git%23commit=01#x.patch', '3.0.0'),
      entry('git@https://example.com/git.git#commit=01', '4.0.0'),
    ].join('\n')

    expect(foundBy(yarnLock, lock)).toEqual([
      'patched 1.0.0', 'twice 2.0.0', 'forked https://example.com/forked.git#commit=01', 'git https://example.com/git.git#commit=01',
    ]) // prettier-ignore
  })

  it('is refused when it is none, or was left in the middle of a merge', () => {
    expect(refusalOf(yarnLock, 'plain words')).toBe('malformed-lockfile')
    expect(refusalOf(yarnLock, '# yarn lockfile v1\n\n<<<<<<< HEAD\na@1:\n  version "1"\n')).toBe('malformed-lockfile')
    expect(foundBy(yarnLock, '# THIS\n# yarn lockfile v1\n\n\n')).toEqual([])
  })
})

describe('pnpm-lock.yaml', () => {
  const lock = (version: string, ...packages: readonly string[]): string =>
    `lockfileVersion: '${version}'\n\npackages:\n\n${packages.join('\n')}`

  it.each([
    ['/a/1.0.0:', 'a 1.0.0'],
    ['/@a/b/1.0.0_@c+d@2.0.0+e@3.0.0:', '@a/b 1.0.0'],
    ['/a/1.0.0/react@16.0.0:', 'a 1.0.0'],
    ['registry.example.com/@a/b/1.0.0:', '@a/b 1.0.0'],
    ['/a@1.0.0(@c/d@2.0.0(x@1.0.0))(patch_hash=abc):', 'a 1.0.0'],
    ["'@a/b@1.0.0-rc.1+build':", '@a/b 1.0.0-rc.1+build'],
    ['? /a@1.0.0(b@2.0.0)', 'a 1.0.0'],
  ])('names a package %s', (key, expected) => {
    expect(foundBy(pnpmLock, lock('5.4', `  ${key}`, '    resolution: {integrity: sha512-x==}'))).toEqual([expected])
  })

  it('tells code from elsewhere, and leaves own directories out', () => {
    const text = lock(
      '9.0',
      '  a@https://codeload.example.com/o/a/tar.gz/01:\n    resolution: {tarball: https://codeload.example.com/o/a/tar.gz/01}\n    version: 1.0.0',
      '  b@git+https://example.com/b.git#01:\n    resolution: {commit: "01", repo: https://example.com/b.git, type: git}\n    version: 1.0.0',
      '  c@file:../c:\n    resolution: {directory: ../c, type: directory}',
      '  github.com/o/d/01:\n    resolution:\n      tarball: https://codeload.example.com/o/d/tar.gz/01\n    name: d\n    version: 1.0.0',
      '  e@1.0.0:\n    resolution: {integrity: x, tarball: https://npm.example.com/e/-/e-1.0.0.tgz}\n    dependencies:\n      version: 9.9.9',
    )

    expect(foundBy(pnpmLock, text)).toEqual([
      'a https://codeload.example.com/o/a/tar.gz/01', 'b git+https://example.com/b.git#01',
      'd https://codeload.example.com/o/d/tar.gz/01', 'e 1.0.0',
    ]) // prettier-ignore
  })

  it('may hold several documents', () => {
    expect(foundBy(pnpmLock, `---\n${lock('9.0', '  a@1.0.0:\n')}\n---\n${lock('9.0', '  b@2.0.0:\n')}`)).toEqual([
      'a 1.0.0',
      'b 2.0.0',
    ])
  })

  it.each([
    ['plain words'],
    ["lockfileVersion: '10.0'\n"],
    ['lockfileVersion: x\n'],
    ['lockfileVersion: 4\n'],
    ['packages:\n'],
  ])('is refused when it is none that is known: %j', text => {
    expect(refusalOf(pnpmLock, text)).toBe('malformed-lockfile')
  })
})

describe('the lock of Bun', () => {
  it('leaves own code out, and tells what comes from elsewhere', () => {
    const lock = `{"lockfileVersion":1,"packages":{
      "own":["own@workspace:packages/own"],"root":["root@root:",{}],"dir":["dir@file:../dir",{}],
      "gh":["gh@github:o/r#0123",{},"o-r-0123"],"git":["git@git+ssh://git@example.com/o/r.git#01",{},""],
      "tar":["tar@https://example.com/tar.tgz",{},""],"odd":["odd@what",""],"none":[],
      "a,]":["a@1.0.0","",{"bin":"x,}"},"sha512-,]"],
    },}`
    const { packages, problems } = analysisOf(bunLock, lock)

    expect(packages.map(pkg => `${pkg.name} ${pkg.version}`)).toEqual([
      'gh github:o/r#0123', 'git git+ssh://git@example.com/o/r.git#01', 'tar https://example.com/tar.tgz', 'a 1.0.0',
    ]) // prettier-ignore
    expect(problems).toHaveLength(2)
  })

  it('is refused by name in its binary form', () => {
    expect(bunBinaryLock.wants('app/bun.lockb')).toBe(true)
    expect(refusalOf(bunBinaryLock, '#!/usr/bin/env bun\nbun-lockfile-format-v0\n')).toBe('unsupported-lockfile')
  })

  it('may be of a project without dependencies, but not be something else', () => {
    expect(foundBy(bunLock, '{"lockfileVersion":1,"workspaces":{"":{"name":"a",},},}')).toEqual([])
    for (const text of ['[]', '{}', '{"packages":[]}', '{"packages":{"a":["a@1.0.0"]', '"\\'])
      expect(refusalOf(bunLock, text)).toBe('malformed-lockfile')
  })

  it('is JSON once its last commas are gone, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.json()), entries => {
        const packages = Object.entries(entries).map(([key, text]) => `${JSON.stringify(key)}:[${text},],`)
        expect(refusalOf(bunLock, `{"packages":{${packages.join('\n')}}}`)).toBeNull()
      }),
    )
  })
})

describe('the table of Yarn Plug’n’Play', () => {
  const at = (content: string): string | null => {
    const analysis = pnpFile.analyze({ path: 'app/.pnp.cjs', bytes: new TextEncoder().encode(content) })
    return analysis.ok ? null : analysis.error.reason
  }

  it('is refused where it cannot be found, and left to the file beside the program', () => {
    expect(at('module.exports = {}')).toBe('malformed-lockfile')
    expect(at("const RAW_RUNTIME_STATE =\n'{")).toBe('malformed-lockfile')
    expect(at('return hydrateRuntimeState({')).toBe('malformed-lockfile')
    expect(at('const p = require("path").resolve(__dirname, ".pnp.data.json")')).toBeNull()
  })

  it('passes over entries that are none', () => {
    const table = '{"packageRegistryData":[null,["a"],[1,[["npm:1.0.0",{}]]],["b",[["npm:1.0.0",{}],7]]]}'
    const { packages, problems } = analysisOf(pnpFile, table, 'app/.pnp.data.json')

    expect(packages).toMatchObject([{ name: 'b', version: '1.0.0' }])
    expect(problems).toMatchObject([{ reason: 'malformed-lockfile' }])
  })
})

describe('where lock files of npm packages lie', () => {
  it.each([
    [yarnLock, 'yarn.lock', true],
    [yarnLock, 'app/yarn.lock', true],
    [yarnLock, 'app/node_modules/x/yarn.lock', false],
    [yarnLock, 'usr/lib/ruby/gems/3.1.0/gems/x-1.0/yarn.lock', false],
    [yarnLock, 'app/not-yarn.lock', false],
    [pnpmLock, 'app/pnpm-lock.yaml', true],
    [bunLock, 'app/bun.lock', true],
    [bunLock, 'app/bun.lockb', false],
    [pnpFile, 'app/.pnp.cjs', true],
    [pnpFile, '.pnp.data.json', true],
    [pnpFile, 'app/.pnp.loader.mjs', false],
  ])('%o wants %s: %s', (analyzer, path, isWanted) => {
    expect(analyzer.wants(path)).toBe(isWanted)
  })
})

describe('locked npm packages', () => {
  const pkg = (manager: 'NODEPKG' | 'NPM' | 'YARN' | 'OTHER', filePath: string) =>
    anInstalledPackage({ type: 'npm', name: 'a', version: '1.0.0', manager, filePath })

  it('give way to what is installed beside them, whoever locked them', () => {
    const installed = pkg('NODEPKG', 'app/node_modules/a/package.json')
    const pnp = pkg('YARN', 'pnp/.pnp.cjs')
    const elsewhere = [pkg('YARN', 'other/yarn.lock'), pkg('OTHER', 'other/bun.lock')]

    expect(
      withoutLockedCopies([
        installed, pkg('NPM', 'app/package-lock.json'), pkg('YARN', 'app/yarn.lock'), pkg('OTHER', 'app/pnpm-lock.yaml'),
        pkg('OTHER', 'app/bun.lock'), pnp, pkg('YARN', 'pnp/yarn.lock'), ...elsewhere,
      ]),
    ).toEqual([installed, pnp, ...elsewhere]) // prettier-ignore
  })

  it('of a shrinkwrap stand in for the package-lock of the same directory only', () => {
    const shrinkwrap = pkg('NPM', 'app/npm-shrinkwrap.json')
    const yarn = pkg('YARN', 'app/yarn.lock')

    expect(withoutLockedCopies([shrinkwrap, pkg('NPM', 'app/package-lock.json'), yarn])).toEqual([shrinkwrap, yarn])
  })
})
