import { describe, expect, it } from 'vitest'
import { analysisOf, anInstalledPackage, foundBy, refusalOf } from '../analyzer.suite.ts'
import { golang } from './ecosystem.ts'
import { readFileSync } from 'node:fs'
import { vendoredModules } from './vendored-modules.ts'

describe('vendor/modules.txt', () => {
  it('names the modules whose code is there, replacements included', () => {
    const { packages, problems } = analysisOf(
      vendoredModules,
      readFileSync(new URL('testdata/modules.txt', import.meta.url)),
      'app/vendor/modules.txt',
    )

    expect(packages.map(pkg => `${pkg.name} ${pkg.version} ${pkg.manager}`)).toEqual([
      'github.com/pkg/errors v0.8.1 GOMOD',
      'gopkg.in/yaml.v2 v2.2.2 GOMOD',
    ])
    expect(problems).toEqual([])
  })

  it('leaves out modules without packages, and tells names that are none', () => {
    const text = '# a.example/a v1.0.0\n## explicit\n# b.example/b v1.1.0\nb.example/b/sub\n# ../c v1.0.0\nc\n'

    expect(foundBy(vendoredModules, text)).toEqual(['b.example/b v1.1.0'])
    expect(analysisOf(vendoredModules, text).problems).toMatchObject([{ reason: 'malformed-lockfile' }])
    expect(refusalOf(vendoredModules, 'words')).toBe('malformed-lockfile')
  })

  it.each([
    ['vendor/modules.txt', true],
    ['app/vendor/modules.txt', true],
    ['root/go/pkg/mod/a.example/a@v1.0.0/vendor/modules.txt', false],
    ['app/vendor/a.example/a/vendor/modules.txt', false],
    ['app/modules.txt', false],
  ])('is wanted at %s: %s', (path, isWanted) => {
    expect(vendoredModules.wants(path)).toBe(isWanted)
  })

  it('wins over go.mod and go.sum of its project', () => {
    const found = (filePath: string) =>
      anInstalledPackage({ type: 'golang', name: 'a.example/a', version: 'v1.0.0', manager: 'GOMOD', filePath })
    const paths = ['app/go.mod', 'app/go.sum', 'app/vendor/modules.txt', 'b/go.sum'].map(found)

    expect(golang.withoutCopies(paths).map(pkg => pkg.filePath)).toEqual(['app/vendor/modules.txt', 'b/go.sum'])
  })
})
