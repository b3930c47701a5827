import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { analysisOf, anInstalledPackage, foundBy, refusalOf } from '../analyzer.suite.ts'
import { goMod } from './go-mod.ts'
import { goSum, withoutSumsBesideModFiles } from './go-sum.ts'

const sample = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')

describe('a go.mod', () => {
  it('is read from a real one, replacements in place', () => {
    const analysis = analysisOf(goMod, sample('go.mod'))

    expect(analysis.problems).toEqual([])
    expect(analysis.packages).toHaveLength(21)
    expect(analysis.packages.map(pkg => `${pkg.name} ${pkg.version}`)).toEqual(
      expect.arrayContaining([
        'github.com/BurntSushi/toml v1.2.0',
        'github.com/dgrijalva/jwt-go v3.2.0+incompatible',
        'golang.org/x/net v0.0.0-20210226172049-e18ecbb05110',
        'gopkg.in/yaml.v2 v2.2.3',
      ]),
    )
    expect(new Set(analysis.packages.map(pkg => pkg.manager))).toEqual(new Set(['GOMOD']))
  })

  it('reads quotes, comments, and replacements of one version, of all, and by a directory', () => {
    const mod = `module "example.com/a" // the module
go 1.22.1
toolchain go1.22.3
require "example.com/quoted" v1.0.0
require(
  example.com/one v1.0.0 // indirect
  example.com/other v1.1.0
  example.com/all v1.0.0
  example.com/local v0.0.0
)
replace example.com/one v1.0.0 => example.com/fork v1.0.1
replace (
  example.com/other v1.0.0 => example.com/fork v9.9.9
  example.com/all => example.com/all v1.2.0
  example.com/local => ../local
)
exclude example.com/one v0.9.0
retract v0.1.0
`

    expect(foundBy(goMod, mod)).toEqual([
      'example.com/quoted v1.0.0', 'example.com/fork v1.0.1', 'example.com/other v1.1.0', 'example.com/all v1.2.0',
    ]) // prettier-ignore
  })

  it('tells that it is incomplete before Go 1.17', () => {
    const old = 'module a.example/a\ngo 1.16\nrequire b.example/b v1.0.0\n'

    expect(analysisOf(goMod, old).problems).toMatchObject([{ reason: 'incomplete-lockfile' }])
    expect(analysisOf(goMod, old.replace('1.16', '1.17')).problems).toEqual([])
    expect(analysisOf(goMod, old.replace('go 1.16\n', '')).problems).toHaveLength(1)
  })

  it('leaves out the standard library, which no go.mod decides', () => {
    expect(foundBy(goMod, 'module std\ngo 1.24\nrequire golang.org/x/net v0.1.0\n')).toEqual([])
    expect(foundBy(goMod, 'module a.example/a\ngo 1.20\ntoolchain go1.20.1\n')).toEqual([])
  })

  it('is refused without a module, and tells lines that it cannot read', () => {
    expect(refusalOf(goMod, 'hello')).toBe('malformed-lockfile')
    expect(analysisOf(goMod, 'module a.example/a\ngo 1.20\nrequire b\nreplace c d\n').problems).toHaveLength(2)
  })

  it.each([
    ['app/go.mod', true],
    ['go.mod', true],
    ['root/go/pkg/mod/golang.org/x/mod@v0.21.0/go.mod', false],
    ['app/vendor/x/go.mod', false],
    ['usr/local/go/src/cmd/go/testdata/x/go.mod', false],
    ['app/cargo.mod', false],
  ])('is wanted at %s: %s', (path, isWanted) => {
    expect(goMod.wants(path)).toBe(isWanted)
  })
})

describe('a go.sum', () => {
  it('is read from a real one: the highest version whose content was needed', () => {
    const packages = analysisOf(goSum, sample('go.sum')).packages
    const versionsOf = (name: string): readonly string[] =>
      packages.filter(pkg => pkg.name === name).map(pkg => pkg.version)

    expect(versionsOf('github.com/gin-gonic/gin')).toEqual(['v1.8.1'])
    expect(new Set(packages.map(pkg => pkg.name)).size).toBe(packages.length)
    const modules = analysisOf(goMod, sample('go.mod')).packages
    const missing = modules.filter(({ name, version }) => !versionsOf(name).includes(version))
    expect(missing.map(({ name, version }) => `${name} ${version}`)).toEqual([])
  })

  it('is refused when it is none, and tells lines that it cannot read', () => {
    expect(refusalOf(goSum, 'hello')).toBe('malformed-lockfile')
    expect(analysisOf(goSum, 'a.example/a v1.0.0 h1:x=\nhello\n').problems).toHaveLength(1)
  })

  it('counts only where no go.mod lies beside it', () => {
    const at = (filePath: string) =>
      anInstalledPackage({ type: 'golang', name: 'a.example/a', version: 'v1.0.0', manager: 'GOMOD', filePath })

    const kept = withoutSumsBesideModFiles([at('app/go.mod'), at('app/go.sum'), at('old/go.sum')])

    expect(kept.map(pkg => pkg.filePath)).toEqual(['app/go.mod', 'old/go.sum'])
  })
})

describe('hostile files of Go', () => {
  it.each([
    ['spaces', 'require' + ' '.repeat(8000) + 'x'],
    ['parentheses', 'require ' + '('.repeat(8000)],
    ['slashes', 'require a' + '/'.repeat(8000)],
    ['quotes', 'require ' + '"a '.repeat(2500)],
  ])('of %s are read within a second a megabyte', (_what, line) => {
    const bytes = new TextEncoder().encode(`module a.example/a\n${`${line}\n`.repeat(300)}`)
    for (const analyzer of [goMod, goSum]) {
      const started = performance.now()

      analyzer.analyze({ path: 'x', bytes })

      expect(performance.now() - started).toBeLessThan(1000 * (bytes.length / 1e6))
    }
  })
})
