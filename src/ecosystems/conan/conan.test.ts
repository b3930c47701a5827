import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { analysisOf, anInstalledPackage, foundBy, refusalOf } from '../analyzer.suite.ts'
import { conanLock } from './conan-lock.ts'
import { conanfileText } from './conanfile-text.ts'
import { conan } from './ecosystem.ts'
import { conanScheme } from './version.ts'

const FACTS = `
1.1.1 < 1.1.1a
1.1.1a < 1.1.1w
1.1.1w < 1.1.2
1.1.1w < 3.0.0
1.1 < 1.1.1
1.1.1 < 1.1a
1.0 = 1.0.0
1 = 1.0.0.0
9c < 9d
9d < 9e
2.12.1 < 2.13
1.0-beta < 1.0
1.0-beta.2 < 1.0-beta.11
1.0-beta < 1.0.0.1
1.0 < 1.0+1
1.0+1 < 1.0+2
1.0-rc1 < 1.0+1
20210324.0 < 20210324.2
10.2 > 9.9
1.1.1W = 1.1.1w
`

describe('the order of Conan', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(conanScheme, left, right)).toBe(order)
    expect(compareTexts(conanScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it.each([
    [''], ['cci.20200101'], ['system'], ['master'], ['[>=1.0]'], ['1..0'], ['1.'], ['1.0-'], ['1.0+'], ['1_0'], ['1.0 '.repeat(2)],
    [`1.${'0'.repeat(1024)}`],
  ])('refuses %j', text => {
    expect(conanScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'conan' } })
  }) // prettier-ignore

  const item = fc.stringMatching(/^[0-9]{1,2}[a-c]{0,2}[0-9]{0,1}$/)
  const list = fc.array(fc.constantFrom('0', '1', '10', 'a', 'rc'), { minLength: 1, maxLength: 2 })
  obeysTheVersionOrder(
    conanScheme,
    fc
      .tuple(fc.array(item, { minLength: 1, maxLength: 4 }), fc.option(list), fc.option(list))
      .map(([items, pre, build]) => {
        return `${items.join('.')}${pre === null ? '' : `-${pre.join('.')}`}${build === null ? '' : `+${build.join('.')}`}`
      }),
  )
})

describe('conan.lock', () => {
  const analyze = (bytes: Uint8Array) => conanLock.analyze({ path: 'conan.lock', bytes })
  const bytesOf = (content: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(content))

  it.each(['version-1.lock', 'version-2.lock'])('names the packages of %s, without the project itself', name => {
    const analysis = analyze(readFileSync(new URL(`testdata/${name}`, import.meta.url)))

    if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
    expect(analysis.value.packages.map(found => `${found.name} ${found.version}`).sort()).toEqual([
      'brotli 1.0.9',
      'bzip2 1.0.8',
      'freetype 2.12.1',
      'libpng 1.6.39',
      'zlib 1.2.13',
    ])
    expect(analysis.value.problems).toEqual([])
  })

  it('reads references with a user and channel, and pairs with package ids', () => {
    const analysis = analyze(
      bytesOf({ version: '0.5', requires: ['openssl/1.1.1w@acme/stable#0%1.0', ['zlib/1.2.11', {}]] }),
    )

    expect(analysis).toMatchObject({
      ok: true,
      value: {
        packages: [
          { name: 'openssl', version: '1.1.1w' },
          { name: 'zlib', version: '1.2.11' },
        ],
        problems: [],
      },
    })
  })

  it('is a problem as a whole, or entry by entry', () => {
    expect(analyze(bytesOf({ version: '0.5' }))).toMatchObject({ ok: false })
    const analysis = analyze(bytesOf({ requires: [1, 'noslash', 'x/', '../y/1.0'] }))
    expect(analysis.ok && analysis.value.problems).toHaveLength(4)
    const graph = analyze(bytesOf({ graph_lock: { nodes: { 0: { path: 'conanfile.txt' }, 1: 1 } } }))
    expect(graph.ok && graph.value.problems).toHaveLength(1)
  })

  it('is matched in the namespace conan', () => {
    expect(conan.namespaceOfOsv('ConanCenter')).toBe('conan')
  })
})

describe('conanfile.txt', () => {
  const text = `# comment
[requires]
zlib/1.2.11
openssl/1.1.1k@conan/stable#0123 # why
range/[>1.0 <2.0]

[tool_requires]
cmake/3.22.0
[generators]
CMakeDeps
`

  it('names what it requires exactly, and tells what it does not', () => {
    expect(foundBy(conanfileText, text)).toEqual(['zlib 1.2.11', 'openssl 1.1.1k', 'cmake 3.22.0'])
    expect(analysisOf(conanfileText, text).problems).toMatchObject([{ reason: 'package-without-version' }])
    expect(analysisOf(conanfileText, '[requires]\nzlib\n').problems).toMatchObject([{ reason: 'malformed-lockfile' }])
    expect(refusalOf(conanfileText, 'zlib/1.2.11')).toBe('malformed-lockfile')
  })

  it('gives way to a lock beside it', () => {
    const found = (filePath: string) =>
      anInstalledPackage({ type: 'conan', name: 'zlib', version: '1.2.11', manager: 'OTHER', filePath })
    const paths = ['app/conan.lock', 'app/conanfile.txt', 'b/conanfile.txt'].map(found)

    expect(conan.withoutCopies(paths).map(pkg => pkg.filePath)).toEqual(['app/conan.lock', 'b/conanfile.txt'])
  })
})
