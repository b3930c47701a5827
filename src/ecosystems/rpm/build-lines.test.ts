import { describe, expect, it } from 'vitest'
import type { AffectedRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { rangesAbout } from './build-lines.ts'
import { rpmScheme } from './version.ts'

function aPackage(name: string, version: string, module?: string): Package {
  const pkg: Package = { type: 'rpm', namespace: null, name, version, arch: 'x86_64', source: null }
  return module === undefined ? pkg : { ...pkg, module }
}

function below(fixed: string): AffectedRange {
  const version = rpmScheme.parse(fixed)
  if (!version.ok) throw new Error(fixed)
  return { scheme: 'rpm', introduced: 'beginning', end: { fixed: version.value } }
}

/** The fixes that speak about the package; `?` before those of which that cannot be told. */
function fixesAbout(pkg: Package, ...fixes: readonly string[]): readonly string[] {
  return rangesAbout(pkg, fixes.map(below)).map(range => {
    if ('unreadable' in range) return `? ${range.unreadable.text}`
    return range.end !== 'no-fix-known' && 'fixed' in range.end ? range.end.fixed.text : ''
  })
}

/** Real fixed versions of AlmaLinux 8 and 9. */
const POSTGRESQL_10 = '10.23-1.module_el8.7.0+3378+8de1e4f2'
const POSTGRESQL_12 = '12.12-1.module_el8.6.0+3094+c6ef7e7b'
const POSTGRESQL_13 = '13.10-1.module_el8.7.0+3500+7af8bd1d'
const NODEJS_18 = '1:18.12.1-2.module_el8.7.0+3343+ea2b7901'
const NODEJS_20 = '1:20.11.1-1.module_el8.9.0+3756+2b7f1b4b'

describe('module streams never meet', () => {
  it.each([
    ['postgresql 9.6 and 12', aPackage('postgresql', '9.6.20-1.module_el8.3.0+1+1'), POSTGRESQL_12],
    ['postgresql 9.6 and 10', aPackage('postgresql-server', '9.6.20-1.module_el8.3.0+1+1'), POSTGRESQL_10],
    ['postgresql 10 and 13', aPackage('postgresql-libs', '10.19-1.module_el8.4.0+1+1'), POSTGRESQL_13],
    ['postgresql 12 by its label', aPackage('postgresql', '12.9-1.module_el8.5.0+1+1', 'postgresql:12'), POSTGRESQL_13],
    ['perl 5.26 and 5.32', aPackage('perl', '4:5.26.3-416.module_el8.3.0+1+1'), '4:5.32.1-473.module_el8.7.0+1+1'],
    ['nodejs 12 and 14', aPackage('nodejs', '1:12.22.5-1.module_el8.4.0+1+1'), '1:14.18.2-2.module_el8.5.0+1+1'],
    ['nodejs 18 by its label', aPackage('nodejs', '1:18.9.1-1.module_el8.7.0+1+1', 'nodejs:18'), NODEJS_20],
    [
      'npm of nodejs 16',
      aPackage('npm', '1:8.11.0-1.16.16.0.3.module_el8.6.0+1+1'),
      '1:8.19.2-1.18.12.1.1.module_el8.7.0+1+1',
    ],
    ['php 7.2 and 7.4', aPackage('php-cli', '7.2.24-1.module_el8.2.0+1+1'), '7.4.33-1.module_el8.8.0+1+1'],
    ['nginx 1.20 and 1.22', aPackage('nginx', '1:1.20.1-1.module_el8.5.0+1+1'), '1:1.22.1-3.module_el8.8.0+1+1'],
    [
      'mariadb 10.3 and 10.5',
      aPackage('mariadb-server', '3:10.3.39-1.module_el8.8.0+1+1'),
      '3:10.5.29-2.module_el8.10.0+1+1',
    ],
    [
      'podman of container-tools 3.0',
      aPackage('podman', '3.0.1-1.module_el8.4.0+1+1', 'container-tools:3.0'),
      '4:4.9.4-1.module_el8.10.0+1+1',
    ],
    [
      'a module and the plain package',
      aPackage('nodejs', '1:18.9.1-1.module_el9.1.0+1+1', 'nodejs:18'),
      '1:16.20.2-8.el9_4',
    ],
    ['the plain package and a module', aPackage('nodejs', '1:16.14.0-1.el9'), NODEJS_18],
    ['.module+el8 and plain', aPackage('nodejs', '1:18.9.1-1.module+el8.7.0+1+1'), '1:18.20.2-1.el8_10'],
  ])('%s', (_what, pkg, fix) => {
    expect(fixesAbout(pkg, fix)).toEqual([])
  })
})

describe('fixes of the own stream count', () => {
  it.each([
    ['.module+el8 like .module_el8', aPackage('postgresql', '12.9-1.module+el8.5.0+1+1'), POSTGRESQL_12],
    ['a later minor of one major', aPackage('postgresql', '13.5-1.module_el8.5.0+1+1'), POSTGRESQL_13],
    ['nodejs by its label', aPackage('nodejs', '1:18.9.1-1.module_el8.7.0+1+1', 'nodejs:18'), NODEJS_18],
    ['nodejs by its version', aPackage('nodejs', '1:18.9.1-1.module_el8.7.0+1+1'), NODEJS_18],
    [
      'npm that moved on within nodejs 18',
      aPackage('npm', '1:8.19.2-1.18.12.1.1.module_el8.7.0+1+1'),
      '1:10.2.4-1.18.19.1.1.module_el8.9.0+1+1',
    ],
    ['redis 6', aPackage('redis', '6.0.9-3.module_el8.4.0+1+1', 'redis:6'), '6.2.7-1.module_el8.7.0+1+1'],
    [
      'a stream that moves on',
      aPackage('podman', '3:4.2.0-1.module_el8.7.0+1+1', 'container-tools:rhel8'),
      '4:4.9.4-1.module_el8.10.0+1+1',
    ],
    ['the plain package', aPackage('curl', '7.76.1-23.el9'), '7.76.1-23.el9_2.4'],
  ])('%s', (_what, pkg, fix) => {
    expect(fixesAbout(pkg, fix)).toEqual([fix])
  })
})

describe('a stream that cannot be told', () => {
  const pkg = aPackage('nodejs-nodemon', '2.0.15-1.module_el8.5.0+1+1', 'nodejs:16')

  it('leaves the package undetermined below the fix', () => {
    expect(fixesAbout(pkg, '3.0.1-1.module_el8.8.0+1+1')).toEqual(['? 3.0.1-1.module_el8.8.0+1+1'])
  })

  it('does not matter above it, or for the same upstream release', () => {
    expect(fixesAbout(pkg, '1.18.3-1.module_el8.3.0+1+1')).toEqual(['1.18.3-1.module_el8.3.0+1+1'])
    expect(fixesAbout(pkg, '2.0.19-1.module_el8.6.0+1+1')).toEqual(['2.0.19-1.module_el8.6.0+1+1'])
  })
})

describe('flavours of Oracle', () => {
  it.each([
    ['normal', '1:1.1.1k-6.el8_5', ['1:1.1.1k-12.el8_9']],
    ['fips', '10:1.1.1k-6.el8_5_fips', ['10:1.1.1k-12.el8_9_fips']],
    ['ksplice', '2:2.28-164.0.3.ksplice1.el8', ['2:2.28-189.ksplice1.el8']],
  ])('%s builds meet fixes of their own kind only', (_what, version, expected) => {
    const fixes = ['1:1.1.1k-12.el8_9', '10:1.1.1k-12.el8_9_fips', '2:2.28-189.ksplice1.el8']

    expect(fixesAbout(aPackage('openssl', version), ...fixes)).toEqual(expected)
  })
})

describe("releases of Oracle's own kernel", () => {
  const fixes = ['5.4.17-2136.342.5.el8uek', '5.15.0-317.197.5.1.el8uek', '4.18.0-553.158.1.el8_10'] as const

  it.each([
    ['kernel-uek', '5.4.17-2136.336.5.1.el8uek', fixes[0]],
    ['kernel-uek', '5.15.0-301.163.5.2.el8uek', fixes[1]],
    ['bpftool', '5.15.0-301.163.5.2.el8uek', fixes[1]],
    ['bpftool', '4.18.0-553.16.1.el8_10', fixes[2]],
  ])('meet fixes of their own only: %s %s', (name, version, expected) => {
    expect(fixesAbout(aPackage(name, version), ...fixes)).toEqual([expected])
  })
})

describe('a module that the advisory names', () => {
  const fix = below('15:6.2.0-49.module+el8.10.0+90299+c72a6f52')

  it.each([
    ['virt:kvm_utils3', 'virt:kvm_utils3', 1],
    ['virt:kvm_utils2', 'virt:kvm_utils3', 0],
    ['virt:ol', 'virt:kvm_utils3', 0],
  ])('of %s and %s', (installed, named, expected) => {
    const pkg = aPackage('qemu-kvm', '15:4.2.1-26.module+el8.7.0+21037+8ee66348', installed)

    expect(rangesAbout(pkg, [fix], named)).toHaveLength(expected)
  })

  it('never speaks about the plain package', () => {
    expect(rangesAbout(aPackage('qemu-kvm', '15:4.2.0-1.el8'), [fix], 'virt:ol')).toEqual([])
  })
})

describe('rebuilds that one advisory lists', () => {
  const rebuilds = [
    '1.0.1-2.module_el8.6.0+3048+383bc947',
    '1.0.1-2.module_el8.6.0+2741+01592ae8',
    '1.0.1-2.module_el8.5.0+2000+01592ae8',
  ] as const

  it('each have the fix, so the lowest counts', () => {
    expect(fixesAbout(aPackage('libecap', '1.0.1-1.module_el8.4.0+1+1', 'squid:4'), ...rebuilds)).toEqual([rebuilds[2]])
  })

  it('of plain packages all count: a later one means that the first was incomplete', () => {
    const fixes = ['0.16-14.el8', '0.16-14.el8_5.1'] as const

    expect(fixesAbout(aPackage('aide', '0.16-13.el8'), ...fixes)).toEqual(fixes)
  })
})

describe('rebuilds of a labelled stream', () => {
  it('count as those of an unlabelled one: the lowest is enough', () => {
    const pkg = aPackage('Judy', '1.0.5-18.module_el8.3.0+2028+5e3224e9', 'mariadb:10.3')
    const fixes = ['1.0.5-18.module_el8.5.0+2632+14ced695', '1.0.5-18.module_el8.3.0+2028+5e3224e9'].map(below)

    expect(rangesAbout(pkg, fixes, 'mariadb:10.3')).toEqual([fixes[1]])
    expect(rangesAbout(pkg, fixes, 'mariadb:10.5')).toEqual([])
  })
})

describe("kernels of Rocky's cloud group", () => {
  const plain = '4.18.0-425.10.1.el8_7'
  const cloud = '4.18.0-425.10.1.el8_7.cloud'

  it('meet the fixes of that group alone, and others never meet them', () => {
    expect(fixesAbout(aPackage('kernel', '4.18.0-425.3.1.el8_7.cloud.0.1'), plain, cloud)).toEqual([cloud])
    expect(fixesAbout(aPackage('kernel', '4.18.0-425.3.1.el8'), plain, cloud)).toEqual([plain])
  })
})
