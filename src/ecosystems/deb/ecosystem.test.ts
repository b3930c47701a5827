import { describe, expect, it } from 'vitest'
import type { Distro, Package } from '../../domain/inventory.ts'
import { deb } from './ecosystem.ts'

const distro = (id: string, versionId: string | null): Distro => ({ id, versionId, codename: null, prettyName: null })

function aPackage(name: string, version: string, source: Package['source'] = null): Package {
  return { type: 'deb', namespace: null, name, version, arch: 'amd64', source }
}

describe('namespaces of Debian packages', () => {
  it.each([
    ['debian', '11', 'debian:11'],
    ['debian', '11.7', 'debian:11'],
    ['ubuntu', '22.04', 'ubuntu:22.04'],
    ['debian', null, null],
    ['debian', 'bookworm', null],
    ['ubuntu', '22', null],
    ['raspbian', '11', null],
    ['linuxmint', '21', null],
  ])('%s %s is %s', (id, versionId, expected) => {
    expect(deb.namespaceOf(distro(id, versionId))).toBe(expected)
  })

  it.each([
    ['debian', 'forky', 'debian:14', 'testing, and unstable under its name'],
    ['debian', 'bullseye', 'debian:11', 'a release'],
    ['debian', 'sid', null, 'no release'],
    ['debian', 'constructor', null, 'no name that we know'],
    ['ubuntu', 'bullseye', null, 'a name of another distribution'],
  ])('%s without a number, codename %s: %s (%s)', (id, codename, expected, _what) => {
    expect(deb.namespaceOf({ ...distro(id, null), codename })).toBe(expected)
  })

  it.each([
    ['Debian:11', 'debian:11'],
    ['Ubuntu:22.04:LTS', 'ubuntu:22.04'],
    ['Ubuntu:23.10', 'ubuntu:23.10'],
    ['Ubuntu:Pro:22.04:LTS', null],
    ['Ubuntu:Pro:FIPS:20.04:LTS', null],
    ['Ubuntu:22.04:LTS:Realtime', null],
    ['Debian', null],
    ['Ubuntu', null],
    ['npm', null],
  ])('of OSV: %s is %s', (text, expected) => {
    expect(deb.namespaceOfOsv(text)).toBe(expected)
  })
})

describe('what advisories say about a Debian package', () => {
  it.each([
    [aPackage('curl', '7.74.0-1.3+deb11u7'), 'curl', '7.74.0-1.3+deb11u7'],
    [aPackage('curl', '7.74.0-1+b1'), 'curl', '7.74.0-1'],
    [aPackage('gcc', '4:12.2.0-3', { name: 'gcc-defaults', version: '1.203' }), 'gcc-defaults', '1.203'],
    [
      aPackage('linux-image-5.10.0-22-amd64', '5.10.178-3', { name: 'linux-signed-amd64', version: '5.10.178+3' }),
      'linux',
      '5.10.178-3',
    ],
    [
      aPackage('linux-image-6.8.0-1010-aws', '6.8.0-1010.10', { name: 'linux-signed-aws', version: '6.8.0-1010.10' }),
      'linux-aws',
      '6.8.0-1010.10',
    ],
    [
      aPackage('linux-image-6.1.0-9-amd64', '6.1.27-1~bpo11+1', {
        name: 'linux-signed-6.1-amd64',
        version: '6.1.27+1',
      }),
      'linux-6.1',
      '6.1.27-1~bpo11+1',
    ],
    [
      aPackage('linux-image-6.8.0-40-generic', '6.8.0-40.40~22.04.3', {
        name: 'linux-signed-hwe-6.8',
        version: '6.8.0-40.40~22.04.3',
      }),
      'linux-hwe-6.8',
      '6.8.0-40.40~22.04.3',
    ],
    [
      aPackage('linux-image-5.15.0-91-generic', '5.15.0-91.101', { name: 'linux-signed', version: '5.15.0-91.101+1' }),
      'linux',
      '5.15.0-91.101',
    ],
    [
      aPackage('linux-image-6.5.0-1010-azure-fde', '6.5.0-1010.10~22.04.1.1', {
        name: 'linux-signed-azure-fde-6.5',
        version: '6.5.0-1010.10~22.04.1.1',
      }),
      'linux-azure-fde-6.5',
      '6.5.0-1010.10~22.04.1.1',
    ],
    [
      aPackage('linux-image-unsigned-5.15.0-91-lowlatency', '5.15.0-91.101', {
        name: 'linux-lowlatency',
        version: '5.15.0-91.101',
      }),
      'linux-lowlatency',
      '5.15.0-91.101',
    ],
    [
      aPackage('linux-image-generic-hwe-22.04', '6.8.0.40.40~22.04.3', {
        name: 'linux-meta-hwe-6.8',
        version: '6.8.0.40.40~22.04.3',
      }),
      'linux-meta-hwe-6.8',
      '6.8.0.40.40~22.04.3',
    ],
  ])('goes by its source', (pkg, name, version) => {
    expect(deb.advisorySubject(pkg)).toEqual({ name, version })
  })

  it.each([
    ['1.0-1ubuntu1+esm1', 'ubuntu-esm-build'],
    ['1.0-1ubuntu1~esm2', 'ubuntu-esm-build'],
    ['1.1.1f-1ubuntu2.fips.7.1', 'ubuntu-fips-build'],
    ['3.0.2-0ubuntu1.12+Fips1', 'ubuntu-fips-build'],
    ['1.0-1ubuntu1.1', null],
  ])('of another channel: %s', (version, expected) => {
    expect(deb.otherChannelOf(aPackage('x', version))).toBe(expected)
  })

  it.each([
    ['1.0-1ubuntu1+esm1', ['esm-apps'], null],
    ['1.0-1ubuntu1+esm1', ['fips'], 'ubuntu-esm-build'],
    ['3.0.2-0ubuntu1.12+Fips1', ['fips-updates'], null],
    ['3.0.2-0ubuntu1.12+Fips1', ['esm-infra'], 'ubuntu-fips-build'],
    ['15.4-1.pgdg22.04+1', ['esm-apps'], 'third-party-package'],
  ])('%s can be judged by entries of %j: %s', (version, channels, expected) => {
    expect(deb.otherChannelOf(aPackage('x', version), channels)).toBe(expected)
  })

  it.each([
    ['linux-libc-dev', 'linux', true],
    ['linux-headers-5.10.0-22-amd64', 'linux', true],
    ['linux-aws-headers-5.15.0-1001', 'linux-aws', true],
    ['linux-doc', 'linux', true],
    ['linux-image-5.10.0-22-amd64', 'linux', false],
    ['linux-modules-5.15.0-91-generic', 'linux', false],
    ['linux-headers-tool', 'something', false],
    ['linuxptp', 'linuxptp', false],
  ])('kernel files that cannot run: %s of %s is %s', (name, source, expected) => {
    expect(deb.holdsNoRunnableKernel(aPackage(name, '1', { name: source, version: '1' }))).toBe(expected)
  })
})

describe('how the API shows a Debian version', () => {
  it.each([
    ['1:2.36.1-8+deb11u1', 1, '2.36.1', '8+deb11u1', '1:2.36.1-8+deb11u1'],
    ['2.4.1-3', 0, '2.4.1', '3', '0:2.4.1-3'],
    ['20210119', 0, '20210119', null, '0:20210119'],
  ])('%s', (text, epoch, version, release, fixed) => {
    const parsed = deb.scheme.parse(text)
    if (!parsed.ok) throw new Error(text)

    expect(deb.versionParts(text)).toEqual({ epoch, version, release })
    expect(deb.formatFixedVersion(parsed.value)).toBe(fixed)
  })
})
