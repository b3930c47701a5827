import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { InstalledPackage } from '../../domain/inventory.ts'
import type { Analyzer } from '../ecosystem.ts'
import { composerLock } from './composer-lock.ts'
import { composer } from './ecosystem.ts'
import { installedJson } from './installed-json.ts'

const sample = (name: string): Uint8Array => readFileSync(new URL(`testdata/${name}`, import.meta.url))
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

function namesOf(analyzer: Analyzer, bytes: Uint8Array): string[] {
  const analysis = analyzer.analyze({ path: 'composer.lock', bytes })
  if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
  return analysis.value.packages.map(found => `${found.name} ${found.version}`)
}

describe('composer files', () => {
  it.each([
    ['composer.lock', 'app/composer.lock', true],
    ['composer.lock', 'app/mycomposer.lock', false],
    ['installed.json', 'app/vendor/composer/installed.json', true],
    ['installed.json', 'app/vendor/installed.json', false],
  ])('%s: %s %s', (which, path, expected) => {
    expect((which === 'composer.lock' ? composerLock : installedJson).wants(path)).toBe(expected)
  })

  it('lock packages and development packages', () => {
    expect(namesOf(composerLock, sample('composer.lock'))).toEqual([
      'guzzlehttp/psr7 1.8.3',
      'symfony/http-kernel v4.4.49',
      'doctrine/inflector dev-master',
      'phpunit/phpunit 9.6.13',
    ])
  })

  it('list what is installed, as Composer 1 and as Composer 2 write it', () => {
    expect(namesOf(installedJson, sample('installed-v1.json'))).toEqual(['twig/twig v1.44.6', 'drupal/core 8.9.20'])
    expect(namesOf(installedJson, sample('installed-v2.json'))).toContain('symfony/http-kernel v4.4.49')
  })

  it('keep what can be read, and report the rest', () => {
    const bytes = bytesOf(
      '{"packages":[{"name":"a/b","version":"1.0"},1,{"name":"a/b"},{"name":"../x","version":"1"}]}',
    )

    const analysis = composerLock.analyze({ path: 'composer.lock', bytes })

    expect(analysis).toMatchObject({ ok: true, value: { packages: [{ name: 'a/b' }] } })
    expect(analysis.ok && analysis.value.problems.map(problem => problem.reason)).toEqual([
      'malformed-lockfile',
      'package-without-version',
      'malformed-lockfile',
    ])
  })

  it.each(['', '[]', '{}', '{"packages":{}}', 'null'])('are a problem as a whole: %j', text => {
    expect(composerLock.analyze({ path: 'composer.lock', bytes: bytesOf(text) })).toMatchObject({ ok: false })
  })
})

describe('what advisories say about a Composer package', () => {
  function found(name: string, version: string, filePath: string): InstalledPackage {
    const rest = { type: 'composer', namespace: null, arch: null, source: null, manager: 'COMPOSER' } as const
    return { ...rest, name, version, filePath, layer: null, ownedBy: null }
  }

  it('goes by its name without regard to case', () => {
    expect(composer.canonicalName('Twig/Twig')).toBe('twig/twig')
  })

  it('cannot be told of a branch', () => {
    const { version } = composer.advisorySubject(found('twig/twig', '3.x-dev', 'composer.lock'))

    expect(composer.scheme.parse(version).ok).toBe(false)
    expect(composer.advisorySubject(found('twig/twig', 'v3.0.0', 'composer.lock')).version).toBe('v3.0.0')
  })

  it('comes from Packagist and from Drupal, not from private repositories', () => {
    expect(composer.namespaceOfOsv('Packagist')).toBe('composer')
    expect(composer.namespaceOfOsv('Packagist:https://packages.drupal.org/8')).toBe('composer')
    expect(composer.namespaceOfOsv('Packagist:https://repo.example.com')).toBeNull()
  })

  it('counts the installed copy, not the lock of the same project', () => {
    const kept = composer.withoutCopies([
      found('a/b', '1.0', 'app/vendor/composer/installed.json'),
      found('a/b', '1.0', 'app/composer.lock'),
      found('dev/only', '1.0', 'app/composer.lock'),
      found('a/b', '1.0', 'other/composer.lock'),
    ])

    expect(kept.map(pkg => pkg.filePath)).toEqual(['app/vendor/composer/installed.json', 'other/composer.lock'])
  })
})
