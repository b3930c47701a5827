import { describe, expect, it } from 'vitest'
import type { FoundPackage } from '../ecosystem.ts'
import { refusalOf } from '../analyzer.suite.ts'
import { chiselManifest } from './chisel-manifest.ts'
import { releaseOfBaseFiles } from './release-files.ts'
import { dpkgStatus } from './status-file.ts'

const baseFiles = (version: string): FoundPackage => ({
  type: 'deb', name: 'base-files', version, arch: 'amd64', source: null, manager: 'OS',
}) // prettier-ignore

describe('the release of base-files', () => {
  it.each([
    ['11.1+deb11u9', 'debian 11'],
    ['12.4+deb12u5', 'debian 12'],
    ['8+deb8u11', 'debian 8'],
    ['13.3', 'debian 13'],
    ['12ubuntu4.6', 'ubuntu 22.04'],
    ['13ubuntu10', 'ubuntu 24.04'],
    ['13ubuntu3', null],
    ['10.3+devuan3.5', null],
    ['11.1+rpi1+deb11u5', null],
    ['1:2026.1.0', null],
  ])('%s is %s', (version, expected) => {
    const release = releaseOfBaseFiles([baseFiles(version)])

    expect(release === undefined ? null : `${release.distroId} ${release.versionId}`).toBe(expected)
  })

  it('is told by the package database', () => {
    const status =
      'Package: base-files\nStatus: install ok installed\nVersion: 12.4+deb12u5\n\nPackage: curl\nStatus: install ok installed\nVersion: 1\n'
    const analysis = dpkgStatus.analyze({ path: 'var/lib/dpkg/status', bytes: new TextEncoder().encode(status) })

    expect(analysis.ok && analysis.value.packageRelease).toEqual({ distroId: 'debian', versionId: '12' })
    expect(releaseOfBaseFiles([])).toBeUndefined()
  })
})

describe('the manifest of Chisel', () => {
  it('is told as unread', () => {
    expect(refusalOf(chiselManifest, '')).toBe('unsupported-package-database')
  })
})
