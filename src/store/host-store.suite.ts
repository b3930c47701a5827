import { describe, expect, it } from 'vitest'
import {
  aCoverage,
  aFinding,
  anInstance,
  anInventory,
  aPackage,
  aResource,
  aScope,
  aVulnerablePackage,
  packageDetection,
  SOME_TIME,
} from '../../test/support/builders.ts'
import { advisoriesOf } from '../../test/support/rounds-of-advisories.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { instant } from '../base/clock.ts'
import type { Finding, VulnerablePackage } from '../domain/finding.ts'
import { resourceId, vulnerabilityId } from '../domain/ids.ts'
import type { RuntimeFacts } from '../domain/runtime-facts.ts'
import {
  hostReports,
  hostResourceId,
  markSilentHosts,
  STALE_AFTER_DAYS,
  type CheckIn,
  type HostReportParts,
} from '../scanning/host-reports.ts'
import type { Host } from '../scanning/host-store.ts'
import type { Database } from './database.ts'
import { pgAccountStore } from './pg-account-store.ts'
import { pgHostStore } from './pg-host-store.ts'
import { pgScanStore } from './pg-scan-store.ts'

const scope = aScope()
const other = aScope({ accountId: '999999999999' })
const identity = { hostName: 'web-1', ipV4Addresses: ['192.0.2.7'], ipV6Addresses: [], agentVersion: '1.0.0' }
const DAY_MS = 86_400_000
const RUNTIME: RuntimeFacts = {
  listening: [{ protocol: 'tcp', address: '0.0.0.0', port: 22, program: 'usr/sbin/sshd', package: 'openssh-server' }],
  loaded: [{ name: 'openssh-server', files: ['usr/sbin/sshd'] }],
  unowned: [],
  gaps: [],
}

function aHost(given: Partial<Host> = {}): Host {
  const id = given.id ?? 'host-0123456789abcdef'
  return {
    id,
    scope,
    name: 'web-1',
    resourceId: hostResourceId(id, sha256),
    tokenHash: sha256('secret'),
    createdAt: SOME_TIME,
    machineKey: null,
    identity: null,
    lastSeenAt: null,
    sequence: 0,
    inventoryHash: null,
    runtimeHash: null,
    ...given,
  }
}

/** Hosts with agents, and what their reports do, on whatever database. */
export function keepTheHostStorePromises(database: () => Database): void {
  describe('hosts', () => {
    it('are added once for a resource, found by id, and removed by their own account only', async () => {
      const store = pgHostStore(database())
      const host = aHost()

      expect(await store.add(host)).toBe('added')
      expect(await store.add(aHost({ id: 'host-2', resourceId: host.resourceId }))).toBe('exists')
      expect(await store.add(aHost({ id: 'host-3', scope: other, resourceId: host.resourceId }))).toBe('added')
      expect(await store.find(host.id)).toEqual(host)
      expect(await store.list(scope)).toEqual([host])
      expect(await store.remove(other, host.id)).toBe(false)
      expect(await store.remove(scope, host.id)).toBe(true)
      expect(await store.find(host.id)).toBeNull()
    })

    it('belong to the machine that came first', async () => {
      const store = pgHostStore(database())
      const host = aHost()
      await store.add(host)
      const seen = (machineKey: string) => store.recordCheckIn(host.id, { machineKey, identity, at: SOME_TIME })

      expect(await seen('a')).toBe('seen')
      expect(await seen('b')).toBe('other-machine')
      expect(await seen('a')).toBe('seen')
      expect(await store.recordCheckIn('host-9', { machineKey: 'a', identity, at: SOME_TIME })).toBe('unknown-host')
      expect(await store.find(host.id)).toMatchObject({ machineKey: 'a', identity, lastSeenAt: SOME_TIME })
    })

    it('belong to the EC2 instance that they were added as, and a copy of that is refused', async () => {
      const store = pgHostStore(database())
      const host = aHost({ resourceId: resourceId('i-0123456789abcdef0') })
      await store.add(host)
      const parts = { hosts: store, store: pgScanStore(database()), accounts: pgAccountStore(database()) }
      const rest = { advisories: { index: () => null, close() {} }, clock: { now: () => SOME_TIME }, sha256 }
      const says = async (instanceId: string | undefined) => {
        const identified = { ...identity, ...(instanceId === undefined ? {} : { instanceId }) }
        const checkIn = { machineKey: 'a', identity: identified, inventoryHash: null, runtimeHash: null }
        return (await hostReports({ ...parts, ...rest }).checkIn((await store.find(host.id)) ?? host, checkIn)).is
      }

      expect(await says('i-00000000000000001')).toBe('other-machine')
      expect((await store.find(host.id))?.machineKey).toBeNull()
      expect(await says('i-0123456789abcdef0')).toBe('seen')
      expect(await says(undefined)).toBe('seen')
      expect((await store.find(host.id))?.identity).toEqual(identity)
    })

    it('keep what runs on them for their own account', async () => {
      const store = pgHostStore(database())
      const host = aHost()
      await store.add(host)

      expect(await store.runtimeOf(scope, host.id)).toBeNull()
      await store.recordRuntime(host.id, 'hash', RUNTIME)

      expect(await store.runtimeOf(scope, host.id)).toEqual(RUNTIME)
      expect(await store.runtimeOf(other, host.id)).toBeNull()
      expect(await store.runtimeOfResource(scope, host.resourceId)).toEqual(RUNTIME)
      expect(await store.runtimeOfResource(other, host.resourceId)).toBeNull()
      expect((await store.find(host.id))?.runtimeHash).toBe('hash')
    })

    it('say of open findings of their machine whether the packages are in use', async () => {
      const store = pgHostStore(database())
      const host = aHost()
      await store.add(host)
      const resource = aResource({ scope, id: host.resourceId, details: anInstance() })
      const about = (number: number, ...packages: readonly Partial<VulnerablePackage>[]) =>
        aFinding({
          resource,
          detection: {
            vulnerabilityId: vulnerabilityId(`CVE-2026-${number}`),
            vulnerablePackages: packages.map(aVulnerablePackage),
          },
        })
      await pgScanStore(database()).commit(resource, () => ({
        coverage: aCoverage({ resource }),
        inventory: 'keep',
        matchedWith: 'keep',
        changes: [
          about(1, { name: 'openssh-server' }, { name: 'bash' }),
          about(2, { name: 'bash' }),
          about(3, { name: 'lodash', filePath: 'app/package-lock.json' }),
          about(4, { name: 'openssh-server', filePath: 'app/package-lock.json' }),
          about(5),
        ].map(finding => ({ is: 'opened', finding })),
        retire: false,
      }))
      const uses = async () => {
        let known: readonly Finding[] = []
        await pgScanStore(database()).commit(resource, findings => {
          known = findings
          return {
            coverage: aCoverage({ resource }),
            inventory: 'keep',
            matchedWith: 'keep',
            changes: [],
            retire: false,
          }
        })
        return known.map(packageDetection).map(({ isInUse }) => isInUse)
      }

      const before = await uses()
      await store.refreshUse(scope, host.resourceId)
      const unasked = await uses()
      await store.recordRuntime(host.id, 'hash', RUNTIME)
      const all = await uses()
      await store.recordRuntime(host.id, 'hash', { ...RUNTIME, gaps: ['processes-not-readable'] })
      const some = await uses()
      await store.refreshUse(other, host.resourceId)

      expect([before, unasked]).toEqual(Array(2).fill(Array(5).fill(undefined)))
      expect(all).toEqual([true, false, undefined, undefined, undefined])
      expect(some).toEqual([true, undefined, undefined, undefined, undefined])
      expect(await uses()).toEqual(some)
    })
  })

  describe('reports of a host', () => {
    const aVulnerable = anInventory()
    const aSound = anInventory({ packages: [aPackage({ name: 'bash', version: '5.2-1' })] })

    /** A server in which hosts are scanned and openssl is vulnerable. */
    async function aServer(round: number | null = 1) {
      const clock = { at: SOME_TIME }
      const parts: HostReportParts = {
        hosts: pgHostStore(database()),
        store: pgScanStore(database()),
        accounts: pgAccountStore(database()),
        advisories: { index: () => (round === null ? null : advisoriesOf(round)), close() {} },
        clock: { now: () => clock.at },
        sha256,
      }
      await parts.accounts.addAccount(scope.accountId, SOME_TIME)
      await parts.accounts.changeStatuses(scope, () => ({ EC2: 'ENABLED' }), SOME_TIME)
      const { id } = aHost()
      await parts.hosts.add(aHost())
      const reports = hostReports(parts)
      const host = async (): Promise<Host> => (await parts.hosts.find(id)) ?? aHost()
      return {
        parts,
        clock,
        checkIn: async (inventoryHash: string | null, given: Partial<CheckIn> = {}) =>
          reports.checkIn(await host(), { machineKey: 'a', identity, inventoryHash, runtimeHash: null, ...given }),
        send: async (sequence: number, inventory: typeof aSound) =>
          reports.inventory(await host(), { sequence, hash: sha256(JSON.stringify(inventory)), inventory }),
        remove: async () => reports.remove(await host()),
        known: () => parts.store.find(scope, aHost().resourceId),
        open: async () => {
          const { rows } = await database().executeSql(
            `select vulnerability_id from openinspector.findings where status = 'ACTIVE' order by 1`,
          )
          return rows.map(row => row['vulnerability_id'])
        },
      }
    }
    const FLAWS = ['CVE-2026-0001', 'CVE-2026-0002']

    it('open findings, are asked for once, and change nothing when repeated', async () => {
      const server = await aServer()
      const hash = sha256(JSON.stringify(aVulnerable))

      expect(await server.checkIn(hash)).toMatchObject({ is: 'seen', wants: ['inventory'], sequence: 0 })
      expect(await server.send(5, aVulnerable)).toBe('stored')
      expect(await server.open()).toEqual(FLAWS)
      const before = await server.known()
      expect(await server.send(5, aVulnerable)).not.toBe('unknown-host')
      expect(await server.known()).toEqual(before)
      expect(await server.checkIn(hash)).toMatchObject({ wants: [], sequence: 5 })
      expect(before).toMatchObject({
        reportSequence: 5,
        resource: { details: { hostName: 'web-1', ipV4Addresses: ['192.0.2.7'], platform: 'DEBIAN_12' } },
        coverage: { reason: 'SUCCESSFUL' },
      })
    })

    it('that come late do not undo newer ones', async () => {
      const server = await aServer()
      await server.checkIn(null)

      expect(await server.send(6, aSound)).toBe('stored')
      expect(await server.send(5, aVulnerable)).toBe('superseded')

      expect(await server.open()).toEqual([])
    })

    it('close what is gone', async () => {
      const server = await aServer()
      await server.checkIn(null)
      await server.send(5, aVulnerable)

      await server.send(6, aSound)

      expect(await server.open()).toEqual([])
    })

    it('move "last scanned" also when nothing has changed', async () => {
      const server = await aServer()
      await server.checkIn(null)
      await server.send(5, aSound)
      server.clock.at = instant(SOME_TIME + 1_800_000)

      await server.checkIn(sha256(JSON.stringify(aSound)))

      expect((await server.known())?.coverage.lastScannedAt).toBe(server.clock.at)
    })

    it('wait for the first advisories', async () => {
      const server = await aServer(null)
      await server.checkIn(null)

      await server.send(5, aVulnerable)

      expect((await server.known())?.coverage).toMatchObject({ reason: 'PENDING_INITIAL_SCAN', lastScannedAt: null })
      expect(await server.parts.store.inventoryOf(scope, aHost().resourceId)).toEqual(aVulnerable)
    })

    it('are not wanted while hosts are not scanned', async () => {
      const server = await aServer()
      await server.parts.accounts.changeStatuses(scope, () => ({ EC2: 'DISABLED' }), SOME_TIME)

      expect(await server.checkIn('h', { runtimeHash: 'r' })).toMatchObject({ isWatched: false, wants: [] })
      expect(await server.send(5, aVulnerable)).toBe('not-watched')
      expect(await server.known()).toBeNull()
    })

    it('that stay away make the inventory stale, close nothing, and are asked for in full when they come back', async () => {
      const server = await aServer()
      const hash = sha256(JSON.stringify(aVulnerable))
      await server.checkIn(hash)
      await server.send(5, aVulnerable)
      const { signal } = new AbortController()

      server.clock.at = instant(SOME_TIME + STALE_AFTER_DAYS * DAY_MS)
      expect(await markSilentHosts(server.parts, signal)).toBe(0)
      server.clock.at = instant(server.clock.at + 1)
      expect(await markSilentHosts(server.parts, signal)).toBe(1)
      expect(await markSilentHosts(server.parts, signal)).toBe(0)
      expect((await server.known())?.coverage.reason).toBe('STALE_INVENTORY')
      expect(await server.open()).toEqual(FLAWS)

      expect(await server.checkIn(hash)).toMatchObject({ wants: ['inventory'] })
      expect(await server.send(5, aVulnerable)).toBe('stored')
      expect((await server.known())?.coverage.reason).toBe('SUCCESSFUL')
      expect(await server.open()).toEqual(FLAWS)
    })

    it('of a host that an administrator removed leave nothing behind, however they cross', async () => {
      const server = await aServer()
      await server.checkIn(null)
      await server.send(5, aVulnerable)

      await server.remove()
      expect(await server.open()).toEqual([])
      expect((await server.known())?.coverage.reason).toBe('RESOURCE_TERMINATED')
      expect(await server.send(6, aVulnerable)).toBe('unknown-host')

      expect(await server.open()).toEqual([])
      expect((await server.known())?.coverage.reason).toBe('RESOURCE_TERMINATED')
    })
  })
}
