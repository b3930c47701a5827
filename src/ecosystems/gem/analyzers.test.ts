import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { analysisOf, anInstalledPackage, foundBy, refusalOf } from '../analyzer.suite.ts'
import { gemfileLock } from './gemfile-lock.ts'
import { installedGem } from './installed-gem.ts'
import { withoutLockedCopies } from './locked-copies.ts'

const sample = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')

describe('an installed gem', () => {
  it('is read from a real specification', () => {
    expect(analysisOf(installedGem, sample('net-imap-0.2.4.gemspec'))).toMatchObject({
      packages: [{ type: 'gem', name: 'net-imap', version: '0.2.4', manager: 'GEMSPEC' }],
      problems: [],
    })
  })

  it('has literals only: the stub line stands in for what would have to be run', () => {
    const computed = 'Gem::Specification.new do |spec|\n  spec.name = "a"\n  spec.version = A::VERSION\nend\n'

    expect(refusalOf(installedGem, computed)).toBe('package-without-version')
    expect(foundBy(installedGem, `# stub: a 1.2.3 x86_64-linux lib\n${computed}`)).toEqual(['a 1.2.3'])
    expect(foundBy(installedGem, "s.name = 'a'\ns.version = Gem::Version.new('1.2')\n")).toEqual(['a 1.2'])
    expect(refusalOf(installedGem, 's.name = "#{x}"\ns.version = "1"\n')).toBe('malformed-package-manifest')
  })

  it.each([
    ['usr/lib/ruby/gems/3.1.0/specifications/net-imap-0.2.4.gemspec', true],
    ['usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec', true],
    ['usr/lib/ruby/gems/3.1.0/gems/rbs-2.7.0/rbs.gemspec', false],
    ['app/app.gemspec', false],
  ])('wants %s: %s', (path, isWanted) => {
    expect(installedGem.wants(path)).toBe(isWanted)
  })
})

describe('a lockfile of Bundler', () => {
  it('is read from a real one', () => {
    const analysis = analysisOf(gemfileLock, sample('Gemfile.lock'))

    expect(analysis.problems).toEqual([])
    expect(analysis.packages).toHaveLength(18)
    expect(analysis.packages[0]).toMatchObject({ name: 'activesupport', version: '7.0.3.1', manager: 'BUNDLER' })
  })

  it('gives a gem once for all platforms, and tells where else code came from', () => {
    const lock = `GIT
  remote: https://example.com/fork.git
  revision: 0123abc
  specs:
    fork (1.0.0)
      rack (>= 2)

PATH
  remote: engines/own
  specs:
    own (0.1.0)

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.16.6)
      racc (~> 1.4)
    nokogiri (1.16.6-java)
    nokogiri (1.16.6-x86_64-linux-gnu)
    pre (2.0.0.rc1)
    racc (1.8.0)!

PLATFORMS
  java

DEPENDENCIES
  fork!
`

    expect(foundBy(gemfileLock, lock)).toEqual([
      'fork git+https://example.com/fork.git#0123abc', 'nokogiri 1.16.6', 'pre 2.0.0.rc1', 'racc 1.8.0',
    ]) // prettier-ignore
  })

  it('is refused when it is none, or half merged', () => {
    expect(refusalOf(gemfileLock, 'hello')).toBe('malformed-lockfile')
    expect(refusalOf(gemfileLock, 'GEM\n  specs:\n<<<<<<< HEAD\n    a (1)\n')).toBe('malformed-lockfile')
  })

  it('tells a gem without a version', () => {
    expect(analysisOf(gemfileLock, 'GEM\n  specs:\n    a\n    b ()\n').problems).toHaveLength(2)
  })

  it.each([
    ['app/Gemfile.lock', true],
    ['gems.locked', true],
    ['usr/lib/ruby/gems/3.1.0/gems/rbs-2.7.0/steep/Gemfile.lock', false],
  ])('wants %s: %s', (path, isWanted) => {
    expect(gemfileLock.wants(path)).toBe(isWanted)
  })
})

describe('gems that only repeat what is installed', () => {
  const aGem = (name: string, manager: 'BUNDLER' | 'GEMSPEC', filePath: string) =>
    anInstalledPackage({ type: 'gem', name, version: '1.0', manager, filePath })

  it('are those of a project with its bundle inside, and exact repeats elsewhere', () => {
    const bundled = aGem('rack', 'GEMSPEC', 'app/vendor/bundle/ruby/3.1.0/specifications/rack-1.0.gemspec')
    const developed = aGem('rspec', 'BUNDLER', 'app/Gemfile.lock')
    const repeated = aGem('rack', 'BUNDLER', 'other/Gemfile.lock')
    const another = aGem('rake', 'BUNDLER', 'other/Gemfile.lock')

    expect(withoutLockedCopies([bundled, developed, repeated, another])).toEqual([bundled, another])
    expect(withoutLockedCopies([developed])).toEqual([developed])
  })
})

describe('hostile files of Ruby', () => {
  it.each([
    ['a name', 's.name = "' + 'a'.repeat(8000)],
    ['spaces', 's.version = "1"' + ' '.repeat(8000) + 'x'],
    ['parentheses', '    a (' + '('.repeat(8000)],
    ['specs', '    ' + 'a'.repeat(8000)],
  ])('of %s are read within a second a megabyte', (_what, line) => {
    const bytes = new TextEncoder().encode(`GEM\n  specs:\n${`${line}\n`.repeat(300)}`)
    for (const analyzer of [installedGem, gemfileLock]) {
      const started = performance.now()

      analyzer.analyze({ path: 'x', bytes })

      expect(performance.now() - started).toBeLessThan(1000 * (bytes.length / 1e6))
    }
  })
})
