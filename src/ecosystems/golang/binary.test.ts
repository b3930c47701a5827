import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { contentAnalysisOf, packagesIn } from '../content-analyzer.suite.ts'
import { goBinary } from './binary.ts'
import { packagesOfBuild } from './build-packages.ts'
import { golang } from './ecosystem.ts'

const program = (name: string): Buffer =>
  gunzipSync(readFileSync(new URL(`testdata/program-${name}.gz`, import.meta.url)))

describe('a Go program', () => {
  it.each(['linux-amd64', 'linux-s390x', 'windows-amd64', 'darwin-arm64'])(
    'is read though it is stripped, on %s',
    platform => {
      const analysis = contentAnalysisOf(goBinary, program(platform))

      expect(packagesIn(analysis)).toEqual([
        'stdlib 1.26.8',
        'example.com/dep (devel)',
        'example.com/other/v2 (devel)',
        'example.com/app v1.4.2',
      ])
      expect(analysis).toMatchObject({ packages: [{ manager: 'GOBINARY' }, {}, {}, {}], problems: [] })
    },
  )

  it('is read in the form before Go 1.18, which points to its strings', () => {
    const analysis = contentAnalysisOf(goBinary, program('go117'))

    expect(packagesIn(analysis)).toEqual(['stdlib 1.17', 'example.com/go117 (devel)'])
  })

  it('says so when what it points to is not there', () => {
    const bytes = program('go117')
    bytes.fill(0xff, 753_664 + 16, 753_664 + 32)

    expect(packagesIn(contentAnalysisOf(goBinary, bytes))).toBe('unreadable-build-info')
    expect(packagesIn(contentAnalysisOf(goBinary, program('linux-amd64').subarray(0, 1_171_456 + 40)))).toBe(
      'unreadable-build-info',
    )
  })

  it('is told from other files by its first bytes, and from inputs of tests by its path', () => {
    expect(contentAnalysisOf(goBinary, Buffer.alloc(10_000, '#!/bin/sh\n'))).toBeNull()
    expect(
      contentAnalysisOf(
        goBinary,
        Buffer.concat([Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]), Buffer.alloc(9000)]),
      ),
    ).toBeNull()
    expect(goBinary.wants('usr/local/go/src/debug/buildinfo/testdata/go117/program')).toBe(false)
    expect(goBinary.wants('app/testdata/program')).toBe(true)
  })

  it.each([
    ['usr/bin/tool', true],
    ['tool', true],
    ['usr/local/bin/kubectl-v1.28.0', true],
    ['app/server.linux-amd64', true],
    ['app/server.exe', true],
    ['usr/lib/libx.so.1.2', true],
    ['app/main.py', false],
    ['root/.bashrc', false],
    ['app/.git/objects/ab/0123', false],
  ])('may be called %s: %s', (path, isWanted) => {
    expect(goBinary.wants(path)).toBe(isWanted)
  })
})

describe('the modules of a Go program', () => {
  const namesOf = (toolchain: string, lines: readonly string[]): readonly string[] =>
    packagesOfBuild('a', toolchain, lines.join('\n')).packages.map(({ name, version }) => `${name} ${version}`)

  it('are the replacements where there are such', () => {
    const lines = [
      'dep\texample.com/a\tv1.0.0\th1:x=',
      '=>\texample.com/fork\tv1.0.1\th1:y=',
      'dep\texample.com/b\tv0.0.0\t',
      '=>\t./staging/b\t(devel)\t',
    ]

    expect(namesOf('go1.22.4', lines)).toEqual(['stdlib 1.22.4', 'example.com/fork v1.0.1', 'example.com/b (devel)'])
  })

  it.each([
    ['a tag', 'v1.2.3', '', 'v1.2.3'],
    ['a tag with changes', 'v1.2.3+dirty', '', 'v1.2.3+dirty'],
    ['a commit after a tag', 'v1.2.4-0.20240101000000-0123456789ab', '', 'v1.2.4-0.20240101000000-0123456789ab'],
    ['a commit without tags', 'v0.0.0-20240101000000-0123456789ab+dirty', '', '(devel)'],
    ['nothing', '(devel)', '', '(devel)'],
    ['a flag', '(devel)', '"-s -w -X main.version=1.4.2"', 'v1.4.2'],
    ['a flag of its own package', '(devel)', '"-X \'example.com/app/build.Version=v2.0.0-rc.1\'"', 'v2.0.0-rc.1'],
    ['a flag of another package', '(devel)', '"-X k8s.io/component-base/version.gitVersion=v1.0.0"', '(devel)'],
    ['a flag about Go', '(devel)', '"-X main.goVersion=1.22.4"', '(devel)'],
    ['a flag that is no version', '(devel)', '"-X main.version=dev -X main.commit=1.2.3"', '(devel)'],
  ])('have a main one with the version of %s', (_what, version, flags, expected) => {
    const lines = ['path\texample.com/app', `mod\texample.com/app\t${version}\t`, `build\t-ldflags=${flags}`]

    expect(namesOf('go1.22.4', lines)).toEqual(['stdlib 1.22.4', `example.com/app ${expected}`])
  })

  it.each([
    ['go1.22.4', '1.22.4', undefined],
    ['go1.26.1 X:nodwarf5', '1.26.1', undefined],
    ['go1.26.1-X:nodwarf5,simd', '1.26.1', undefined],
    ['go1.23rc1', '1.23rc1', undefined],
    ['go1.26.5 (Red Hat 1.26.5-1.el9)', '1.26.5', 'Red Hat 1.26.5-1.el9'],
    ['go1.20.12 X:strictfipsruntime (Red Hat)', '1.20.12', 'Red Hat'],
    ['go1.21.6-fips', '1.21.6', 'fips'],
  ])('come with the library of %s', (toolchain, version, vendor) => {
    const [stdlib] = packagesOfBuild('a', toolchain, '').packages

    expect(stdlib).toMatchObject({ name: 'stdlib', version })
    expect(stdlib?.vendor).toBe(vendor)
  })

  it('leave the library out when nobody released the toolchain, and say so', () => {
    const analysis = packagesOfBuild('a', 'devel go1.23-0123456789', '')

    expect(analysis.packages).toEqual([])
    expect(analysis.problems.map(({ reason }) => reason)).toEqual(['unknown-toolchain'])
  })

  it('of the tool that builds are the toolchain itself', () => {
    expect(namesOf('go1.22.4', ['path\tcmd/go', 'mod\tcmd\t(devel)\t'])).toEqual(['stdlib 1.22.4', 'toolchain 1.22.4'])
  })
})

describe('the library of a vendor', () => {
  it('is judged by nobody else: fixes were carried into an older number', () => {
    const [own] = packagesOfBuild('a', 'go1.26.5 (Red Hat 1.26.5-1.el9)', '').packages
    const [plain] = packagesOfBuild('a', 'go1.26.5', '').packages

    expect(golang.otherChannelOf({ namespace: null, ...own! })).toBe('vendor-toolchain')
    expect(golang.otherChannelOf({ namespace: null, ...plain! })).toBeNull()
  })
})
