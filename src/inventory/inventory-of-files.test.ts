import { describe, expect, it } from 'vitest'
import { EMPTY_ANALYSIS, type FoundPackage } from '../ecosystems/ecosystem.ts'
import { dpkgStatus } from '../ecosystems/deb/status-file.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { inventoryOfFiles, type VisibleFile } from './inventory-of-files.ts'

function npmFile(path: string, manager: FoundPackage['manager'], ...names: readonly string[]): VisibleFile {
  const packages = names.map((name): FoundPackage => {
    return { type: 'npm', name, version: '1.0.0', arch: null, source: null, manager }
  })
  return { path, analysis: { ...EMPTY_ANALYSIS, packages }, layerOf: () => null }
}

describe('inventoryOfFiles', () => {
  it('lets the installed copy of a project win over its lockfile', () => {
    const files = [
      npmFile('srv/app/package-lock.json', 'NPM', 'minimist', 'left-out-dev-tool'),
      npmFile('srv/app/node_modules/minimist/package.json', 'NODEPKG', 'minimist'),
      npmFile('srv/other/package-lock.json', 'NPM', 'minimist'),
    ]

    const { packages } = inventoryOfFiles(files, ECOSYSTEMS, [])

    expect(packages.map(pkg => [pkg.filePath, pkg.name])).toEqual([
      ['srv/app/node_modules/minimist/package.json', 'minimist'],
      ['srv/other/package-lock.json', 'minimist'],
    ])
  })
})

describe('the release that packages are matched in', () => {
  const telling = (path: string, analysis: Partial<VisibleFile['analysis']>): VisibleFile => {
    return { path, analysis: { ...EMPTY_ANALYSIS, ...analysis }, layerOf: () => null }
  }
  const distro = (id: string, versionId: string) => ({ id, versionId, codename: null, prettyName: null })
  const musl = { type: 'apk', name: 'musl', version: '1-r0', arch: null, source: null, manager: 'OS' } as const
  const installed = telling('lib/apk/db/installed', { packages: [musl] })
  const repositories = telling('etc/apk/repositories', { packageRelease: { distroId: 'alpine', versionId: 'edge' } })
  const release = telling('etc/alpine-release', { distro: distro('alpine', '3.18.4') })
  const osRelease = (id: string) => telling('etc/os-release', { distro: distro(id, '3.18.4') })

  it.each([
    ['of os-release', [osRelease('alpine')], 'alpine:3.18'],
    ['of the repositories', [osRelease('alpine'), repositories], 'alpine:edge'],
    ["not of another distribution's repositories", [osRelease('wolfi'), repositories], 'wolfi'],
    ['of alpine-release alone', [release], 'alpine:3.18'],
    ['of os-release before alpine-release', [release, osRelease('wolfi')], 'wolfi'],
    ['of the repositories alone', [repositories], 'alpine:edge'],
    ['of nothing', [], null],
  ])('is that %s', (_what, files, expected) => {
    const { packages } = inventoryOfFiles([...files, installed], ECOSYSTEMS, [])

    expect(packages.map(({ namespace }) => namespace)).toEqual([expected])
  })

  it('is that of the package database where os-release was replaced', () => {
    const status = 'Package: base-files\nStatus: install ok installed\nVersion: 11.1+deb11u9\n'
    const path = 'var/lib/dpkg/status'
    const analysis = dpkgStatus.analyze({ path, bytes: new TextEncoder().encode(status) })
    if (!analysis.ok) throw new Error(analysis.error.detail)
    const namespaces = (id: string) =>
      inventoryOfFiles(
        [telling('etc/os-release', { distro: distro(id, '12') }), telling(path, analysis.value)],
        ECOSYSTEMS,
        [],
      ).packages.map(pkg => pkg.namespace)

    expect(namespaces('debian')).toEqual(['debian:11'])
    expect(namespaces('raspbian')).toEqual([null])
  })

  it('does not change what the distribution says of itself', () => {
    const files = [osRelease('alpine'), repositories]

    expect(inventoryOfFiles(files, ECOSYSTEMS, []).distro?.versionId).toBe('3.18.4')
  })
})
