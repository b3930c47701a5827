import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Distro, Package } from '../../domain/inventory.ts'
import type { FileAnalysis } from '../ecosystem.ts'
import { apk } from './ecosystem.ts'
import { apkInstalled } from './installed-database.ts'
import { alpineRelease, apkRepositories } from './repositories.ts'

const distro = (id: string, versionId: string | null): Distro => ({ id, versionId, codename: null, prettyName: null })

function aPackage(name: string, version: string, source: Package['source'] = null): Package {
  return { type: 'apk', namespace: null, name, version, arch: 'x86_64', source }
}

function read(text: string): FileAnalysis {
  const analysis = apkInstalled.analyze({ path: 'lib/apk/db/installed', bytes: new TextEncoder().encode(text) })
  if (!analysis.ok) throw new Error(analysis.error.detail)
  return analysis.value
}

describe('namespaces of apk packages', () => {
  it.each([
    ['alpine', '3.18.4', 'alpine:3.18'],
    ['alpine', '3.24.0_rc2', 'alpine:3.24'],
    ['alpine', '3.23_alpha20250612', 'alpine:edge'],
    ['alpine', 'edge', 'alpine:edge'],
    ['wolfi', '20230201', 'wolfi'],
    ['chainguard', '20230214', 'chainguard'],
    ['minimos', '20250101', 'minimos'],
    ['alpine', null, null],
    ['alpine', '3', null],
    ['postmarketos', '3.18', null],
    ['alpaquita', '23', null],
  ])('%s %s is %s', (id, versionId, expected) => {
    expect(apk.namespaceOf(distro(id, versionId))).toBe(expected)
  })

  it.each([
    ['Alpine:v3.18', 'alpine:3.18'],
    ['Alpine:edge', 'alpine:edge'],
    ['Wolfi', 'wolfi'],
    ['Chainguard', 'chainguard'],
    ['MinimOS', 'minimos'],
    ['Alpine', null],
    ['Alpine:3.18', null],
    ['Alpaquita:23', null],
  ])('of OSV: %s is %s', (text, expected) => {
    expect(apk.namespaceOfOsv(text)).toBe(expected)
  })
})

describe('what advisories say about an apk package', () => {
  it('goes by its origin, so that sub-packages match', () => {
    const libssl = aPackage('libssl3', '3.1.2-r0', { name: 'openssl', version: '3.1.2-r0' })

    expect(apk.advisorySubject(libssl)).toEqual({ name: 'openssl', version: '3.1.2-r0' })
    expect(apk.advisorySubject(aPackage('zlib', '1.2.13-r1'))).toEqual({ name: 'zlib', version: '1.2.13-r1' })
  })

  it.each([
    ['linux-headers', true],
    ['linux-lts-dev', true],
    ['linux-lts', false],
    ['linux-pam', false],
  ])('kernel files that cannot run: %s is %s', (name, expected) => {
    expect(apk.holdsNoRunnableKernel(aPackage(name, '1'))).toBe(expected)
  })

  it('shows the revision apart', () => {
    const version = apk.scheme.parse('3.1.2-r10')

    expect(apk.versionParts('3.1.2-r10')).toEqual({ epoch: 0, version: '3.1.2', release: 'r10' })
    expect(apk.versionParts('1.2')).toEqual({ epoch: 0, version: '1.2', release: null })
    expect(version.ok && apk.formatFixedVersion(version.value)).toBe('0:3.1.2-r10')
  })
})

describe('an installed database', () => {
  it.each([
    ['lib/apk/db/installed', true],
    ['usr/lib/apk/db/installed', true],
    ['var/lib/apk/db/installed', true],
    ['srv/lib/apk/db/installed', false],
    ['lib/apk/db/installed.new', false],
  ])('at %s: %s', (path, expected) => {
    expect(apkInstalled.wants(path)).toBe(expected)
  })

  it('gives each package with its origin, past blank lines and entries without version', () => {
    const analysis = read(readFileSync(new URL('testdata/installed.txt', import.meta.url), 'utf8'))

    expect(analysis.packages.map(({ name, version, source }) => [name, version, source?.name])).toEqual([
      ['musl', '1.1.14-r10', undefined],
      ['busybox', '1.24.2-r9', undefined],
      ['zlib', '1.2.8-r2', undefined],
      ['libcrypto1.0', '1.0.2h-r1', 'openssl'],
      ['libssl1.0', '1.0.2h-r1', 'openssl'],
      ['scanelf', '1.1.6-r0', 'pax-utils'],
      ['musl-utils', '1.1.14-r10', 'musl'],
      ['sqlite-libs', '3.26.0-r3', 'sqlite'],
      ['test', '2.9.11_pre20061021-r2', 'test-parent'],
    ])
    expect(analysis.problems).toEqual([
      {
        path: 'lib/apk/db/installed',
        reason: 'malformed-package-database',
        detail: 'line 10: invalidPackageWithoutAVersion: no readable version (V)',
      },
    ])
  })

  it('names the language files that a package owns', () => {
    const text = 'P:npm\nV:9.6.6-r0\nF:usr/lib/node_modules/npm\nR:package.json\nR:README.md\nF:\nR:x\nF:etc\nR:y\n'

    expect(read(text).owned).toEqual([{ owner: 'npm', paths: ['usr/lib/node_modules/npm/package.json', 'x'] }])
  })

  it.each([
    ['V:1\n', 'without name'],
    ['P:../a\nV:1\n', 'not a package name'],
    ['P:a\nV:1 2\n', 'version'],
    ['P:a\nV:1\nA:a b\n', 'architecture'],
    ['P:a\nV:1\no:a/b\n', 'origin'],
    ['P:a\nV:1\nnonsense\n', 'not a field'],
  ])('is a problem where it is unreadable: %j', (text, detail) => {
    expect(read(text).problems[0]?.detail).toContain(detail)
  })

  it('is read whatever it holds', () => {
    const line = fc.oneof(
      fc.constantFrom('', 'P:a', 'V:1', 'F:usr', 'R:package.json', 'o:b', 'P:', ':', 'constructor:x'),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(line), lines => {
        expect(read(lines.join('\n')).packages.every(({ name }) => name !== '')).toBe(true)
      }),
    )
  })
})

describe('the repositories of apk', () => {
  const releaseOf = (text: string): string | undefined => {
    const analysis = apkRepositories.analyze({ path: 'etc/apk/repositories', bytes: new TextEncoder().encode(text) })
    return analysis.ok ? analysis.value.packageRelease?.versionId : undefined
  }
  const at = (branch: string, host = 'https://dl-cdn.alpinelinux.org/alpine'): string => `${host}/${branch}/main\n`

  it.each([
    ['one branch', `${at('v3.18')}https://dl-cdn.alpinelinux.org/alpine/v3.18/community\n`, '3.18'],
    ['edge', at('edge'), 'edge'],
    ['a mirror', at('v3.9', 'http://mirror.example/pub'), '3.9'],
    ['several branches: the newest', at('v3.9') + at('v3.18'), '3.18'],
    ['edge beside a branch', at('edge') + at('v3.18'), 'edge'],
    ['a tag', `${at('v3.18')}@edge ${at('edge')}`, '3.18'],
    ['a comment', `${at('v3.18')}# ${at('edge')}`, '3.18'],
    ['a branch that moves', at('latest-stable'), undefined],
    ['somebody else', 'https://packages.example/v3.18/other\n/media/cdrom/apks\n', undefined],
    ['nothing', '', undefined],
  ])('%s', (_what, text, expected) => {
    expect(releaseOf(text)).toBe(expected)
  })

  it('are read whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(releaseOf(text)).toBeUndefined()
      }),
    )
  })
})

describe('alpine-release', () => {
  it.each([
    ['3.18.4\n', '3.18.4'],
    ['3.23_alpha20250612\n', '3.23_alpha20250612'],
    ['<html>', undefined],
    ['', undefined],
  ])('%j is %s', (text, expected) => {
    const analysis = alpineRelease.analyze({ path: 'etc/alpine-release', bytes: new TextEncoder().encode(text) })

    expect(analysis.ok && analysis.value.distro?.versionId).toBe(expected)
    expect(analysis.ok && analysis.value.problems.length).toBe(expected === undefined ? 1 : 0)
  })
})
