import * as fc from 'fast-check'
import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PURL_TYPES } from '../domain/namespace.ts'
import { ANALYZERS, ECOSYSTEMS, ecosystemOf, namespaceOfOsv } from './index.ts'
import { isInstalledCopy } from './npm/installed-package.ts'
import { mayHoldLanguagePackage } from './language-paths.ts'

const here = new URL('.', import.meta.url)
const folders = readdirSync(here, { withFileTypes: true }).filter(entry => entry.isDirectory())

describe('the list of ecosystems', () => {
  it('names every folder, sorted by purl type', () => {
    const types = ECOSYSTEMS.map(ecosystem => ecosystem.purlType)

    expect(types).toEqual(folders.map(folder => folder.name).sort())
    expect(types).toEqual([...PURL_TYPES].sort())
    for (const type of types) expect(ecosystemOf(type).purlType).toBe(type)
  })

  it('has a face, tests and sources for each', () => {
    for (const { name } of folders) {
      const files = readdirSync(new URL(`${name}/`, here))
      expect(files).toContain('ecosystem.ts')
      expect(files.some(file => file.endsWith('.test.ts'))).toBe(true)
      expect(existsSync(new URL(`${name}/testdata/SOURCES.md`, here))).toBe(files.includes('testdata'))
    }
  })

  it('gives analyzers distinct ids that begin with their purl type', () => {
    expect(new Set(ANALYZERS.map(analyzer => analyzer.id)).size).toBe(ANALYZERS.length)
    for (const ecosystem of ECOSYSTEMS) {
      for (const { id } of ecosystem.analyzers) expect(id.startsWith(`${ecosystem.purlType}/`)).toBe(true)
    }
  })

  it('lets no two ecosystems claim one namespace of OSV', () => {
    for (const text of [
      'Debian:11',
      'Ubuntu:22.04:LTS',
      'npm',
      'PyPI',
      'Alpine:v3.20',
      'AlmaLinux:9',
      'Rocky Linux:9',
      'Wolfi',
      'crates.io',
      'NuGet',
      'Packagist',
      'Hex',
      'Pub',
      'SwiftURL',
      'GitHub Actions',
      'Bitnami',
      'CRAN',
      'ConanCenter',
      '__proto__',
      '',
    ]) {
      const claims = ECOSYSTEMS.filter(ecosystem => ecosystem.namespaceOfOsv(text) !== null)
      expect(claims.length).toBeLessThanOrEqual(1)
      expect(namespaceOfOsv(text)?.ecosystem).toBe(claims[0])
    }
  })
})

/** Lines and pieces in which the readers of text find their way. */
const FRAGMENTS = [
  'Package: a', 'Version: 1', 'Status: install ok installed', '', ' x', 'ID="a', ':', '[[package]]', 'name = "a"',
  'version = "1"', 'source = "git+x"', 'packages:', '  a:', '    version: "1"', '    source: hosted', '%{', '- uses: a/b@v1',
  '  /a@1.0(b@2)(c):', 'lockfileVersion: 9.0', '# yarn lockfile v1', '  resolution: "a@npm:1.0"', '"patch:a@', '{<<"a">>,{', '+a::b-1-0',
  '  "a": {:hex, :a, "1.0", [], "hexpm"', 'run: |', '<packages>', '<package id="a" version="1"/>', '<!--', '{"packages":[',
] // prettier-ignore

describe.each(ANALYZERS.map(analyzer => [analyzer.id, analyzer] as const))('%s', (_id, analyzer) => {
  it('answers any bytes without throwing, within its limits', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.array(fc.constantFrom(...FRAGMENTS)).map(lines => lines.join('\n')),
    )
    fc.assert(
      fc.property(text, content => {
        const analysis = analyzer.analyze({
          path: 'var/lib/dpkg/info/a.list',
          bytes: new TextEncoder().encode(content),
        })
        expect(analysis.ok ? 'read' : analysis.error.reason).toMatch(/^[a-z-]+$/)
      }),
    )
    // Package databases of desktops with their changelogs are the largest files that are read.
    expect(analyzer.limitBytes).toBeLessThanOrEqual(512 * 1024 * 1024)
  })
})

describe('a megabyte made to mislead', () => {
  const pieces = ['{', '[', '"', '<', ' ', ':', 'a', '\n', '- ', ', ', 'a=', '1.', '<!--', '<package ', ...FRAGMENTS]
  const blobs = pieces.map(piece => new TextEncoder().encode(`${piece}\n${piece.repeat(250_000 / (piece.length + 1))}`))

  it.each(ANALYZERS.map(analyzer => [analyzer.id, analyzer] as const))('does not hold up %s', (_id, analyzer) => {
    for (const bytes of blobs) {
      const start = performance.now()
      analyzer.analyze({ path: 'a/b', bytes })
      // A quarter of a megabyte; a second for the whole is what a loaded machine allows.
      expect(performance.now() - start).toBeLessThan(1000)
    }
  })
})

describe('paths of language packages', () => {
  it('are kept in lists of owned files whenever an analyzer of a language wants them', () => {
    for (const path of [
      'usr/share/nodejs/x/node_modules/y/package.json',
      'a/package-lock.json',
      'a/npm-shrinkwrap.json',
      'usr/lib/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json',
      'usr/share/app/vendor/composer/installed.json',
      'usr/lib/python3/dist-packages/oauthlib-3.2.2.egg-info/PKG-INFO',
      'usr/lib/python3/dist-packages/wsgiref.egg-info',
      'usr/lib/python3/dist-packages/idna-3.3.dist-info/METADATA',
      'usr/share/rubygems-integration/all/specifications/rake-13.0.6.gemspec',
      'usr/share/app/Gemfile.lock',
      'usr/share/app/requirements.txt',
      'usr/share/app/go.mod',
      'usr/lib/R/site-library/readxl/DESCRIPTION',
      'usr/share/app/yarn.lock',
      'usr/share/app/pom.xml',
      'usr/share/app/META-INF/maven/a/b/pom.properties',
      'usr/lib/jvm/java-17-openjdk-amd64/release',
      'usr/share/wordpress/wp-includes/version.php',
      'usr/share/wordpress/wp-content/plugins/akismet/akismet.php',
      'usr/share/wordpress/wp-content/themes/twentytwentyfour/style.css',
    ]) {
      const isWanted = ECOSYSTEMS.some(
        ecosystem => !ecosystem.isOperatingSystem && ecosystem.analyzers.some(analyzer => analyzer.wants(path)),
      )
      expect(isWanted).toBe(true)
      expect(mayHoldLanguagePackage(path)).toBe(true)
    }
    expect(isInstalledCopy('node_modules/x/package.json')).toBe(true)
  })
})
