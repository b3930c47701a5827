import { describe, expect, it } from 'vitest'
import type { Distro } from '../domain/inventory.ts'
import { DISTRO_PLACES, distroAmong } from './distro-places.ts'
import { ANALYZERS, ECOSYSTEMS } from './index.ts'
import { platformNamespaceOf } from './platform-namespace.ts'

/** What the files of a root say together about the distribution, and where its packages are matched. */
function said(files: Readonly<Record<string, string>>): {
  readonly distro: Distro | null
  readonly matched: string | null
} {
  const sayings = Object.entries(files).map(([path, content]) => {
    const analyzer = ANALYZERS.find(one => one.wants(path))
    const analysis = analyzer?.analyze({ path, bytes: new TextEncoder().encode(content) })
    if (analysis?.ok !== true) throw new Error(`${path} is not read`)
    return { path, distro: analysis.value.distro }
  })
  const distro = distroAmong(sayings)
  return { distro, matched: platformNamespaceOf({ distro, packages: [] }) }
}

describe('the distribution of a root', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, string | null]>([
    ['os-release in etc', { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n' }, 'debian:12'],
    ['os-release in usr/lib alone', { 'usr/lib/os-release': 'ID=ubuntu\nVERSION_ID="22.04"\n' }, 'ubuntu:22.04'],
    ['etc before usr/lib', { 'usr/lib/os-release': 'ID=debian\nVERSION_ID=11\n', 'etc/os-release': 'ID=debian\nVERSION_ID=12\n' }, 'debian:12'],
    ['testing by its codename', { 'etc/os-release': 'ID=debian\nVERSION_CODENAME=forky\n' }, 'debian:14'],
    ['testing of before the codename', { 'etc/os-release': 'ID=debian\n', 'etc/debian_version': 'bookworm/sid\n' }, 'debian:12'],
    ['a Debian without os-release', { 'etc/debian_version': '11.7\n' }, 'debian:11'],
    ['an Ubuntu without os-release', { 'etc/debian_version': 'bookworm/sid\n', 'etc/lsb-release': 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\n' }, 'ubuntu:22.04'],
    ['a derivative of Debian', { 'etc/os-release': 'ID=kali\nVERSION_ID="2026.1"\n', 'etc/debian_version': 'kali-rolling\n' }, null],
    ['a derivative without a release', { 'etc/os-release': 'ID=kali\n', 'etc/debian_version': '12.5\n' }, null],
    ['an Alpine without os-release', { 'etc/alpine-release': '3.18.4\n' }, 'alpine:3.18'],
    ['a CentOS of before os-release', { 'etc/redhat-release': 'CentOS release 6.10 (Final)\n' }, 'centos:6'],
    ['a CentOS in all its files', { 'etc/centos-release': 'CentOS Linux release 7.9.2009 (Core)\n', 'etc/redhat-release': 'CentOS Linux release 7.9.2009 (Core)\n', 'etc/system-release': 'CentOS Linux release 7.9.2009 (Core)\n' }, 'centos:7'],
    ['an Oracle Linux, which calls itself Red Hat as well', { 'etc/redhat-release': 'Red Hat Enterprise Linux release 8.9 (Ootpa)\n', 'etc/oracle-release': 'Oracle Linux Server release 8.9\n' }, 'ol:8'],
    ['a Red Hat', { 'etc/redhat-release': 'Red Hat Enterprise Linux release 9.3 (Plow)\n' }, 'rhel:9'],
    ['an old Red Hat', { 'etc/redhat-release': 'Red Hat Enterprise Linux Server release 6.10 (Santiago)\n' }, 'rhel:6'],
    ['an AlmaLinux', { 'etc/almalinux-release': 'AlmaLinux release 8.10 (Cerulean Leopard)\n' }, 'almalinux:8'],
    ['a Rocky Linux', { 'etc/rocky-release': 'Rocky Linux release 9.3 (Blue Onyx)\n' }, 'rocky:9'],
    ['a Fedora', { 'etc/fedora-release': 'Fedora release 39 (Thirty Nine)\n' }, 'fedora:39'],
    ['an Amazon Linux 2', { 'etc/system-release': 'Amazon Linux release 2 (Karoo)\n' }, 'amzn:2'],
    ['the first Amazon Linux', { 'etc/system-release': 'Amazon Linux AMI release 2018.03\n' }, 'amzn:2018.03'],
    ['an Amazon Linux 2023', { 'etc/system-release': 'Amazon Linux release 2023.5.20240805 (Amazon Linux)\n' }, 'amzn:2023'],
    ['nothing that says it (scratch)', {}, null],
  ])('is told by %s', (_name, files, expected) => {
    expect(said(files).matched).toBe(expected)
  }) // prettier-ignore

  it('has a reader for every place that it may be told in', () => {
    for (const path of DISTRO_PLACES) expect(ANALYZERS.filter(analyzer => analyzer.wants(path))).toHaveLength(1)
  })

  it.each(['etc/redhat-release', 'etc/debian_version'])(
    'is a problem, not a guess, where %s says something else',
    path => {
      const analyzer = ANALYZERS.find(one => one.wants(path))
      const analysis = analyzer?.analyze({ path, bytes: new TextEncoder().encode('Something 1.0 release x\n') })

      expect(analysis).toMatchObject({
        ok: true,
        value: { distro: null, problems: [{ reason: 'malformed-os-release' }] },
      })
    },
  )
})

describe('package databases', () => {
  const RPM_FILES = ['Packages', 'Packages.db', 'rpmdb.sqlite', 'rpmdb.sqlite-wal']
  it.each([
    'var/lib/dpkg/status',
    'var/lib/dpkg/status.d/base-files',
    'lib/apk/db/installed',
    'usr/lib/apk/db/installed',
    'var/lib/apk/db/installed',
    ...['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'].flatMap(place =>
      RPM_FILES.map(name => `${place}/${name}`),
    ),
    'var/lib/rpmmanifest/container-manifest-2',
    'var/lib/chisel/manifest.wall',
  ])('are read at %s, by one reader of an operating system', path => {
    const wanting = ECOSYSTEMS.filter(one => one.analyzers.some(analyzer => analyzer.wants(path)))

    expect(wanting.map(one => one.isOperatingSystem)).toEqual([true])
  })
})
