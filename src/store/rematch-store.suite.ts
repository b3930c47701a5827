import { beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import {
  aCoverage,
  aDetection,
  aFinding,
  anInventory,
  aPackage,
  aResource,
  aScope,
  SOME_TIME,
} from '../../test/support/builders.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { instant, type Instant } from '../base/clock.ts'
import type { FindingChange } from '../domain/finding.ts'
import { resourceId, vulnerabilityId, type ResourceId } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { namespace } from '../domain/namespace.ts'
import type { ReleaseEnd } from '../domain/release-end.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import type { Vulnerability } from '../domain/vulnerability.ts'
import { dpkgScheme } from '../ecosystems/deb/version.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import type { AdvisoryChanges } from '../scanning/advisory-database.ts'
import { planRematches, rematchScope, type RematchParts } from '../scanning/rematch.ts'
import type { HeldResource, RematchOutcome } from '../scanning/rematch-store.ts'
import { restsOn } from '../scanning/rests-on.ts'
import type { ScanOutcome } from '../scanning/scan-store.ts'
import type { Database } from './database.ts'
import { sweepInventories } from './inventory-content.ts'
import { pgRematchStore } from './pg-rematch-store.ts'
import { pgScanStore } from './pg-scan-store.ts'

const BOOKWORM = namespace('debian:12')
const OPENSSL = { namespace: BOOKWORM, name: 'openssl' }
const ZLIB = { namespace: BOOKWORM, name: 'zlib' }

/** What `RematchStore` promises, on whatever database, and what `scanning/rematch.ts` makes of it. */
export function keepsTheRematchStorePromises(database: () => Database): void {
  const store = () => pgRematchStore(database())
  const scans = () => pgScanStore(database())
  const scope = aScope()
  const openssl = anInventory()
  const zlib = anInventory({ packages: [aPackage({ name: 'zlib1g', source: { name: 'zlib', version: '1.2' } })] })

  function changes(given: Partial<AdvisoryChanges> = {}): AdvisoryChanges {
    return { to: 'v2', subjects: [], namespaces: [], vulnerabilities: [], ...given }
  }

  async function scanned(name: string, inventory: Inventory, given: Partial<ScanOutcome> = {}): Promise<ResourceId> {
    const resource = aResource({ id: resourceId(name) })
    await scans().commit(resource, () => ({
      coverage: aCoverage({ resource }),
      inventory,
      matchedWith: { advisoryVersion: 'v1' },
      changes: [],
      retire: false,
      ...given,
    }))
    return resource.id
  }

  function matched({ coverage }: HeldResource, advisoryVersion: string): RematchOutcome {
    return { coverage, matchedWith: { advisoryVersion }, changes: [] }
  }

  const due = async (): Promise<string[]> => (await store().dueResources(scope, null, 100)).map(({ id }) => id)
  const plan = (to: string, what: AdvisoryChanges | 'everything', from: string | null = 'v1') =>
    store().plan({ scope, matchedWith: from }, to, what)

  describe('plan', () => {
    it('makes due who holds a changed name, found by the source package, and nobody else', async () => {
      await scanned('a', openssl)
      await scanned('b', zlib)
      await scanned('c', zlib)

      expect(await store().outdated('v2')).toEqual([{ scope, matchedWith: 'v1' }])
      expect(await plan('v2', changes({ subjects: [ZLIB] }))).toBe(true)

      expect(await due()).toEqual(['b', 'c'])
      expect(await store().scopesWithWork()).toEqual([scope])
      expect(await store().outdated('v2')).toEqual([])
    })

    it('makes due who holds anything of a changed namespace', async () => {
      await scanned('a', openssl)
      await scanned('b', anInventory({ distro: null, packages: [aPackage({ namespace: namespace('debian:11') })] }))

      await plan('v2', changes({ namespaces: [BOOKWORM] }))

      expect(await due()).toEqual(['a'])
    })

    it('makes nothing due in another account that holds the same name', async () => {
      const other = aScope({ accountId: '999999999999' })
      const resource = aResource({ scope: other, id: resourceId('x') })
      await scans().commit(resource, () => ({
        coverage: aCoverage({ resource }),
        inventory: openssl,
        matchedWith: { advisoryVersion: 'v1' },
        changes: [],
        retire: false,
      }))
      await scanned('a', zlib)

      await plan('v2', changes({ subjects: [OPENSSL] }))

      expect(await store().scopesWithWork()).toEqual([])
      expect(await store().outdated('v2')).toEqual([{ scope: other, matchedWith: 'v1' }])
    })

    it('makes everything due that is matched otherwise, and passes by what left coverage', async () => {
      await scanned('a', openssl)
      await scanned('b', openssl, { matchedWith: { advisoryVersion: 'v2' } })
      await scanned('c', openssl, { retire: true })
      await scanned('d', zlib)
      await store().commitAll(scope, [resourceId('b')], () => 'drop')

      await plan('v2', 'everything')

      expect(await due()).toEqual(expect.arrayContaining(['a', 'd']))
      expect(await due()).toHaveLength(2)
    })

    it('takes vulnerabilities with open findings only', async () => {
      const opened = (number: number, given = {}): FindingChange => ({
        is: 'opened',
        finding: aFinding({
          resource: aResource({ id: resourceId('a') }),
          detection: aDetection({ vulnerabilityId: vulnerabilityId(`CVE-2026-${number}`) }),
          ...given,
        }),
      })
      const closed = { status: 'CLOSED', closedAt: SOME_TIME, closeReason: 'remediated' } as const
      await scanned('a', openssl, { changes: [opened(1), opened(2, closed)] })
      const vulnerabilities = [1, 2, 3].map(number => vulnerabilityId(`CVE-2026-${number}`))

      await plan('v2', changes({ vulnerabilities }))

      expect(await due()).toEqual([])
      expect(await store().dueRedescriptions(scope, null, 10)).toEqual(['CVE-2026-1'])
    })

    it('does nothing when another process moved the version meanwhile', async () => {
      await scanned('a', openssl)
      await plan('v2', changes())

      expect(await plan('v3', changes({ to: 'v3', subjects: [OPENSSL] }))).toBe(false)
      expect(await due()).toEqual([])
    })

    it('finds inventories that an earlier version stored without their names', async () => {
      await scanned('a', openssl)
      await database().transaction('all', async statements => {
        await statements.rows(sql`delete from inventory_subjects`)
        await statements.rows(sql`update inventories set subjects_revision = 0`)
      })

      await plan('v2', changes({ subjects: [ZLIB] }))
      const [resource] = await store().dueResources(scope, null, 10)
      await store().inventories(scope, [resource!.inventoryHash])
      await store().commitAll(scope, [resource!.id], () => 'drop')
      await plan('v3', changes({ to: 'v3', subjects: [ZLIB] }), 'v2')

      expect(resource?.id).toBe('a')
      expect(await due()).toEqual([])
      await plan('v4', changes({ to: 'v4', subjects: [OPENSSL] }), 'v3')
      expect(await due()).toEqual(['a'])
    })
  })

  describe('a scan', () => {
    it('that ends with older advisories than its scope has is due', async () => {
      await scanned('a', openssl)
      await plan('v2', changes())

      await scanned('b', openssl)

      expect(await due()).toEqual(['b'])
    })

    it('with the advisories of its scope ends what was due', async () => {
      await scanned('a', openssl)
      await plan('v2', changes({ subjects: [OPENSSL] }))

      await scanned('a', openssl, { matchedWith: { advisoryVersion: 'v2' } })

      expect(await due()).toEqual([])
    })

    it('with newer advisories is due until its scope follows and looks at it once', async () => {
      await scanned('a', openssl)
      await scanned('b', openssl, { matchedWith: { advisoryVersion: 'v2' } })
      await store().commitAll(scope, [resourceId('b')], held => matched(held, 'v2'))
      const before = await due()
      await plan('v2', changes())

      await store().commitAll(scope, [resourceId('b')], held => matched(held, 'v2'))

      expect([before, await due()]).toEqual([['b'], []])
    })

    it('that brings a resource back into coverage makes it due', async () => {
      await scanned('a', openssl)
      await scanned('a', openssl, { retire: true, inventory: 'keep', matchedWith: 'keep' })
      await plan('v2', changes({ subjects: [OPENSSL] }))

      await scanned('a', openssl, { inventory: 'keep', matchedWith: 'keep' })

      expect(await due()).toEqual(['a'])
    })

    it('that runs beside plans is seen by them or sees them', async () => {
      await scanned('first', openssl)
      const names = Array.from({ length: 12 }, (_, at) => `r${at}`)

      await Promise.all([...names.map(name => scanned(name, openssl)), plan('v2', changes({ subjects: [OPENSSL] }))])

      expect((await due()).sort()).toEqual(['first', ...names].sort())
    })
  })

  describe('the sweep of inventories', () => {
    it('takes their names with them', async () => {
      await scanned('a', openssl)
      await scanned('a', zlib)
      await database().transaction('all', async statements => {
        await statements.rows(sql`update inventories set touched_at = now() - interval '2 hours'`)
        await sweepInventories(statements)
      })

      const rows = await database().transaction('all', statements =>
        statements.rows(sql`select count(*)::integer as count from inventory_subjects`),
      )

      expect(rows).toEqual([{ count: 1 }])
    })
  })

  describe('rematch', () => {
    let world: {
      version: string
      fix: string
      description: string
      changes: AdvisoryChanges | 'everything'
      now: Instant
      ends: readonly ReleaseEnd[]
    }
    beforeEach(() => {
      world = { version: 'v1', fix: '3.0.14-1', description: 'One.', changes: 'everything', now: SOME_TIME, ends: [] }
    })

    /** Knows one flaw of openssl, below the fix of the world. */
    function anIndex(): AdvisoryIndex {
      const fixed = dpkgScheme.parse(world.fix)
      if (!fixed.ok) throw new Error('unreadable')
      const id = vulnerabilityId('CVE-2026-0001')
      const ranges = [{ scheme: 'dpkg', introduced: 'beginning', end: { fixed: fixed.value } }] as const
      const known: Vulnerability = {
        id,
        source: 'DEBIAN_CVE',
        sourceUrl: null,
        description: world.description,
        cvss: [],
        vendorSeverity: null,
        vendorCreatedAt: null,
        vendorUpdatedAt: null,
        relatedVulnerabilities: [],
        referenceUrls: [],
        ...NO_SIGNALS,
      }
      return {
        version: world.version,
        covers: () => 'fully',
        entriesFor: (where, name) =>
          name === 'openssl'
            ? [
                {
                  advisoryId: 'DSA-1',
                  feed: 'osv',
                  vulnerabilityIds: [id],
                  affected: { namespace: where, name, versions: [], ranges },
                },
              ]
            : [],
        vulnerability: () => known,
        signalsOf: () => NO_SIGNALS,
        releaseEnds: () => new Map(world.ends.map(end => [end.namespace, end])),
        close: () => {},
      }
    }

    const parts = (): RematchParts => ({
      store: store(),
      database: { changesSince: () => world.changes },
      advisories: { index: anIndex, close: () => {} },
      clock: { now: () => world.now },
      sha256,
    })

    async function run(): Promise<void> {
      for (const where of await planRematches(parts())) await rematchScope(parts(), where, AbortSignal.timeout(20_000))
    }

    async function events(): Promise<readonly unknown[]> {
      return database().transaction('all', statements =>
        statements.rows(sql`
          select h.change, h.document::json -> 'resource' ->> 'id' as id,
            h.document::json -> 'detection' ->> 'description' as description
          from outbox join finding_history h using (region, account_id, seq) order by seq`),
      )
    }

    it('opens and closes what the change brings, for every resource that shares the inventory, and ends', async () => {
      await scanned('a', openssl)
      await scanned('b', openssl)
      await scanned('c', zlib)
      Object.assign(world, { version: 'v2', changes: changes({ subjects: [OPENSSL] }) })
      await run()
      const opened = await events()
      Object.assign(world, { version: 'v3', fix: '1.0-1', changes: changes({ to: 'v3', subjects: [OPENSSL] }) })

      await run()

      expect(opened).toMatchObject([
        { change: 'opened', id: 'a' },
        { change: 'opened', id: 'b' },
      ])
      expect((await events()).slice(2)).toMatchObject([
        { change: 'closed', id: 'a' },
        { change: 'closed', id: 'b' },
      ])
      expect(await planRematches(parts())).toEqual([])
    })

    it('closes nothing that the inventory cannot prove gone', async () => {
      const problems = [{ path: 'var/lib/dpkg/status', reason: 'limit-exceeded', detail: '' }]
      await scanned('a', anInventory({ problems }))
      Object.assign(world, { version: 'v2', changes: changes({ subjects: [OPENSSL] }) })
      await run()
      Object.assign(world, { version: 'v3', fix: '1.0-1', changes: changes({ to: 'v3', subjects: [OPENSSL] }) })

      await run()

      expect(await events()).toMatchObject([{ change: 'opened', id: 'a' }])
    })

    it('gives a flaw that comes back after its finding was deleted another ARN', async () => {
      await scanned('a', openssl)
      Object.assign(world, { version: 'v2', changes: changes({ subjects: [OPENSSL] }) })
      await run()
      Object.assign(world, { version: 'v3', fix: '1.0-1', changes: changes({ to: 'v3', subjects: [OPENSSL] }) })
      await run()
      const later = instant(SOME_TIME + 1)
      await scans().deleteClosedBefore({ remediated: later, gone: later, buried: SOME_TIME, now: later })
      Object.assign(world, { version: 'v4', fix: '3.0.14-1', changes: changes({ to: 'v4', subjects: [OPENSSL] }) })

      await run()

      const arns = await database().transaction('all', statements =>
        statements.rows(sql`select distinct document::json ->> 'arn' as arn from finding_history`),
      )
      expect(await events()).toMatchObject([{ change: 'opened' }, { change: 'closed' }, { change: 'opened' }])
      expect(arns).toHaveLength(2)
    })

    it('describes open findings anew without matching', async () => {
      await scanned('a', openssl)
      await scanned('b', openssl)
      Object.assign(world, { version: 'v2', changes: changes({ subjects: [OPENSSL] }) })
      await run()
      const vulnerabilities = [vulnerabilityId('CVE-2026-0001')]
      Object.assign(world, { version: 'v3', description: 'Two.', changes: changes({ to: 'v3', vulnerabilities }) })

      await run()

      expect((await events()).slice(2)).toMatchObject([
        { change: 'updated', description: 'Two.' },
        { change: 'updated', description: 'Two.' },
      ])
      expect(await planRematches(parts())).toEqual([])
    })

    it('opens a finding the night that a platform ends, for its resources and no others, without new advisories', async () => {
      const bullseye = { id: 'debian', versionId: '11', codename: 'bullseye', prettyName: 'Debian 11' }
      const old = anInventory({ distro: bullseye, packages: [] })
      const before = { matchedWith: { advisoryVersion: restsOn(anIndex(), SOME_TIME) } }
      await scanned('old', old, before)
      await scanned('young', openssl, before)
      Object.assign(world, { changes: changes({ to: 'v1' }) })
      await run()
      const quiet = await events()

      Object.assign(world, { now: instant(Date.UTC(2026, 8, 1)) })
      await planRematches(parts())
      const concerned = await due()
      await run()

      expect(quiet).toEqual([])
      expect(concerned).toEqual(['old'])
      expect(await events()).toMatchObject([{ change: 'opened', id: 'old' }])
      expect(await planRematches(parts())).toEqual([])
    })

    it('follows a feed that learns late that a release has ended, and closes when it takes that back', async () => {
      const mariner = { id: 'mariner', versionId: '2.0', codename: null, prettyName: 'CBL-Mariner 2' }
      const where = namespace('mariner:2')
      await scanned('old', anInventory({ distro: mariner, packages: [] }))
      await scanned('young', openssl)
      Object.assign(world, { changes: changes({ to: 'v1' }) })
      await run()
      const lastDay = instant(Date.UTC(2025, 6, 31))
      const told = { namespace: where, label: 'Mariner 2', extendedUntil: null, page: 'https://dates.example/' }
      const releaseEnds = [{ namespace: where, earliest: lastDay }]

      Object.assign(world, {
        version: 'v2',
        ends: [{ ...told, ends: lastDay }],
        changes: { ...changes(), releaseEnds },
      })
      await planRematches(parts())
      const concerned = await due()
      await run()
      const opened = await events()
      Object.assign(world, { version: 'v3', ends: [], changes: { ...changes({ to: 'v3' }), releaseEnds } })
      await run()
      const silent = await events()
      const later = { ...told, ends: instant(Date.UTC(2030, 0, 1)) }
      Object.assign(world, { version: 'v4', ends: [later], changes: { ...changes({ to: 'v4' }), releaseEnds } })
      await run()

      expect(concerned).toEqual(['old'])
      expect(opened).toMatchObject([{ change: 'opened', id: 'old' }])
      expect(silent).toEqual(opened)
      expect((await events()).slice(1)).toMatchObject([{ change: 'closed', id: 'old' }])
    })

    it('goes back for nobody whose clock is behind', async () => {
      await scanned('a', openssl)
      Object.assign(world, { changes: changes({ to: 'v1' }), now: instant(Date.UTC(2026, 8, 1)) })
      await run()

      Object.assign(world, { now: SOME_TIME })

      expect(await planRematches(parts())).toEqual([])
    })

    it('leaves it due when the advisories move on while it works', async () => {
      await scanned('a', openssl)
      Object.assign(world, { version: 'v2', changes: changes({ subjects: [OPENSSL] }) })
      await planRematches(parts())
      await plan('v3', changes({ to: 'v3', subjects: [OPENSSL] }), restsOn(anIndex(), SOME_TIME))

      await rematchScope(parts(), scope, AbortSignal.timeout(20_000))

      expect(await due()).toEqual(['a'])
    })

    it('touches nothing of a resource that left coverage after it was planned', async () => {
      await scanned('a', openssl)
      Object.assign(world, { version: 'v2', changes: changes({ subjects: [OPENSSL] }) })
      await planRematches(parts())
      await scanned('a', openssl, { retire: true, inventory: 'keep', matchedWith: 'keep' })

      await run()

      expect(await events()).toEqual([])
      expect(await due()).toEqual([])
    })

    it('rewrites nothing that another did already, and forgets that it was due', async () => {
      await scanned('a', openssl)
      Object.assign(world, { version: 'v2', changes: changes() })
      await scanned('b', openssl, { matchedWith: { advisoryVersion: restsOn(anIndex(), SOME_TIME) } })

      await run()

      expect(await events()).toEqual([])
      expect(await due()).toEqual([])
    })

    it('is safe to run twice at once', async () => {
      for (const name of ['a', 'b', 'c']) await scanned(name, openssl)
      Object.assign(world, { version: 'v2', changes: changes({ subjects: [OPENSSL] }) })
      await planRematches(parts())

      await Promise.all([1, 2].map(() => rematchScope(parts(), scope, AbortSignal.timeout(20_000))))

      expect(await events()).toHaveLength(3)
    })
  })
}
