import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import {
  aCoverage,
  aDigest,
  aFinding,
  anImage,
  anInstance,
  aResource,
  aScope,
  SOME_TIME,
} from '../../test/support/builders.ts'
import type { AccessKey } from '../accounts/access-key.ts'
import { instant, type Instant } from '../base/clock.ts'
import type { CoverageFilter } from '../coverage/coverage-query.ts'
import { resourceId } from '../domain/ids.ts'
import type { Coverage } from '../domain/coverage.ts'
import type { LayerRecord } from '../inventory/layer-cache.ts'
import { NO_EVENTS, type NetworkWatch } from '../scanning/network-watch-store.ts'
import type { Registry } from '../scanning/registry-store.ts'
import { secretBox } from '../system/secret-box.ts'
import type { Database } from './database.ts'
import { pgAccessKeyStore } from './pg-access-key-store.ts'
import { pgAccountStore } from './pg-account-store.ts'
import { pgCoverageStore } from './pg-coverage-store.ts'
import { pgLayerCache } from './pg-layer-cache.ts'
import { pgNetworkWatchStore } from './pg-network-watch-store.ts'
import { pgOutbox } from './pg-outbox.ts'
import { pgRegistryStore } from './pg-registry-store.ts'
import { pgScanStore } from './pg-scan-store.ts'

const box = secretBox(new Uint8Array(32).fill(7))
const scope = aScope()
const other = aScope({ accountId: '999999999999' })

/** Accounts, keys, registries, coverage, layers and the outbox, on whatever database. */
export function keepTheSmallStorePromises(database: () => Database): void {
  describe('accounts', () => {
    it('are known once added, and adding again changes nothing', async () => {
      const store = pgAccountStore(database())
      await store.addAccount(other.accountId, SOME_TIME)
      await store.addAccount(scope.accountId, SOME_TIME)
      await store.addAccount(scope.accountId, SOME_TIME)

      expect(await store.listAccounts()).toEqual([scope.accountId, other.accountId])
      expect(await store.accountExists(scope.accountId)).toBe(true)
      expect(await store.accountExists(aScope({ accountId: '000000000000' }).accountId)).toBe(false)
    })

    it('have every scan type off until a decision turns it on', async () => {
      const store = pgAccountStore(database())
      const off = {
        EC2: 'DISABLED',
        ECR: 'DISABLED',
        LAMBDA: 'DISABLED',
        LAMBDA_CODE: 'DISABLED',
        CODE_REPOSITORY: 'DISABLED',
      }

      const before = await store.statusesOf(scope)
      const after = await store.changeStatuses(scope, () => ({ ECR: 'ENABLED' }), SOME_TIME)

      expect(before).toEqual(off)
      expect(after).toEqual({ ...off, ECR: 'ENABLED' })
      expect(await store.statusesOf(scope)).toEqual(after)
      expect(await store.statusesOf(other)).toEqual(off)
      expect(await store.scopesWith('ECR', 'ENABLED')).toEqual([scope])
    })

    it('let one decision at a time see the present', async () => {
      const store = pgAccountStore(database())
      let enabledTwice = false

      await Promise.all(
        Array.from({ length: 6 }, () =>
          store.changeStatuses(
            scope,
            current => {
              const isOn = current.EC2 === 'ENABLED'
              if (isOn && current.ECR === 'ENABLED') enabledTwice = true
              return isOn ? { ECR: 'ENABLED' } : { EC2: 'ENABLED' }
            },
            SOME_TIME,
          ),
        ),
      )

      expect(enabledTwice).toBe(true)
    })
  })

  describe('access keys', () => {
    const key: AccessKey = {
      id: 'OIAKABCDEFGHIJKLMNOP',
      secret: 'secret text',
      accountId: scope.accountId,
      description: null,
      role: 'pipeline',
      status: 'ACTIVE',
      createdAt: SOME_TIME,
    }

    it('come back with their secret, which the database never sees', async () => {
      const store = pgAccessKeyStore(database(), box)
      await store.add(key)

      const rows = await database().executeSql('select sealed_secret from openinspector.access_keys')
      const { secret: _secret, ...shown } = key
      expect(await store.find(key.id)).toEqual(key)
      expect(await store.find('OIAKNONE')).toBeNull()
      expect(JSON.stringify(rows)).not.toContain('secret text')
      expect(await store.list(scope.accountId)).toEqual([shown])
      expect(await store.list(other.accountId)).toEqual([])
      expect(await store.count()).toBe(1)
    })

    it('are removed by their own account only, and never added twice', async () => {
      const store = pgAccessKeyStore(database(), box)
      await store.add(key)

      await expect(store.add({ ...key, accountId: other.accountId })).rejects.toThrow('duplicate key')
      expect(await store.remove(other.accountId, key.id)).toBe(false)
      expect(await store.remove(scope.accountId, key.id)).toBe(true)
      expect(await store.find(key.id)).toBeNull()
    })
  })

  describe('watched networks', () => {
    const watch: NetworkWatch = {
      scope,
      access: { roleArn: 'arn:aws:iam::111122223333:role/audit', externalId: 'tenant forty-two' },
      createdAt: SOME_TIME,
      lastEvaluatedAt: null,
      lastError: null,
      eventTokenHash: null,
      events: NO_EVENTS,
    }

    it('come back with an access that the database never sees, one for each account and Region', async () => {
      const store = pgNetworkWatchStore(database(), box)
      await store.put(watch)
      await store.put({ ...watch, scope: other, access: { roleArn: null, externalId: null } })
      await store.put({ ...watch, access: { ...watch.access, roleArn: 'arn:aws:iam::111122223333:role/other' } })

      const { rows } = await database().executeSql('select * from openinspector.network_watches')
      expect(rows).toHaveLength(2)
      expect(JSON.stringify(rows)).not.toMatch(/tenant forty-two|role/)
      expect(await store.find(scope)).toMatchObject({
        access: { roleArn: 'arn:aws:iam::111122223333:role/other', externalId: 'tenant forty-two' },
      })
      expect(await store.find(aScope({ region: 'us-east-1' }))).toBeNull()
    })

    it('count notices of changes, and keep the counts when they are watched with another token', async () => {
      const store = pgNetworkWatchStore(database(), box)
      await store.put(watch)
      await store.noteEvent(scope, instant(1), true)
      await store.noteEvent(scope, instant(2), false)
      await store.noteEvent(scope, instant(3), false)
      await store.noteEvent(other, instant(4), true)
      await store.put({ ...watch, eventTokenHash: 'another' })

      expect(await store.find(scope)).toMatchObject({
        eventTokenHash: 'another',
        events: { taken: 1, ignored: 2, lastAt: 3 },
      })
    })

    it('are due until they have been evaluated, and say how that went', async () => {
      const store = pgNetworkWatchStore(database(), box)
      await store.put(watch)

      expect(await store.due(instant(0))).toEqual([watch])
      await store.recordEvaluation(scope, SOME_TIME, 'refused')
      expect(await store.due(instant(SOME_TIME - 1))).toEqual([])
      expect(await store.due(SOME_TIME)).toEqual([{ ...watch, lastEvaluatedAt: SOME_TIME, lastError: 'refused' }])
      expect([await store.remove(other), await store.remove(scope), await store.remove(scope)]).toEqual([
        false,
        true,
        false,
      ])
    })
  })

  describe('registries', () => {
    const registry: Registry = {
      id: 'reg-0123456789abcdef',
      scope,
      url: 'https://registry.example',
      credentials: { username: 'user', password: 'pass word' },
      ecr: null,
      platforms: [],
      webhookToken: 'hook token',
      pollIntervalSeconds: 60,
      createdAt: SOME_TIME,
      lastPolledAt: null,
      lastError: null,
    }

    it('come back with credentials that the database never sees', async () => {
      const store = pgRegistryStore(database(), box)

      expect(await store.add(registry)).toBe('added')
      expect(await store.add({ ...registry, id: 'reg-2' })).toBe('exists')
      const ecr = { roleArn: 'arn:aws:iam::123456789012:role/scan', externalId: 'tenant forty-two' }
      const ofAws = { ...registry, id: 'reg-3', scope: other, credentials: null, ecr, platforms: ['linux/arm64'] }
      expect(await store.add(ofAws)).toBe('added')

      const { rows } = await database().executeSql('select * from openinspector.registries')
      expect(await store.find(registry.id)).toEqual(registry)
      expect(await store.find('reg-3')).toEqual(ofAws)
      expect(await store.list(scope)).toEqual([registry])
      expect(JSON.stringify(rows)).not.toMatch(/pass word|hook token|tenant forty-two/)
    })

    it('are due when their interval is over, and say how the last poll went', async () => {
      const store = pgRegistryStore(database(), box)
      await store.add(registry)
      const due = async (seconds: number) => (await store.due(instant(SOME_TIME + seconds * 1000))).length

      expect(await due(0)).toBe(1)
      await store.recordPoll(registry.id, SOME_TIME, 'refused')
      expect([await due(59), await due(60)]).toEqual([0, 1])
      expect(await store.find(registry.id)).toMatchObject({ lastPolledAt: SOME_TIME, lastError: 'refused' })
      expect(await store.remove(other, registry.id)).toBe(false)
      expect(await store.remove(scope, registry.id)).toBe(true)
      expect(await store.find(registry.id)).toBeNull()
    })
  })

  describe('coverage', () => {
    const image = aCoverage({
      resource: aResource({ id: resourceId('image'), details: anImage({ imageTags: ['a', 'b'] }) }),
    })
    const host = aCoverage({
      resource: aResource({ id: resourceId('i-1'), details: anInstance(), tags: { env: 'prod' } }),
      reason: 'NO_INVENTORY',
      detail: 'Nothing is installed.',
      lastScannedAt: null,
    })
    const gone = aCoverage({ resource: aResource({ id: resourceId('gone') }), reason: 'RESOURCE_TERMINATED' })
    const foreign = aCoverage({ resource: aResource({ scope: other, id: resourceId('foreign') }) })

    async function given(): Promise<void> {
      for (const coverage of [image, host, gone, foreign]) {
        await pgScanStore(database()).commit(coverage.resource, () => ({
          coverage,
          inventory: 'keep',
          matchedWith: 'keep',
          changes: [],
          retire: coverage === gone,
        }))
      }
    }
    async function search(filter: Partial<CoverageFilter>, accounts = [scope.accountId]): Promise<Coverage[]> {
      const found: Coverage[] = []
      let after: string | null = null
      do {
        const page = await pgCoverageStore(database()).search({
          region: scope.region,
          accountIds: accounts,
          filter: { strings: {}, dates: {}, ec2InstanceTags: [], ecrImageInUseCount: [], ...filter },
          limit: 1,
          after,
        })
        if (!page.ok) throw new Error(page.error)
        found.push(...page.value.coverage)
        after = page.value.next
      } while (after !== null)
      return found
    }

    it('lists what is watched, page by page', async () => {
      await given()

      expect(await search({})).toEqual([host, image])
      expect(await search({}, [scope.accountId, other.accountId])).toEqual([host, image, foreign])
    })

    it.each<[string, Partial<CoverageFilter>, Coverage[]]>([
      ['a reason', { strings: { scanStatusReason: [{ comparison: 'EQUALS', value: 'NO_INVENTORY' }] } }, [host]],
      ['not a code', { strings: { scanStatusCode: [{ comparison: 'NOT_EQUALS', value: 'ACTIVE' }] } }, [host]],
      ['one of its tags', { strings: { ecrImageTags: [{ comparison: 'EQUALS', value: 'b' }] } }, [image]],
      ['none of its tags', { strings: { ecrImageTags: [{ comparison: 'NOT_EQUALS', value: 'b' }] } }, [host]],
      ['a missing attribute', { strings: { scanMode: [{ comparison: 'EQUALS', value: 'X' }] } }, []],
      ['not a missing attribute', { strings: { scanMode: [{ comparison: 'NOT_EQUALS', value: 'X' }] } }, [host, image]],
      ['a time', { dates: { lastScannedAt: [{ from: SOME_TIME, to: SOME_TIME }] } }, [image]],
      ['a time that is never known', { dates: { ecrImageLastInUseAt: [{ from: null, to: null }] } }, []],
      ['a tag with its value', { ec2InstanceTags: [{ key: 'env', value: 'prod' }] }, [host]],
      ['a tag without a value', { ec2InstanceTags: [{ key: 'env', value: null }] }, [host]],
      ['another value', { ec2InstanceTags: [{ key: 'env', value: 'test' }] }, []],
      ['a count that is never known', { ecrImageInUseCount: [{ from: 0, to: null }] }, []],
    ])('filters by %s', async (_what, filter, expected) => {
      await given()

      expect(await search(filter)).toEqual(expected)
    })

    it('says when an image was last pulled, whatever is scanned meanwhile', async () => {
      await given()
      const store = pgScanStore(database())
      const pulled = (from: Instant) => search({ dates: { imagePulledAt: [{ from, to: null }] } })
      const pulls = [image, foreign].map(({ resource }) => ({ id: resource.id, pulledAt: SOME_TIME }))

      expect(await pulled(SOME_TIME)).toEqual([])
      await store.notePulls(scope, pulls)
      await given()
      expect(await pulled(SOME_TIME)).toEqual([{ ...image, imagePulledAt: SOME_TIME }])
      expect(await pulled(instant(SOME_TIME + 1))).toEqual([])
      await store.notePulls(scope, [{ id: image.resource.id, pulledAt: instant(SOME_TIME + 1) }])
      expect(await pulled(instant(SOME_TIME + 1))).toHaveLength(1)
    })
  })

  describe('layers', () => {
    it('come back as they were put, by content and revision', async () => {
      const cache = pgLayerCache(database())
      const record = {
        blob: aDigest('layer'),
        revision: 'r1',
        files: [],
        whiteouts: ['\0'],
        problems: [],
      } as unknown as LayerRecord
      await cache.put(record)
      await cache.put(record)

      expect(await cache.get(record.blob, 'r1')).toEqual(record)
      expect(await cache.get(record.blob, 'r2')).toBeNull()
    })

    it('are dropped when nobody has asked for them for a month', async () => {
      const cache = pgLayerCache(database())
      const record = (name: string) => ({ blob: aDigest(name), revision: 'r1' }) as LayerRecord
      await cache.put(record('old'))
      await cache.put(record('asked'))
      await database().executeSql(`update openinspector.layer_records set used_at = now() - interval '31 days'`)
      await cache.get(aDigest('asked'), 'r1')

      await cache.put(record('new'))

      expect(await cache.get(aDigest('old'), 'r1')).toBeNull()
      expect(await cache.get(aDigest('asked'), 'r1')).not.toBeNull()
    })
  })

  describe('outbox', () => {
    async function given(...changes: readonly number[]): Promise<void> {
      const resource = aResource()
      await pgScanStore(database()).commit(resource, () => ({
        coverage: aCoverage({ resource }),
        inventory: 'keep',
        matchedWith: 'keep',
        changes: changes.map(generation => ({ is: 'opened' as const, finding: aFinding({ generation }) })),
        retire: false,
      }))
    }
    const generations = (events: Awaited<ReturnType<ReturnType<typeof pgOutbox>['take']>>) =>
      events.map(event => event.change.finding.generation)

    it('offers each event to one taker, in order, and again when its lease ends', async () => {
      const outbox = pgOutbox(database())
      await given(1, 2, 3)

      const first = await outbox.take(2, 60)
      const second = await outbox.take(2, 60)
      await outbox.markDelivered(first.map(event => event.seq))
      await database().executeSql(`update openinspector.outbox set taken_until = now() - interval '1 second'`)
      const again = await outbox.take(9, 60)

      expect([generations(first), generations(second), generations(again)]).toEqual([[1, 2], [3], [3]])
    })

    it('holds back a finding of which an earlier event is still out', async () => {
      const outbox = pgOutbox(database())
      await given(1)
      const first = await outbox.take(9, 60)
      await given(1)

      const meanwhile = await outbox.take(9, 60)
      await outbox.markDelivered(first.map(event => event.seq))

      expect(meanwhile).toEqual([])
      expect(generations(await outbox.take(9, 60))).toEqual([1])
    })

    it('does not grow without end when nobody takes anything', async () => {
      const outbox = pgOutbox(database())
      await given(1, 2, 3, 4)
      await database().executeSql(`
        update openinspector.outbox set created_at = now() - interval '8 days'
        where seq = (select min(seq) from openinspector.outbox)`)

      expect(await outbox.trim({ keepDays: 7, keepAtMost: 2 })).toBe(2)
      expect(generations(await outbox.take(9, 60))).toEqual([3, 4])
    })
  })

  it('sweeps inventories that no resource has any more', async () => {
    const resource = aResource()
    await pgScanStore(database()).commit(resource, () => ({
      coverage: aCoverage({ resource }),
      inventory: { distro: null, packages: [], problems: [] },
      matchedWith: 'keep',
      changes: [],
      retire: false,
    }))
    await database().executeSql(`
      insert into openinspector.inventories (region, account_id, hash, content, touched_at)
      values ('eu-west-1', '111122223333', 'unused', '', now() - interval '2 hours');
      update openinspector.inventories set touched_at = now() - interval '2 hours'`)

    await pgScanStore(database()).deleteClosedBefore({
      remediated: SOME_TIME,
      gone: SOME_TIME,
      buried: SOME_TIME,
      now: SOME_TIME,
    })

    const left = await database().transaction('all', statements => statements.rows(sql`select hash from inventories`))
    expect(left).toHaveLength(1)
    expect(await pgScanStore(database()).inventoryOf(scope, resource.id)).not.toBeNull()
  })
}
