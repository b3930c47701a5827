import { expect, it } from 'vitest'
import { aCoverage, aFinding, aResource, aScope, packageDetection } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import type { Finding, PackageDetection } from '../domain/finding.ts'
import { resourceId, vulnerabilityId } from '../domain/ids.ts'
import type { Database } from './database.ts'
import { pgFindingStore } from './pg-finding-store.ts'
import { pgOutbox } from './pg-outbox.ts'
import { pgScanStore } from './pg-scan-store.ts'
import { pgSignalStore } from './pg-signal-store.ts'

const idOf = (number: number) => vulnerabilityId(`CVE-2026-${1000 + number}`)
const NOTHING = { strings: {}, dates: {}, numbers: {}, resourceTags: [], portRange: [], vulnerablePackages: [] }

/** What `SignalStore` promises, on whatever database. */
export function keepsTheSignalStorePromises(database: () => Database): void {
  async function given(...findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) {
      await pgScanStore(database()).commit(finding.resource, () => ({
        coverage: aCoverage({ resource: finding.resource }),
        inventory: 'keep',
        matchedWith: 'keep',
        changes: [{ is: 'opened', finding }],
        retire: false,
      }))
    }
  }

  async function stored(): Promise<readonly Finding[]> {
    const page = await pgFindingStore(database()).search({
      region: aScope().region,
      accountIds: [aScope().accountId, aScope({ accountId: '999999999999' }).accountId],
      filter: NOTHING,
      sort: { field: 'EPSS_SCORE', order: 'DESC' },
      limit: 100,
      after: null,
    })
    if (!page.ok) throw new Error(page.error)
    return page.value.findings
  }

  const one = (detection: Partial<PackageDetection> = {}, changes: Partial<Omit<Finding, 'detection'>> = {}): Finding =>
    aFinding({ ...changes, detection: { vulnerabilityId: idOf(1), ...detection } })

  it('walks the vulnerabilities of open findings of every account, each once', async () => {
    const elsewhere = aResource({ scope: aScope({ accountId: '999999999999' }), id: resourceId('r2') })
    await given(
      ...[3, 1, 2].map(number => one({ vulnerabilityId: idOf(number) })),
      one({ vulnerabilityId: idOf(1) }, { resource: elsewhere }),
      one({ vulnerabilityId: idOf(4) }, { status: 'CLOSED', closedAt: instant(1), closeReason: 'remediated' }),
    )
    const store = pgSignalStore(database())

    expect(await store.openVulnerabilities(null, 2)).toEqual([idOf(1), idOf(2)])
    expect(await store.openVulnerabilities(idOf(2), 2)).toEqual([idOf(3)])
    expect(await store.openVulnerabilities(idOf(3), 2)).toEqual([])
  })

  it('shows new scores in every finding of the vulnerability, without an event and without another time', async () => {
    const elsewhere = aResource({ scope: aScope({ accountId: '999999999999' }), id: resourceId('r2') })
    const findings = [
      one({ epssScore: 0.1 }),
      one({}, { resource: elsewhere }),
      one({ vulnerabilityId: idOf(2), epssScore: 0.2 }),
    ]
    await given(...findings)
    const outbox = pgOutbox(database())
    await outbox.markDelivered((await outbox.take(100, 60)).map(event => event.seq))

    const store = pgSignalStore(database())
    const news = [{ vulnerabilityId: idOf(1), epssScore: 0.3, isKnownUnexploited: false }]
    const changed = [await store.refresh(news), await store.refresh(news)]

    expect(changed).toEqual([2, 0])
    const [first, second, third] = findings as [Finding, Finding, Finding]
    const shown = await stored()
    expect(shown.map(finding => packageDetection(finding).epssScore)).toEqual([0.3, 0.3, 0.2])
    for (const finding of [first, second]) {
      expect(shown).toContainEqual({ ...finding, detection: { ...finding.detection, epssScore: 0.3 } })
    }
    expect(shown[2]).toEqual(third)
    expect(await outbox.take(100, 60)).toEqual([])
  })

  it('says that no exploit is known where nothing was said, and never takes back that one is', async () => {
    const known = { isAvailable: true, lastKnownAt: instant(5) }
    await given(one(), one({ vulnerabilityId: idOf(2), exploit: known }))
    const store = pgSignalStore(database())

    await store.refresh(
      [1, 2].map(number => ({ vulnerabilityId: idOf(number), epssScore: null, isKnownUnexploited: true })),
    )

    const shown = (await stored()).map(packageDetection)
    const exploits = new Map(shown.map(({ vulnerabilityId, exploit }) => [vulnerabilityId, exploit]))
    expect(exploits.get(idOf(1))).toEqual({ isAvailable: false, lastKnownAt: null })
    expect(exploits.get(idOf(2))).toEqual(known)
  })

  it('leaves closed findings as they were', async () => {
    await given(one({ epssScore: 0.1 }, { status: 'CLOSED', closedAt: instant(1), closeReason: 'remediated' }))

    const changed = await pgSignalStore(database()).refresh([
      { vulnerabilityId: idOf(1), epssScore: 0.9, isKnownUnexploited: true },
    ])

    expect(changed).toBe(0)
  })

  it('hands the newest score to whoever decides about the resource', async () => {
    const finding = one({ epssScore: 0.1 })
    await given(finding)
    await pgSignalStore(database()).refresh([{ vulnerabilityId: idOf(1), epssScore: 0.7, isKnownUnexploited: true }])

    let seen: readonly Finding[] = []
    await pgScanStore(database()).commit(finding.resource, known => {
      seen = known
      return {
        coverage: aCoverage({ resource: finding.resource }),
        inventory: 'keep',
        matchedWith: 'keep',
        changes: [],
        retire: false,
      }
    })

    expect(seen[0]?.detection).toMatchObject({ epssScore: 0.7, exploit: { isAvailable: false } })
  })
}
