import { describe, expect, it } from 'vitest'
import type { Distro, InstalledPackage, Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { rpm } from './ecosystem.ts'

const distro = (id: string, versionId: string | null): Distro => ({ id, versionId, codename: null, prettyName: null })

function aPackage(name: string, version: string, more: Partial<Package> = {}): Package {
  return { type: 'rpm', namespace: namespace('almalinux:9'), name, version, arch: 'x86_64', source: null, ...more }
}

describe('namespaces of rpm packages', () => {
  it.each([
    ['almalinux', '9.4', 'almalinux:9'],
    ['rocky', '8.10', 'rocky:8'],
    ['rhel', '9.6', 'rhel:9'],
    ['amzn', '2023', 'amzn:2023'],
    ['amzn', '2', 'amzn:2'],
    ['amzn', '2018.03', 'amzn:2018.03'],
    ['amzn', '2017.09', 'amzn:2018.03'],
    ['ol', '9.5', 'ol:9'],
    ['sles', '15.7', 'sles:15.7'],
    ['sles', '16.0', 'sles:16.0'],
    ['sles_sap', '15.7', 'sles:15.7'],
    ['sled', '15.7', 'sles:15.7'],
    ['sle_hpc', '15.5', 'sles:15.5'],
    ['mageia', '9', 'mageia:9'],
    ['opensuse-leap', '15.6', 'opensuse-leap:15.6'],
    ['fedora', '43', 'fedora:43'],
    ['azurelinux', '3.0', 'azurelinux:3'],
    ['mariner', '2.0', 'mariner:2'],
    ['photon', '5.0', 'photon:5'],
    ['centos', '9', 'centos:9'],
    ['rhel', null, null],
    ['rhel', 'nine', null],
    ['nobara', '40', null],
    ['opensuse-tumbleweed', '20250101', null],
  ])('%s %s is %s', (id, versionId, expected) => {
    expect(rpm.namespaceOf(distro(id, versionId))).toBe(expected)
  })

  it.each([
    ['AlmaLinux:9', 'almalinux:9'],
    ['AlmaLinux:10', 'almalinux:10'],
    ['Rocky Linux:8', 'rocky:8'],
    ['Red Hat:rhel_eus:9.2::appstream', null],
    ['SUSE:Linux Enterprise Server 15 SP7', null],
    ['Mageia:9', 'mageia:9'],
    ['AlmaLinux', null],
    ['__proto__:9', null],
  ])('of OSV: %s is %s', (text, expected) => {
    expect(rpm.namespaceOfOsv(text)).toBe(expected)
  })
})

describe('what advisories say about an rpm package', () => {
  it('goes by the binary package, whatever source it comes from', () => {
    const pkg = aPackage('perl-Errno', '1.30-419.el8', { source: { name: 'perl', version: '5.26.3-419.el8' } })

    expect(rpm.advisorySubject(pkg)).toEqual({ name: 'perl-Errno', version: '1.30-419.el8' })
  })

  it.each([
    ['almalinux:9', 'AlmaLinux', null],
    ['almalinux:9', 'Fedora Project', 'third-party-package'],
    ['rhel:9', 'Red Hat, Inc.', null],
    ['rhel:9', 'Docker', 'third-party-package'],
    ['rocky:9', 'Rocky Enterprise Software Foundation', null],
    ['amzn:2023', 'Amazon Linux', null],
    ['amzn:2', undefined, null],
    ['ol:9', 'Oracle America', null],
    ['sles:15.7', 'SUSE LLC <https://www.suse.com/>', null],
    ['fedora:43', 'Fedora Project', null],
    ['azurelinux:3', 'Microsoft Corporation', null],
    ['photon:5', 'VMware, Inc.', null],
    ['photon:5', 'NVIDIA', 'third-party-package'],
  ])('in %s, built by %s: %s', (where, vendor, expected) => {
    expect(rpm.otherChannelOf(aPackage('x', '1-1', { namespace: namespace(where), vendor }))).toBe(expected)
  })

  it.each(['8.2.1-1.el9.remi', '1:1.24.0-1.el9.ngx', '2:18.19.0-1nodesource', '16.1-1PGDG.rhel9'])(
    'knows builds of other repositories without a vendor: %s',
    version => {
      expect(rpm.otherChannelOf(aPackage('x', version))).toBe('third-party-package')
    },
  )

  it.each([
    ['kernel-headers', true],
    ['kernel-devel', true],
    ['kernel-devel-matched', true],
    ['kernel-rt-debug-devel', true],
    ['kernel-doc', true],
    ['kernel-abi-stablelists', true],
    ['kernel-default-devel', true],
    ['kernel-debuginfo', true],
    ['kernel6.12-headers', true],
    ['kernel-uek-doc', true],
    ['kernel', false],
    ['kernel-core', false],
    ['kernel-modules-extra', false],
    ['kernel-rt', false],
    ['kernel-uki-virt', false],
    ['kernel-default', false],
    ['kernelshark', false],
    ['glibc-headers', false],
  ])('kernel files that cannot run: %s is %s', (name, expected) => {
    expect(rpm.holdsNoRunnableKernel(aPackage(name, '1-1'))).toBe(expected)
  })

  it('names the package in the remedy, unless its name could be another command', () => {
    expect(rpm.remediation(aPackage('kernel', '1-1'))).toBe('yum update kernel')
    expect(rpm.remediation(aPackage('zypper', '1-1', { namespace: namespace('sles:15.7') }))).toBe(
      'zypper update zypper',
    )
    expect(rpm.remediation(aPackage('a; reboot', '1-1'))).toBe('yum update')
  })

  it('shows epoch, version and release apart', () => {
    const version = rpm.scheme.parse('1:3.0.7-20.el9')

    expect(rpm.versionParts('1:3.0.7-20.el9')).toEqual({ epoch: 1, version: '3.0.7', release: '20.el9' })
    expect(version.ok && rpm.formatFixedVersion(version.value)).toBe('1:3.0.7-20.el9')
  })

  it('lists a package once that a database and its log both hold', () => {
    const installed: InstalledPackage = {
      ...aPackage('a', '1-1'),
      manager: 'OS',
      filePath: 'var/lib/rpm/rpmdb.sqlite',
      layer: null,
      ownedBy: null,
    }
    const logged = { ...installed, filePath: 'var/lib/rpm/rpmdb.sqlite-wal' }
    const other = { ...installed, arch: 'i686' }

    expect(rpm.withoutCopies([installed, logged, other])).toEqual([installed, other])
  })
})
