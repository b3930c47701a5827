import { describe, expect, it } from 'vitest'
import {
  aDetection,
  aFinding,
  anImage,
  anInventory,
  aPackage,
  aResource,
  aVulnerablePackage,
  SOME_TIME,
} from '../../test/support/builders.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { instant } from '../base/clock.ts'
import { vulnerabilityId } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { namespace } from '../domain/namespace.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import { dpkgScheme } from '../ecosystems/deb/version.ts'
import { NOTHING_BURIED } from '../findings/reconcile.ts'
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
  return changesFrom(
    assessInventory(inventory, index, 'image', SOME_TIME),
    inventory,
    resource,
    [known],
    SOME_TIME,
    sha256,
    NOTHING_BURIED,
  )
}

describe('assessInventory', () => {
  it('counts a package in doubt once, however many advisories doubt it', () => {
    const index = anIndex()
    const entriesFor: AdvisoryIndex['entriesFor'] = (where, name) =>
      index
        .entriesFor(where, name)
        .flatMap(entry => [entry, { ...entry, advisoryId: 'DSA-2', vulnerabilityIds: [vulnerabilityId('CVE-2024-2')] }])
    const inventory = anInventory({ packages: [aPackage({ name: 'openssl', version: 'no version', source: null })] })

    const { report, detail } = assessInventory(inventory, { ...index, entriesFor }, 'image', SOME_TIME)

    expect(report.undetermined).toHaveLength(2)
    expect(detail).toContain('1 package undetermined')
  })

  it('reports what the advisories say of the packages', () => {
    const assessment = assessInventory(anInventory(), anIndex(), 'image', SOME_TIME)

    expect(assessment).toMatchObject({ reason: 'SUCCESSFUL', detail: null })
    expect(assessment.detections.map(detection => detection.title)).toEqual(['CVE-2024-6119 - openssl'])
  })

  it('never calls a system scanned about which the advisories say nothing', () => {
    const assessment = assessInventory(anInventory(), anIndex([]), 'image', SOME_TIME)

    expect(assessment.reason).toBe('UNSUPPORTED_OS')
    expect(assessment.detail).toContain('debian:12')
  })

  it('never calls an empty inventory scanned', () => {
    const empty = anInventory({ distro: null, packages: [] })
    const broken = { ...empty, problems: [{ path: 'var/lib/dpkg/status', reason: 'limit-exceeded', detail: '' }] }

    expect(assessInventory(empty, anIndex(), 'image', SOME_TIME).reason).toBe('UNSUPPORTED_OS')
    expect(assessInventory(broken, anIndex(), 'image', SOME_TIME).reason).toBe('INTERNAL_ERROR')
  })

  it('counts in words what could not be read', () => {
    const problems = [{ path: 'srv/package-lock.json', reason: 'malformed-json', detail: '' }]

    expect(assessInventory(anInventory({ problems }), anIndex(), 'image', SOME_TIME).detail).toBe(
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
    expect(assessInventory(anInventory(), starter, 'image', SOME_TIME).detail).toContain(
      'only starter advisories for debian:12',
    )
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

describe('the end of a platform', () => {
  const buster = { id: 'debian', versionId: '10', codename: 'buster', prettyName: 'Debian GNU/Linux 10 (buster)' }
  const old = anInventory({ distro: buster, packages: [aPackage({ namespace: namespace('debian:10') })] })
  const oldResource = aResource({ details: anImage({ platform: 'DEBIAN_10' }) })
  const ended = aFinding({
    resource: oldResource,
    detection: assessInventory(old, anIndex(), 'image', SOME_TIME).detections[0]!,
  })

  function changesOf(inventory: Inventory, platform: string | null, index = anIndex()) {
    const now = aResource({ details: anImage({ platform }) })
    const assessment = assessInventory(inventory, index, 'image', SOME_TIME)
    return changesFrom(assessment, inventory, now, [ended], SOME_TIME, sha256, NOTHING_BURIED).map(({ is }) => is)
  }

  it('is a critical finding without packages, scores or a fix', () => {
    expect(ended.detection).toMatchObject({
      vulnerabilityId: 'IN-DISCONTINUED-001',
      title: 'Platform End Of Life',
      severity: 'CRITICAL',
      score: null,
      fixAvailable: 'NO',
      source: 'AMAZON_INSPECTOR',
      vulnerablePackages: [],
    })
    expect(ended.detection.description).toContain(
      'Debian GNU/Linux 10 (buster) has been past its end of life since 2024-06-30',
    )
  })

  it('is there also where the system has no package, and where no advisory speaks about it', () => {
    const bare = anInventory({ distro: buster, packages: [] })

    expect(assessInventory(bare, anIndex([]), 'image', SOME_TIME).detections).toEqual([ended.detection])
  })

  it('comes with the time alone', () => {
    const bullseye = anInventory({ distro: { ...buster, versionId: '11' } })
    const ids = (now: number) => assessInventory(bullseye, anIndex([]), 'host', instant(now)).detections.length

    expect([ids(Date.UTC(2026, 7, 31)), ids(Date.UTC(2026, 8, 1))]).toEqual([0, 1])
  })

  it('closes when the platform is another', () => {
    expect(changesOf(anInventory({ packages: [] }), 'DEBIAN_12')).toEqual(['closed'])
  })

  it('stays while os-release cannot be read, the platform is unknown, or a source that spoke is gone', () => {
    const problems = [{ path: 'etc/os-release', reason: 'unreadable', detail: '' }]
    const rare = anInventory({ distro: { ...buster, id: 'fedora', versionId: '9' } })

    expect(changesOf(anInventory({ problems }), 'DEBIAN_12')).not.toContain('closed')
    expect(changesOf(anInventory({ distro: null, packages: [] }), null)).not.toContain('closed')
    expect(changesOf(rare, 'DEBIAN_10')).not.toContain('closed')
  })

  it('updates nothing while nothing but time passes', () => {
    expect(changesOf(old, 'DEBIAN_10')).toEqual([])
  })
})
