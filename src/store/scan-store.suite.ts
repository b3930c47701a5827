import { describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import {
  aCoverage,
  aDetection,
  aFinding,
  anImage,
  anInstance,
  anInventory,
  aPackage,
  aResource,
  aScope,
  aVulnerablePackage,
  SOME_TIME,
} from '../../test/support/builders.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { instant, type Instant } from '../base/clock.ts'
import { findingKeyOf, type Detection, type Finding, type FindingChange } from '../domain/finding.ts'
import { resourceId, vulnerabilityId } from '../domain/ids.ts'
import { reconcile, type Sighting } from '../findings/reconcile.ts'
import type { ScanOutcome, ScanStore } from '../scanning/scan-store.ts'
import type { Database } from './database.ts'
import { pgRematchStore } from './pg-rematch-store.ts'
import { pgScanStore } from './pg-scan-store.ts'

const DAY_MS = 86_400_000

/** What `ScanStore` promises, on whatever database. */
export function keepsTheScanStorePromises(database: () => Database): void {
  const store = (): ScanStore => pgScanStore(database())
  const resource = aResource()
  const dueResources = () => pgRematchStore(database()).dueResources(resource.scope, null, 10)

  function outcome(given: Partial<ScanOutcome> = {}): ScanOutcome {
    return {
      coverage: aCoverage({ resource }),
      inventory: 'keep',
      matchedWith: 'keep',
      changes: [],
      retire: false,
      ...given,
    }
  }
  function opened(number: number, given: Parameters<typeof aFinding>[0] = {}): FindingChange {
    const detection = { vulnerabilityId: vulnerabilityId(`CVE-2026-${number}`), ...given.detection }
    return { is: 'opened', finding: aFinding({ resource, ...given, detection }) }
  }

  describe('commit', () => {
    it('hands a new resource no past, and keeps what was decided', async () => {
      const seen: unknown[] = []

      await store().commit(resource, (known, before) => {
        seen.push(known, before)
        return outcome({ inventory: anInventory(), matchedWith: { advisoryVersion: 'a1' }, changes: [opened(1)] })
      })

      expect(seen).toEqual([[], null])
      expect(await store().find(resource.scope, resource.id)).toEqual({ resource, coverage: aCoverage({ resource }) })
      expect(await store().inventoryOf(resource.scope, resource.id)).toEqual(anInventory())
    })

    it('hands the newest generation of each finding to the next decision', async () => {
      const first = opened(1)
      const second = opened(1, { generation: 2 })
      const other = opened(2)
      await store().commit(resource, () => outcome({ changes: [first, second, other] }))
      let known: unknown

      await store().commit(resource, findings => {
        known = findings
        return outcome()
      })

      expect(known).toEqual([second.finding, other.finding])
    })

    it('keeps every step in history and in the outbox, in order, and the last one as the finding', async () => {
      const { finding } = opened(1)
      const closed = { ...finding, status: 'CLOSED', closedAt: SOME_TIME, closeReason: 'remediated' } as const
      await store().commit(resource, () =>
        outcome({
          changes: [
            { is: 'opened', finding },
            { is: 'closed', finding: closed },
          ],
        }),
      )

      const rows = await database().transaction('all', statements =>
        statements.rows(sql`
          select h.change, (h.document::json ->> 'status') as status, o.seq = h.seq as announced
          from finding_history h left join outbox o using (region, account_id, seq) order by h.seq`),
      )
      let known: unknown
      await store().commit(resource, findings => {
        known = findings
        return outcome()
      })

      expect(rows).toEqual([
        { change: 'opened', status: 'ACTIVE', announced: true },
        { change: 'closed', status: 'CLOSED', announced: true },
      ])
      expect(known).toEqual([closed])
    })

    it('stores nothing when the decision throws', async () => {
      const failing = store().commit(resource, () => {
        throw new Error('undecided')
      })

      await expect(failing).rejects.toThrow('undecided')
      expect(await store().find(resource.scope, resource.id)).toBeNull()
    })

    it('runs two calls for one resource one after the other', async () => {
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          store().commit(resource, known => outcome({ changes: [opened(known.length * 100 + index)] })),
        ),
      )
      let count = 0
      await store().commit(resource, known => {
        count = known.length
        return outcome()
      })

      expect(count).toBe(8)
    })

    it('takes thousands of changes, and names with characters that PostgreSQL refuses', async () => {
      const hostile = '\0 \uD800 " \\ %_'
      const changes = Array.from({ length: 1_200 }, (_, number) =>
        opened(number, { detection: { vulnerablePackages: [aVulnerablePackage({ name: hostile })], title: hostile } }),
      )
      const strange = { ...resource, tags: { [hostile]: hostile } }
      let known: unknown

      await store().commit(resource, () => outcome({ changes, coverage: aCoverage({ resource: strange }) }))
      await store().commit(resource, findings => {
        known = findings.length
        return outcome({ coverage: aCoverage({ resource: strange }) })
      })

      expect(known).toBe(1_200)
      expect((await store().find(resource.scope, resource.id))?.resource.tags).toEqual({ [hostile]: hostile })
    })

    it('keeps inventory and advisory version when told so, and replaces them when not', async () => {
      const later = anInventory({ packages: [aPackage({ name: 'zlib1g' })] })
      await store().commit(resource, () =>
        outcome({ inventory: anInventory(), matchedWith: { advisoryVersion: 'a1' } }),
      )
      await store().commit(resource, () => outcome())
      const kept = await store().inventoryOf(resource.scope, resource.id)
      const due = await dueResources()

      await store().commit(resource, () => outcome({ inventory: later }))

      expect(kept).toEqual(anInventory())
      expect(due).toEqual([])
      expect(await store().inventoryOf(resource.scope, resource.id)).toEqual(later)
      expect(await dueResources()).toMatchObject([{ id: resource.id }])
    })

    it('stores one inventory once, however many resources hold it', async () => {
      for (const name of ['a', 'b', 'c']) {
        const one = aResource({ id: resourceId(name) })
        await store().commit(one, () => outcome({ coverage: aCoverage({ resource: one }), inventory: anInventory() }))
      }

      const rows = await database().transaction('all', statements =>
        statements.rows(sql`select count(*)::integer as count from inventories`),
      )

      expect(rows).toEqual([{ count: 1 }])
    })
  })

  describe('list', () => {
    it('gives what is not retired, by type, registry and repository, in pages by id', async () => {
      const images = ['a', 'b', 'c', 'd'].map(name =>
        aResource({ id: resourceId(name), details: anImage({ repositoryName: name < 'c' ? 'one' : 'two' }) }),
      )
      const host = aResource({ id: resourceId('i-1'), details: anInstance() })
      for (const one of [...images, host]) {
        await store().commit(one, () => outcome({ coverage: aCoverage({ resource: one }), retire: one.id === 'd' }))
      }
      const { scope } = resource
      const ids = async (options: Parameters<ScanStore['list']>[1]) =>
        (await store().list(scope, options)).map(known => known.resource.id)
      const registry = anImage().registry

      expect(await ids({ limit: 2 })).toEqual(['a', 'b'])
      expect(await ids({ limit: 2, after: resourceId('b') })).toEqual(['c', 'i-1'])
      expect(await ids({ limit: 9, type: 'AWS_EC2_INSTANCE' })).toEqual(['i-1'])
      expect(await ids({ limit: 9, registry, repository: 'one' })).toEqual(['a', 'b'])
      expect(await ids({ limit: 9, registry: 'elsewhere' })).toEqual([])
      expect(await store().repositories(scope, registry)).toEqual(['one', 'two'])
      expect(await store().find(scope, resourceId('d'))).not.toBeNull()
    })
  })

  describe('deleteClosedBefore', () => {
    it('deletes what its reason keeps no longer, and keeps history', async () => {
      const closedAt = (number: number, day: number, closeReason: 'remediated' | 'resource-gone' | 'not-eligible') =>
        opened(number, { status: 'CLOSED', closeReason, closedAt: instant(SOME_TIME + day) })
      await store().commit(resource, () =>
        outcome({
          changes: [
            closedAt(1, 9, 'remediated'),
            closedAt(2, 10, 'remediated'),
            closedAt(3, 19, 'resource-gone'),
            closedAt(4, 20, 'resource-gone'),
            closedAt(5, 19, 'not-eligible'),
            opened(6),
          ],
        }),
      )

      const count = await store().deleteClosedBefore({
        remediated: instant(SOME_TIME + 10),
        gone: instant(SOME_TIME + 20),
        buried: SOME_TIME,
        now: SOME_TIME,
      })

      let left: string[] = []
      await store().commit(resource, known => {
        left = known.map(({ detection }) => findingKeyOf(detection))
        return outcome()
      })
      const history = await database().transaction('all', statements =>
        statements.rows(sql`select count(*)::integer as count from finding_history`),
      )
      expect(count).toBe(3)
      expect(left).toEqual(['CVE-2026-2', 'CVE-2026-4', 'CVE-2026-6'])
      expect(history).toEqual([{ count: 6 }])
    })
  })

  describe('the generation of a deleted finding', () => {
    const detection = aDetection()
    const sighting = (detections: readonly Detection[]): Sighting => {
      return { resource, detections, absence: 'remediated', provesGone: () => true }
    }

    async function seen(detections: readonly Detection[], now: Instant): Promise<readonly Finding[]> {
      let findings: readonly Finding[] = []
      await store().commit(resource, (known, _resource, buried) => {
        const changes = reconcile(known, sighting(detections), now, sha256, buried)
        findings = changes.map(({ finding }) => finding)
        return outcome({ changes })
      })
      return findings
    }

    const sweep = (now: number, buried: number): Promise<number> =>
      store().deleteClosedBefore({
        remediated: instant(now),
        gone: instant(now),
        buried: instant(buried),
        now: instant(now),
      })

    it('is gone on from when the flaw comes back, so that no ARN is given twice, until it is forgotten', async () => {
      const arns: string[] = []
      for (const day of [0, 100, 200]) {
        const [opened] = await seen([detection], instant(SOME_TIME + day * DAY_MS))
        if (opened !== undefined) arns.push(opened.arn)
        await seen([], instant(SOME_TIME + (day + 1) * DAY_MS))
        expect(await sweep(SOME_TIME + (day + 40) * DAY_MS, SOME_TIME)).toBe(1)
      }
      expect(new Set(arns).size).toBe(3)
      const other = await seen([aDetection({ vulnerabilityId: vulnerabilityId('CVE-2026-9999') })], SOME_TIME)
      expect(other[0]?.generation).toBe(1)

      await sweep(SOME_TIME + 250 * DAY_MS, SOME_TIME + 241 * DAY_MS)

      const [again] = await seen([detection], instant(SOME_TIME + 300 * DAY_MS))
      expect(again?.arn).toBe(arns[0])
    })

    it('is that of its account and resource alone', async () => {
      await seen([detection], SOME_TIME)
      await seen([], SOME_TIME)
      await sweep(SOME_TIME + DAY_MS, SOME_TIME)
      const generations: number[] = []
      for (const one of [
        aResource({ id: resourceId('another') }),
        aResource({ scope: aScope({ accountId: '999999999999' }) }),
        resource,
      ]) {
        await store().commit(one, (_known, _resource, buried) => {
          generations.push(buried(findingKeyOf(detection)))
          return outcome({ coverage: aCoverage({ resource: one }) })
        })
      }

      expect(generations).toEqual([0, 0, 1])
    })
  })

  describe('row-level security', () => {
    it('hides other accounts from a query that forgot to ask for its own', async () => {
      const other = aResource({ scope: aScope({ accountId: '999999999999' }) })
      for (const one of [resource, other]) {
        const { finding } = opened(1, { resource: one })
        await store().commit(one, () =>
          outcome({
            coverage: aCoverage({ resource: one }),
            inventory: anInventory(),
            changes: [{ is: 'opened', finding }],
          }),
        )
      }
      const own = resource.scope.accountId

      for (const table of ['resources', 'findings', 'finding_history', 'outbox', 'inventories']) {
        const accounts = await database().transaction([own], statements =>
          statements.rows(sql`select distinct account_id from ${sql.table(table)}`),
        )
        const nobody = await database().transaction([], statements =>
          statements.rows(sql`select account_id from ${sql.table(table)}`),
        )
        expect({ table, accounts, nobody }).toEqual({ table, accounts: [{ account_id: own }], nobody: [] })
      }
      const writing = database().transaction([own], statements =>
        statements.rows(sql`update resources set account_id = '999999999999', resource_id = 'stolen'`),
      )
      await expect(writing).rejects.toThrow('row-level security')
    })
  })
}
