import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anInstalledPackage, foundBy, refusalOf } from '../analyzer.suite.ts'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { cran } from './ecosystem.ts'
import { installedRPackage } from './installed-package.ts'
import { renvLock } from './renv-lock.ts'
import { cranScheme } from './version.ts'

const FACTS = `
1.0 < 1.0.0
1.0-1 = 1.0.1
1.1-4 < 1.1-10
0.99.60 < 0.100
1.7-3 > 1.6.9
2.1.6 < 2.1.6-1
01.02 = 1.2
1.1000000000000000000000000000000 > 1.999999999999999999999999999999
`

describe('the order of R', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(cranScheme, left, right)).toBe(order)
    expect(compareTexts(cranScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it.each([[''], ['1.0a'], ['v1.0'], ['1..0'], ['1.'], ['-1'], ['github:1.0'], ['1.0+1'], [`1${'.1'.repeat(1024)}`]])(
    'refuses %j',
    text => {
      expect(cranScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'cran' } })
    },
  )

  const number = fc.oneof(fc.nat({ max: 12 }).map(String), fc.constantFrom('00', '01', '20260101'))
  obeysTheVersionOrder(
    cranScheme,
    fc
      .tuple(fc.array(number, { minLength: 1, maxLength: 5 }), fc.constantFrom('.', '-'))
      .map(([parts, mark]) => parts.join(mark)),
  )
})

describe('renv.lock', () => {
  const analyze = (content: unknown) =>
    renvLock.analyze({ path: 'renv.lock', bytes: new TextEncoder().encode(JSON.stringify(content)) })
  const R = { Version: '4.5.3', Repositories: [{ Name: 'CRAN', URL: 'https://cloud.r-project.org' }] }

  it('names packages of CRAN, and code from elsewhere by its source', () => {
    // Names, versions and sources as in public lockfiles.
    const Packages = {
      DBI: { Package: 'DBI', Version: '1.3.0', Source: 'Repository', Repository: 'CRAN' },
      DEoptimR: {
        Package: 'DEoptimR',
        Version: '1.1-4',
        Source: 'Repository',
        Repository: 'https://mirror.example.com',
      },
      BiocGenerics: { Package: 'BiocGenerics', Version: '0.46.0', Source: 'Bioconductor' },
      Rhdf5lib: { Package: 'Rhdf5lib', Version: '1.0.0', Source: 'Repository', Repository: 'Bioconductor 3.17' },
      forked: { Package: 'forked', Version: '0.1.0', Source: 'GitHub', RemoteUsername: 'x', RemoteSha: '0' },
    }

    const analysis = analyze({ R, Packages })

    if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
    expect(analysis.value.packages.map(found => `${found.name} ${found.version}`)).toEqual([
      'DBI 1.3.0',
      'DEoptimR 1.1-4',
      'forked github:0.1.0',
    ])
    expect(analysis.value.problems).toEqual([])
  })

  it('may lock nothing, but must have packages', () => {
    expect(analyze({ R, Packages: [] })).toMatchObject({ ok: true, value: { packages: [] } })
    expect(analyze({ R, Packages: {} })).toMatchObject({ ok: true })
    expect(analyze({ R })).toMatchObject({ ok: false, error: { reason: 'malformed-lockfile' } })
    const poor = analyze({ Packages: { a: 1, b: { Source: 'Repository' }, 'c/d': { Version: '1' } } })
    expect(poor.ok && poor.value.problems).toHaveLength(3)
  })

  it('is matched in the namespace cran', () => {
    expect(cran.namespaceOfOsv('CRAN')).toBe('cran')
    expect(
      cran.remediation({ type: 'cran', namespace: null, name: "x');q('", version: '1', arch: null, source: null }),
    ).toBe(`Rscript -e 'renv::update()'`)
  })
})

describe('an installed package of R', () => {
  const description = (...lines: readonly string[]): string =>
    ['Package: readxl', 'Version: 1.4.0', ...lines, 'Built: R 4.3.1; ; 2026-01-01 00:00:00 UTC; unix', ''].join('\n')

  it('is one of CRAN where its repository is', () => {
    expect(foundBy(installedRPackage, description('Title: A', '  Version: 9', 'Repository: CRAN'))).toEqual([
      'readxl 1.4.0',
    ])
    expect(foundBy(installedRPackage, description('Repository: RSPM', 'RemoteType: standard'))).toEqual([
      'readxl 1.4.0',
    ])
  })

  it('is listed under where else it comes from', () => {
    expect(foundBy(installedRPackage, description('RemoteType: github'))).toEqual(['readxl github:1.4.0'])
    expect(foundBy(installedRPackage, description())).toEqual(['readxl local:1.4.0'])
  })

  it('is none of R itself, of Bioconductor, or of a directory of sources', () => {
    expect(foundBy(installedRPackage, description('Priority: base'))).toEqual([])
    expect(foundBy(installedRPackage, description('biocViews: Software'))).toEqual([])
    expect(foundBy(installedRPackage, 'Package: readxl\nVersion: 1.4.0\n')).toEqual([])
  })

  it('has a name and a version', () => {
    expect(refusalOf(installedRPackage, 'Package: ../a\nVersion: 1\nBuilt: x\n')).toBe('malformed-package-manifest')
    expect(refusalOf(installedRPackage, 'Package: a\nBuilt: x\n')).toBe('package-without-version')
  })

  it.each([
    ['usr/lib/R/site-library/readxl/DESCRIPTION', true],
    ['usr/lib/R/library/stats/DESCRIPTION', true],
    ['home/u/R/x86_64-pc-linux-gnu-library/4.3/readxl/DESCRIPTION', true],
    ['app/renv/library/R-4.3/x86_64-pc-linux-gnu/readxl/DESCRIPTION', true],
    ['src/readxl/DESCRIPTION', false],
  ])('is wanted at %s: %s', (path, isWanted) => {
    expect(installedRPackage.wants(path)).toBe(isWanted)
  })

  it('wins over the lock of its project, and over what repeats it', () => {
    const found = (name: string, filePath: string) =>
      anInstalledPackage({ type: 'cran', name, version: '1.0', manager: 'OTHER', filePath })
    const installed = found('a', 'app/renv/library/R-4.3/x/a/DESCRIPTION')
    const other = found('b', 'other/renv.lock')

    expect(cran.withoutCopies([installed, found('c', 'app/renv.lock'), found('a', 'other/renv.lock'), other])).toEqual([
      installed,
      other,
    ])
  })
})
