import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AffectedPackage, AffectedRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { rpm } from './ecosystem.ts'
import { entryOfRedHatChannel, rankOfRedHatAdvisory, redHatRangesAbout, redHatSourceSubject } from './red-hat-lines.ts'
import { rpmScheme } from './version.ts'

const RHEL_9 = namespace('rhel:9')
const ALL: AffectedRange = { scheme: 'rpm', introduced: 'beginning', end: 'no-fix-known' }

function below(text: string): AffectedRange {
  const version = rpmScheme.parse(text)
  if (!version.ok) throw new Error(text)
  return { scheme: 'rpm', introduced: 'beginning', end: { fixed: version.value } }
}

function aPackage(version: string, more: Partial<Package> = {}): Package {
  return { type: 'rpm', namespace: RHEL_9, name: 'openssl', version, arch: 'x86_64', source: null, ...more }
}

function anEntry(more: Partial<AffectedPackage> = {}): AffectedPackage {
  return { namespace: RHEL_9, name: 'openssl', ranges: [ALL], versions: [], ...more }
}

describe('the source that Red Hat may name', () => {
  it.each([
    ['rhel:8', 'perl-Errno', '1.30-419.el8', { name: 'perl', version: '5.26.3-419.el8' }, 'perl.src 5.26.3-419.el8'],
    ['rhel:9', 'openssl', '1:3.0.7-27.el9', null, 'openssl.src 3.0.7-27.el9'],
    ['almalinux:9', 'openssl', '1:3.0.7-27.el9', null, null],
    ['centos:9', 'openssl', '1:3.0.7-27.el9', null, null],
  ])('in %s of %s %s', (where, name, version, source, expected) => {
    const subject = redHatSourceSubject(aPackage(version, { namespace: namespace(where), name, source }))

    expect(subject === null ? null : `${subject.name} ${subject.version}`).toBe(expected)
  })
})

describe('fixes of minor releases', () => {
  const fixes = [below('1:3.0.7-27.el9'), below('1:3.0.7-25.el9_3'), below('1:3.0.7-18.el9_2.1')]

  it.each([
    ['1:3.0.7-25.el9_3', ['1:3.0.7-25.el9_3'], 'its own decides'],
    ['1:3.0.7-16.el9_2', ['1:3.0.7-18.el9_2.1'], 'its own decides'],
    ['1:3.0.7-24.el9', ['1:3.0.7-27.el9', '1:3.0.7-25.el9_3', '1:3.0.7-18.el9_2.1'], 'it does not tell its own'],
    ['1:3.0.7-6.el9_1', ['1:3.0.7-27.el9', '1:3.0.7-25.el9_3', '1:3.0.7-18.el9_2.1'], 'none is its own'],
  ])('for %s: %j (%s)', (version, expected) => {
    const about = redHatRangesAbout(aPackage(version), fixes)

    expect(
      about.map(
        range =>
          !('unreadable' in range) && range.end !== 'no-fix-known' && 'fixed' in range.end && range.end.fixed.text,
      ),
    ).toEqual(expected)
  })

  it('never become more than there are', () => {
    const minor = fc.integer({ min: 0, max: 10 })
    const release = fc.tuple(minor, minor).map(([number, of]) => `3.0.7-${number}.el9_${of}`)

    const isPart = fc.property(release, fc.array(release, { minLength: 1, maxLength: 6 }), (own, others) => {
      const ranges = others.map(below)
      const about = redHatRangesAbout(aPackage(own), ranges)

      expect(about.length).toBeGreaterThan(0)
      for (const range of about) expect(ranges).toContain(range)
    })

    fc.assert(isPart)
  })
})

describe('what has no fix', () => {
  it.each([
    ['7.2.4-1.el9', undefined, undefined, 1],
    ['7.2.4-1.el9', undefined, 'redis:7', 0],
    ['7.2.4-1.module+el9.4.0+1+2', 'redis:7', undefined, 0],
    ['7.2.4-1.module+el9.4.0+1+2', 'redis:7', 'redis:7', 1],
    ['7.2.4-1.module+el9.4.0+1+2', 'redis:6', 'redis:7', 0],
  ])('of %s in %s, said of %s: %i', (version, installed, said, expected) => {
    expect(redHatRangesAbout(aPackage(version, { module: installed }), [ALL], said)).toHaveLength(expected)
  })
})

describe('an entry of a channel', () => {
  const eus = anEntry({ channel: 'eus:9.2', ranges: [below('3.0.7-18.el9_2')] })
  const els = anEntry({ channel: 'els:7', ranges: [below('1.0.2k-26.el7_9')] })

  it.each([
    ['3.0.7-16.el9_2', ['eus:9.2'], true],
    ['3.0.7-16.el9', ['eus:9.2'], true],
    ['3.0.7-16.el9_1', ['eus:9.2'], true],
    ['3.0.7-27.el9_4', ['eus:9.2'], false],
    ['3.0.7-16.el9_2', ['eus:9.4'], false],
    ['3.0.7-16.el9_2', [], false],
  ])('%s on a system with %j: %s', (version, channels, expected) => {
    expect(entryOfRedHatChannel(aPackage(version, { channels }), eus, 'eus:9.2') !== null).toBe(expected)
  })

  it('of extended life support holds for all, and its fix for subscribers', () => {
    const unfixed = anEntry({ channel: 'els:7', state: 'will-not-fix' })

    expect(entryOfRedHatChannel(aPackage('1.0.2k-25.el7_9', { channels: ['els:7'] }), els, 'els:7')).toBe(els)
    expect(entryOfRedHatChannel(aPackage('1.0.2k-25.el7_9'), els, 'els:7')?.state).toBe('fixed-for-subscribers')
    expect(entryOfRedHatChannel(aPackage('1.0.2k-25.el7_9'), unfixed, 'els:7')).toBe(unfixed)
  })
})

describe('which entry decides', () => {
  it('is the nearest, then the flaw’s own document, then the package by its name', () => {
    const pkg = aPackage('3.0.7-16.el9_2', { channels: ['eus:9.2', 'openshift:4.13'] })
    const stream = anEntry({ channel: 'eus:9.2' })
    const product = anEntry({ channel: 'openshift:4.13', ranges: [below('3.0.7-20.el9_4')] })
    const source = (entry: AffectedPackage): AffectedPackage => ({ ...entry, name: 'openssl.src' })
    const ranks = [
      rankOfRedHatAdvisory('REDHAT-CVE-2024-0727', stream, pkg),
      rankOfRedHatAdvisory('REDHAT-CVE-2024-0727', source(stream), pkg),
      rankOfRedHatAdvisory('RHSA-2024:2447', stream, pkg),
      rankOfRedHatAdvisory('RHSA-2024:2447', source(stream), pkg),
      rankOfRedHatAdvisory('REDHAT-CVE-2024-0727', anEntry(), pkg),
      rankOfRedHatAdvisory('REDHAT-CVE-2024-0727', source(anEntry()), pkg),
      rankOfRedHatAdvisory('RHSA-2024:2447', anEntry(), pkg),
      rankOfRedHatAdvisory('RHSA-2024:2447', source(anEntry()), pkg),
    ]

    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a))
    expect(new Set(ranks).size).toBe(ranks.length)
    // A layered product's fix for another minor release knows no better than the main stream's.
    expect(rankOfRedHatAdvisory('RHSA-2024:2447', product, pkg)).toBe(ranks[6])
  })

  it('is of no matter outside RHEL', () => {
    const pkg = aPackage('3.0.7-16.el9', { namespace: namespace('almalinux:9') })

    expect(rpm.rankOfAdvisory('ALSA-2024:2447', anEntry({ namespace: namespace('almalinux:9') }), pkg)).toBe(0)
  })
})
