import { describe, expect, it } from 'vitest'
import {
  aDetection,
  aFinding,
  anInventory,
  aPackage,
  aResource,
  aVulnerablePackage,
  SOME_TIME,
} from '../../test/support/builders.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { vulnerabilityId } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import { dpkgScheme } from '../ecosystems/deb/version.ts'
import type { AdvisoryIndex, Covering } from '../matching/advisory-index.ts'
import { assessInventory, changesFrom } from './assess-inventory.ts'

/** Knows one flaw: openssl of Debian 12 before 3.0.14. */
function anIndex(covered: readonly string[] = ['debian:12'], covering: Covering = 'fully'): AdvisoryIndex {
  const fixed = dpkgScheme.parse('3.0.14-1~deb12u2')
  if (!fixed.ok) throw new Error('unreadable')
  return {
    version: 'v1',
    covers: where => (covered.includes(where) ? covering : 'not-at-all'),
    entriesFor: (where, name) =>
      where === 'debian:12' && name === 'openssl' && covered.includes(where)
        ? [
            {
              advisoryId: 'DSA-1',
              feed: 'osv',
              vulnerabilityIds: [vulnerabilityId('CVE-2024-6119')],
              affected: {
                namespace: where,
                name,
                versions: [],
                ranges: [{ scheme: 'dpkg', introduced: 'beginning', end: { fixed: fixed.value } }],
              },
            },
          ]
        : [],
    vulnerability: () => null,
    signalsOf: () => NO_SIGNALS,
    close: () => {},
  }
}

const resource = aResource()
const known = aFinding({
  resource,
  detection: aDetection({ vulnerablePackages: [aVulnerablePackage({ sourceLayerHash: 'sha256:aa' })] }),
})

function changes(inventory: Inventory, index = anIndex()) {
  return changesFrom(assessInventory(inventory, index, 'image'), inventory, resource, [known], SOME_TIME, sha256)
}

describe('assessInventory', () => {
  it('counts a package in doubt once, however many advisories doubt it', () => {
    const index = anIndex()
    const entriesFor: AdvisoryIndex['entriesFor'] = (where, name) =>
      index
        .entriesFor(where, name)
        .flatMap(entry => [entry, { ...entry, advisoryId: 'DSA-2', vulnerabilityIds: [vulnerabilityId('CVE-2024-2')] }])
    const inventory = anInventory({ packages: [aPackage({ name: 'openssl', version: 'no version', source: null })] })

    const { report, detail } = assessInventory(inventory, { ...index, entriesFor }, 'image')

    expect(report.undetermined).toHaveLength(2)
    expect(detail).toContain('1 package undetermined')
  })

  it('reports what the advisories say of the packages', () => {
    const assessment = assessInventory(anInventory(), anIndex(), 'image')

    expect(assessment).toMatchObject({ reason: 'SUCCESSFUL', detail: null })
    expect(assessment.detections.map(detection => detection.title)).toEqual(['CVE-2024-6119 - openssl'])
  })

  it('never calls a system scanned about which the advisories say nothing', () => {
    const assessment = assessInventory(anInventory(), anIndex([]), 'image')

    expect(assessment.reason).toBe('UNSUPPORTED_OS')
    expect(assessment.detail).toContain('debian:12')
  })

  it('never calls an empty inventory scanned', () => {
    const empty = anInventory({ distro: null, packages: [] })
    const broken = { ...empty, problems: [{ path: 'var/lib/dpkg/status', reason: 'limit-exceeded', detail: '' }] }

    expect(assessInventory(empty, anIndex(), 'image').reason).toBe('UNSUPPORTED_OS')
    expect(assessInventory(broken, anIndex(), 'image').reason).toBe('INTERNAL_ERROR')
  })

  it('counts in words what could not be read', () => {
    const problems = [{ path: 'srv/package-lock.json', reason: 'malformed-json', detail: '' }]

    expect(assessInventory(anInventory({ problems }), anIndex(), 'image').detail).toBe(
      'Scanned, with gaps: 1 file not read (first: srv/package-lock.json, malformed-json).',
    )
  })
})

describe('changesFrom', () => {
  const without = anInventory({ packages: [aPackage({ name: 'zlib1g', version: '1:1.2.13-1' })] })

  it('closes a finding whose package is gone', () => {
    expect(changes(without).map(change => change.is)).toEqual(['closed'])
  })

  it.each([
    ['its package database could not be read', { path: 'var/lib/dpkg/status', reason: 'malformed', detail: '' }],
    ['a layer could not be read', { path: 'sha256:bb', reason: 'malformed', detail: '' }],
  ])('keeps a finding open when %s', (_why, problem) => {
    expect(changes({ ...without, problems: [problem] })).toEqual([])
  })

  it('keeps a finding open when its version cannot be compared any more', () => {
    const unreadable = anInventory({ packages: [aPackage({ version: 'not a version' })] })

    expect(changes(unreadable)).toEqual([])
  })

  it('keeps a finding open when the advisories of its system are missing', () => {
    expect(changes(anInventory(), anIndex([]))).toEqual([])
  })

  it('keeps a finding open when only the bundled advisories speak about its system', () => {
    const starter: AdvisoryIndex = { ...anIndex(['debian:12'], 'by-starter-only'), entriesFor: () => [] }

    expect(changes(anInventory(), starter)).toEqual([])
    expect(assessInventory(anInventory(), starter, 'image').detail).toContain('only starter advisories for debian:12')
  })

  it('keeps a finding open when its system is not recognised any more', () => {
    const strange = anInventory({ distro: null, packages: [aPackage({ namespace: null })] })

    expect(changes(strange)).toEqual([])
  })

  it('closes a finding that the advisories withdrew', () => {
    const silent: AdvisoryIndex = { ...anIndex(), entriesFor: () => [] }

    expect(changes(anInventory(), silent).map(change => change.is)).toEqual(['closed'])
  })
})
