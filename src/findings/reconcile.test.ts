import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../test/support/sha256.ts'
import { instant, type Instant } from '../base/clock.ts'
import {
  findingKeyOf,
  type Detection,
  type Finding,
  type FindingChange,
  type PackageDetection,
} from '../domain/finding.ts'
import { resourceId, vulnerabilityId, type AccountId, type Region } from '../domain/ids.ts'
import type { Resource } from '../domain/resource.ts'
import { reconcile, REOPEN_WINDOW_DAYS, type Sighting } from './reconcile.ts'

const DAY_MS = 86_400_000
const START = instant(Date.UTC(2026, 0, 1))

const resource: Resource = {
  scope: { accountId: '123456789012' as AccountId, region: 'eu-west-1' as Region },
  id: resourceId('mi-00000000000000001'),
  details: {
    type: 'AWS_EC2_INSTANCE',
    hostName: 'one',
    ipV4Addresses: [],
    ipV6Addresses: [],
    platform: 'DEBIAN_11',
    ec2: null,
  },
  tags: {},
}

function aDetection(id: string, changes: Partial<PackageDetection> = {}): PackageDetection {
  return {
    type: 'PACKAGE_VULNERABILITY',
    vulnerabilityId: vulnerabilityId(id),
    title: `${id} - curl`,
    description: 'A flaw.',
    severity: 'HIGH',
    score: null,
    fixAvailable: 'NO',
    source: 'DEBIAN_CVE',
    sourceUrl: null,
    vendorSeverity: null,
    vendorCreatedAt: null,
    vendorUpdatedAt: null,
    cvss: [],
    relatedVulnerabilities: [],
    referenceUrls: [],
    epssScore: null,
    exploit: null,
    kev: null,
    isDisputed: false,
    vulnerablePackages: [],
    ...changes,
  }
}

function aSighting(detections: readonly Detection[], changes: Partial<Sighting> = {}): Sighting {
  return { resource, detections, absence: 'remediated', provesGone: () => true, ...changes }
}

function apply(known: readonly Finding[], changes: readonly FindingChange[]): readonly Finding[] {
  const byArn = new Map(known.map(finding => [finding.arn, finding]))
  for (const change of changes) byArn.set(change.finding.arn, change.finding)
  return [...byArn.values()]
}

function after(days: number, from: Instant = START): Instant {
  return instant(from + days * DAY_MS)
}

function opened(detection: Detection): readonly Finding[] {
  return apply([], reconcile([], aSighting([detection]), START, sha256))
}

describe('reconcile', () => {
  it('opens a finding under an ARN of its Region and account', () => {
    const [change] = reconcile([], aSighting([aDetection('CVE-2026-1')]), START, sha256)

    expect(change?.is).toBe('opened')
    expect(change?.finding.arn).toMatch(/^arn:aws:inspector2:eu-west-1:123456789012:finding\/[0-9a-f]{32}$/)
    expect(change?.finding).toMatchObject({
      status: 'ACTIVE',
      firstObservedAt: START,
      updatedAt: START,
      closedAt: null,
    })
  })

  it('changes nothing when it sees the same again', () => {
    const known = opened(aDetection('CVE-2026-1'))

    expect(reconcile(known, aSighting([aDetection('CVE-2026-1')]), after(1), sha256)).toEqual([])
  })

  it('keeps the ARN and the first sighting when a fix appears', () => {
    const known = opened(aDetection('CVE-2026-1'))

    const [change] = reconcile(known, aSighting([aDetection('CVE-2026-1', { fixAvailable: 'YES' })]), after(1), sha256)

    expect(change?.is).toBe('updated')
    expect(change?.finding).toMatchObject({ arn: known[0]?.arn, firstObservedAt: START, lastObservedAt: after(1) })
  })

  it('makes no event of a vendor date that moved', () => {
    const known = opened(aDetection('CVE-2026-1', { vendorUpdatedAt: START }))

    const changes = reconcile(
      known,
      aSighting([aDetection('CVE-2026-1', { vendorUpdatedAt: after(3) })]),
      after(3),
      sha256,
    )

    expect(changes).toEqual([])
  })

  it.each([
    ['a moved EPSS score', { epssScore: 0.1 }, { epssScore: 0.2 }],
    ['the first answer that no exploit is known', {}, { exploit: { isAvailable: false, lastKnownAt: null } }],
    [
      'another day on which a known exploit was last heard of',
      { exploit: { isAvailable: true, lastKnownAt: START } },
      { exploit: { isAvailable: true, lastKnownAt: after(1) } },
    ],
  ])('makes no event of %s', (_what, before, now) => {
    const known = opened(aDetection('CVE-2026-1', before))

    expect(reconcile(known, aSighting([aDetection('CVE-2026-1', now)]), after(1), sha256)).toEqual([])
  })

  it.each([
    ['an exploit becomes known', { exploit: { isAvailable: true, lastKnownAt: null } }],
    [
      'CISA lists the vulnerability',
      { kev: { dateAdded: START, dateDue: null, action: null, isUsedByRansomware: false } },
    ],
    ['it is disputed', { isDisputed: true }],
  ])('makes an event of it when %s', (_what, now) => {
    const known = opened(aDetection('CVE-2026-1', { exploit: { isAvailable: false, lastKnownAt: null } }))

    const [change] = reconcile(
      known,
      aSighting([aDetection('CVE-2026-1', { epssScore: 0.3, ...now })]),
      after(1),
      sha256,
    )

    expect(change).toMatchObject({ is: 'updated', finding: { detection: { epssScore: 0.3, ...now } } })
  })

  it('tells the new day with the next change that is one', () => {
    const known = opened(aDetection('CVE-2026-1', { exploit: { isAvailable: true, lastKnownAt: START } }))
    const now = { exploit: { isAvailable: true, lastKnownAt: after(1) }, isDisputed: true }

    const [change] = reconcile(known, aSighting([aDetection('CVE-2026-1', now)]), after(1), sha256)

    expect(change).toMatchObject({ is: 'updated', finding: { detection: now } })
  })

  it('rewrites open findings when the resource itself changed', () => {
    const known = opened(aDetection('CVE-2026-1'))
    const renamed = { ...resource, tags: { team: 'payments' } }

    const [change] = reconcile(known, aSighting([aDetection('CVE-2026-1')], { resource: renamed }), after(1), sha256)

    expect(change).toMatchObject({ is: 'updated', finding: { resource: { tags: { team: 'payments' } } } })
  })

  it('closes what is gone and leaves the last sighting where it was', () => {
    const known = opened(aDetection('CVE-2026-1'))

    const [change] = reconcile(known, aSighting([]), after(2), sha256)

    expect(change?.is).toBe('closed')
    expect(change?.finding).toMatchObject({
      status: 'CLOSED',
      closedAt: after(2),
      updatedAt: after(2),
      lastObservedAt: START,
      closeReason: 'remediated',
    })
  })

  it('closes nothing that the scan does not prove gone', () => {
    const known = opened(aDetection('CVE-2026-1'))

    expect(reconcile(known, aSighting([], { provesGone: () => false }), after(2), sha256)).toEqual([])
  })

  it('reopens under the same ARN on the last day of the window', () => {
    const known = opened(aDetection('CVE-2026-1'))
    const closed = apply(known, reconcile(known, aSighting([]), after(1), sha256))

    const [change] = reconcile(closed, aSighting([aDetection('CVE-2026-1')]), after(1 + REOPEN_WINDOW_DAYS), sha256)

    expect(change?.is).toBe('reopened')
    expect(change?.finding).toMatchObject({ arn: known[0]?.arn, status: 'ACTIVE', closedAt: null, closeReason: null })
  })

  it('opens a new generation under another ARN after the window', () => {
    const known = opened(aDetection('CVE-2026-1'))
    const closed = apply(known, reconcile(known, aSighting([]), after(1), sha256))

    const [change] = reconcile(closed, aSighting([aDetection('CVE-2026-1')]), after(1.001 + REOPEN_WINDOW_DAYS), sha256)

    expect(change).toMatchObject({ is: 'opened', finding: { generation: 2 } })
    expect(change?.finding.arn).not.toBe(known[0]?.arn)
  })

  it('looks at the newest generation only', () => {
    const known = opened(aDetection('CVE-2026-1'))
    const closed = apply(known, reconcile(known, aSighting([]), after(1), sha256))
    const both = apply(closed, reconcile(closed, aSighting([aDetection('CVE-2026-1')]), after(30), sha256))

    expect(reconcile(both, aSighting([aDetection('CVE-2026-1')]), after(31), sha256)).toEqual([])
    expect(reconcile([...both].reverse(), aSighting([aDetection('CVE-2026-1')]), after(31), sha256)).toEqual([])
  })

  it('is idempotent and never holds two open findings of one vulnerability', () => {
    const step = fc.record({
      days: fc.integer({ min: 0, max: 10 }),
      ids: fc.uniqueArray(fc.constantFrom('CVE-1', 'CVE-2', 'CVE-3', 'CVE-4')),
      fix: fc.constantFrom('YES' as const, 'NO' as const),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), steps => {
        let known: readonly Finding[] = []
        let now = START
        for (const { days, ids, fix } of steps) {
          now = after(days, now)
          const sighting = aSighting(ids.map(id => aDetection(id, { fixAvailable: fix })))
          known = apply(known, reconcile(known, sighting, now, sha256))

          expect(reconcile(known, sighting, now, sha256)).toEqual([])
          const open = known.filter(finding => finding.status !== 'CLOSED')
          expect(open.map(finding => findingKeyOf(finding.detection)).sort()).toEqual([...ids].sort())
        }
      }),
    )
  })
})
