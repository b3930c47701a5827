import { describe, expect, it } from 'vitest'
import { anOpenPath, aScope, SOME_TIME } from '../../test/support/builders.ts'
import {
  aGroup,
  anAcl,
  aNetwork,
  anInstance,
  anInterface,
  aSubnet,
  aTable,
  aVpc,
  owned,
} from '../../test/support/network-builder.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { instant } from '../base/clock.ts'
import { err, ok } from '../base/result.ts'
import type { Coverage } from '../domain/coverage.ts'
import type { Finding } from '../domain/finding.ts'
import { resourceId, type Scope } from '../domain/ids.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import { describeNetwork } from '../scanning/describe-network.ts'
import { watchedNetworks, type EvaluationsEnd } from '../scanning/evaluate-networks.ts'
import type { NetworkSource, NetworkSourceError } from '../scanning/network-source.ts'
import { NO_EVENTS } from '../scanning/network-watch-store.ts'
import { secretBox } from '../system/secret-box.ts'
import type { Database } from './database.ts'
import { pgAccountStore } from './pg-account-store.ts'
import { pgCoverageStore } from './pg-coverage-store.ts'
import { pgDescribedNetworks } from './pg-described-networks.ts'
import { pgFindingStore } from './pg-finding-store.ts'
import { pgNetworkStore } from './pg-network-store.ts'
import { pgNetworkWatchStore } from './pg-network-watch-store.ts'
import { pgScanStore } from './pg-scan-store.ts'

const workload = aScope()
const network = aScope({ accountId: '222222222222' })
const stranger = aScope({ accountId: '333333333333' })
const WEB = 'i-00000000000000001'
const APP = 'i-00000000000000002'
const SSH = 'Port 22 is reachable from an Internet Gateway - TCP'
const signal = new AbortController().signal

/** Two instances in a subnet that another account shares. */
function workloads(groups: Readonly<Record<'web' | 'app', readonly string[]>>): Partial<NetworkSnapshot> {
  const shared = aSubnet('subnet-1', 'vpc-1', '10.0.0.0/24')
  return {
    instances: [anInstance(WEB), anInstance(APP)],
    interfaces: [
      anInterface('eni-1', shared, ['10.0.0.10=198.51.100.10'], ['sg-1'], { instanceId: WEB }),
      anInterface('eni-2', shared, ['10.0.0.11=198.51.100.11'], ['sg-2'], { instanceId: APP }),
    ],
    securityGroups: [aGroup('sg-1', groups.web), aGroup('sg-2', groups.app)],
  }
}

/** What leads to that subnet. */
function ways(routes: readonly string[]): Partial<NetworkSnapshot> {
  const theirs = { accountId: network.accountId }
  return {
    vpcs: [{ ...aVpc('vpc-1', '10.0.0.0/16'), ...theirs }],
    subnets: [{ ...aSubnet('subnet-1', 'vpc-1', '10.0.0.0/24'), ...theirs }],
    routeTables: [{ ...aTable('rtb-1', 'vpc-1', ['subnet-1'], ['10.0.0.0/16 local', ...routes]), ...theirs }],
    networkAcls: [{ ...anAcl('acl-1', 'vpc-1', ['subnet-1']), ...theirs }],
    internetGateways: [{ ...owned('igw-1'), ...theirs, vpcId: 'vpc-1' }],
  }
}

const OPEN = ways(['0.0.0.0/0 igw-1'])
const CLOSED = ways([])

const box = secretBox(new Uint8Array(32).fill(7))

/** What the watched networks promise, told by what is stored, on whatever database. */
export function keepsTheWatchedNetworksPromises(database: () => Database): void {
  let asked: { readonly scope: Scope; readonly calls: 'all' | readonly string[] }[] = []
  let world = new Map<string, Partial<NetworkSnapshot> | NetworkSourceError>()
  let now = SOME_TIME
  const descriptions = () => pgDescribedNetworks(database(), box)
  const watches = () => pgNetworkWatchStore(database(), box)

  const source: NetworkSource = {
    describe(scope, calls) {
      asked.push({ scope, calls })
      const told = world.get(scope.accountId)
      const kept = (parts: object) =>
        JSON.stringify(parts, (_, value: unknown) => (typeof value === 'bigint' ? { big: String(value) } : value))
      if (told === undefined) return Promise.resolve(null)
      if ('reason' in told) return Promise.resolve(err(told))
      return Promise.resolve(ok({ asked: 'all' as const, calls: [{ call: 'DescribeVpcs', text: kept(told) }] }))
    },
    async join(networks) {
      const parts: Partial<NetworkSnapshot>[] = []
      const revive = (_: string, value: unknown): unknown =>
        typeof value === 'object' && value !== null && 'big' in value ? BigInt(String(value.big)) : value
      for await (const { calls } of networks) {
        for (const { text } of calls) parts.push(JSON.parse(text, revive) as Partial<NetworkSnapshot>)
      }
      const all = aNetwork()
      const lists = Object.keys(all).filter(name => name !== 'takenAt') as Exclude<keyof NetworkSnapshot, 'takenAt'>[]
      return {
        ...all,
        ...Object.fromEntries(
          lists.map(name => [name, parts.flatMap(part => (part[name] as unknown[] | undefined) ?? [])]),
        ),
      }
    },
  }

  function parts() {
    return {
      source,
      descriptions: descriptions(),
      networks: pgNetworkStore(database()),
      store: pgScanStore(database()),
      accounts: pgAccountStore(database()),
      clock: { now: () => now },
      sha256,
      newId: () => `evaluation ${Math.random()}`,
    }
  }

  async function watch(scope: Scope, told: Partial<NetworkSnapshot> | NetworkSourceError): Promise<void> {
    await pgAccountStore(database()).changeStatuses(scope, () => ({ EC2: 'ENABLED' }), now)
    const access = { roleArn: null, externalId: null }
    await watches().put({
      scope,
      access,
      createdAt: now,
      lastEvaluatedAt: null,
      lastError: null,
      eventTokenHash: null,
      events: NO_EVENTS,
    })
    await become(scope, told)
  }

  async function become(scope: Scope, told: Partial<NetworkSnapshot> | NetworkSourceError): Promise<void> {
    world.set(scope.accountId, told)
    await descriptions().request(scope, 'all')
    await describeNetwork(parts(), scope, signal)
  }

  function aWorker() {
    const networks = watchedNetworks(parts())
    return { evaluate: (): Promise<EvaluationsEnd> => networks.evaluate(signal) }
  }

  async function findings(scope = workload): Promise<readonly Finding[]> {
    const filter = { strings: {}, dates: {}, numbers: {}, resourceTags: [], portRange: [], vulnerablePackages: [] }
    const query = { region: scope.region, accountIds: [scope.accountId], filter, limit: 100, after: null }
    const page = await pgFindingStore(database()).search({ ...query, sort: { field: 'FINDING_TYPE', order: 'ASC' } })
    if (!page.ok) throw new Error(page.error)
    return page.value.findings
  }

  async function statuses(): Promise<readonly string[]> {
    return (await findings())
      .map(({ status, resource, detection }) => `${status} ${resource.id} ${detection.title}`)
      .toSorted()
  }

  async function coverage(scope = workload): Promise<readonly Coverage[]> {
    const filter = { strings: {}, dates: {}, ec2InstanceTags: [], ecrImageInUseCount: [] }
    const query = { region: scope.region, accountIds: [scope.accountId], filter, limit: 100, after: null }
    const page = await pgCoverageStore(database()).search(query)
    if (!page.ok) throw new Error(page.error)
    return page.value.coverage
  }

  async function ofWeb(): Promise<Coverage | undefined> {
    return (await coverage()).find(({ resource, scanType }) => resource.id === WEB && scanType === 'NETWORK')
  }

  /** The workload account, and what leads to it in the network account. */
  async function givenBoth(groups: readonly string[] = ['tcp/22 0.0.0.0/0']): Promise<void> {
    asked = []
    world = new Map()
    now = SOME_TIME
    await watch(workload, workloads({ web: groups, app: [] }))
    await watch(network, OPEN)
  }

  it('follow a path over two accounts, and show each account what it may see', async () => {
    await givenBoth()

    const end = await aWorker().evaluate()

    expect(end).toMatchObject({ networks: 2, instances: 2, retired: 0 })
    expect(await statuses()).toEqual([`ACTIVE ${WEB} ${SSH}`])
    const [finding] = await findings()
    const path = finding?.detection.type === 'NETWORK_REACHABILITY' ? finding.detection.path : anOpenPath()
    expect(path.otherNetworks).toEqual([{ accountId: network.accountId, region: network.region }])
    // Amazon Inspector names the ACL in its steps; the route table and every rule are the other account's own.
    expect(path.steps.map(({ componentId }) => componentId)).toContain('acl-1')
    expect(JSON.stringify(path.hops)).not.toMatch(/rtb-1|rule 100/)
    expect(path.hops.some(({ componentId, rule }) => componentId === 'sg-1' && rule !== null)).toBe(true)
    expect(await findings(network)).toEqual([])
  })

  it('close a finding of one account when the network of another changes, and open it again', async () => {
    await givenBoth()
    const worker = aWorker()
    await worker.evaluate()
    await become(network, CLOSED)
    const closing = await worker.evaluate()
    const closed = await statuses()
    await become(network, OPEN)
    await worker.evaluate()

    expect(closing).toMatchObject({ instances: 1 })
    expect(closed).toEqual([`CLOSED ${WEB} ${SSH}`])
    expect(await statuses()).toEqual([`ACTIVE ${WEB} ${SSH}`])
  })

  it('write what a change may reach, and of the rest that it was looked at', async () => {
    await givenBoth()
    const worker = aWorker()
    await worker.evaluate()
    now = instant(SOME_TIME + 60_000)
    await become(workload, workloads({ web: ['tcp/443 0.0.0.0/0'], app: [] }))

    const end = await worker.evaluate()

    expect(end).toMatchObject({ instances: 1, gone: 0 })
    expect(
      (await coverage()).filter(({ scanType }) => scanType === 'NETWORK').map(({ lastScannedAt }) => lastScannedAt),
    ).toEqual([now, now])
  })

  it('agree whichever worker evaluates', async () => {
    await givenBoth()
    const [one, other] = [aWorker(), aWorker()]
    await one.evaluate()
    await become(network, CLOSED)
    await other.evaluate()
    await become(network, OPEN)

    // For this worker nothing has changed since it last looked.
    await one.evaluate()

    expect(await statuses()).toEqual([`ACTIVE ${WEB} ${SSH}`])
  })

  it('lose nothing when a worker dies between the description and its last commit', async () => {
    await givenBoth()
    const worker = aWorker()
    await worker.evaluate()
    await become(network, CLOSED)
    const dying = { ...parts().networks, commitAll: () => Promise.reject(new Error('killed')) }
    await expect(watchedNetworks({ ...parts(), networks: dying }).evaluate(signal)).rejects.toThrow('killed')

    await worker.evaluate()

    expect(await statuses()).toEqual([`CLOSED ${WEB} ${SSH}`])
  })

  describe('that cannot be described now', () => {
    const denied: NetworkSourceError = { reason: 'ACCESS_DENIED', detail: 'No role may be assumed by secret-role.' }

    it('take part as they were: what rests on them is assumed, and stays', async () => {
      await givenBoth()
      const worker = aWorker()
      await worker.evaluate()
      now = instant(SOME_TIME + 60_000)
      await become(network, denied)
      await worker.evaluate()
      const assumed = await findings()
      const gaps = await ofWeb()
      await become(workload, workloads({ web: [], app: [] }))
      await worker.evaluate()
      const kept = await statuses()
      await become(network, OPEN)
      await worker.evaluate()

      expect(assumed[0]).toMatchObject({
        status: 'ACTIVE',
        detection: {
          path: {
            confidence: 'assumed',
            assumptions: [
              expect.stringContaining(`The network of ${network.accountId} in ${network.region} could not`) as string,
            ],
          },
        },
      })
      expect(gaps).toMatchObject({ reason: 'SUCCESSFUL', problems: [{ path: network.accountId, reason: 'outdated' }] })
      expect(JSON.stringify(gaps)).not.toContain('secret-role')
      expect(kept).toEqual([`ACTIVE ${WEB} ${SSH}`])
      expect(await statuses()).toEqual([`CLOSED ${WEB} ${SSH}`])
    })

    it('say why in their own coverage, and since when', async () => {
      await givenBoth()
      const worker = aWorker()
      await worker.evaluate()
      now = instant(SOME_TIME + 60_000)
      await become(workload, denied)
      await worker.evaluate()

      expect(await ofWeb()).toMatchObject({
        reason: 'ACCESS_DENIED',
        detail: expect.stringMatching(/^No role may be assumed.*taken as it was then\.$/) as string,
        lastScannedAt: SOME_TIME,
      })
      expect(await statuses()).toEqual([`ACTIVE ${WEB} ${SSH}`])
    })

    it('matter to nobody whom AWS does not join with them', async () => {
      await givenBoth()
      await watch(stranger, { vpcs: [{ ...aVpc('vpc-9', '10.9.0.0/16'), accountId: stranger.accountId }] })
      const worker = aWorker()
      await worker.evaluate()
      await become(stranger, denied)
      await become(network, CLOSED)
      await worker.evaluate()

      expect(await statuses()).toEqual([`CLOSED ${WEB} ${SSH}`])
      expect(await ofWeb()).toMatchObject({ reason: 'SUCCESSFUL', problems: [] })
    })

    it('are missing when they never were', async () => {
      asked = []
      world = new Map()
      await watch(network, OPEN)
      await watch(workload, denied)
      await aWorker().evaluate()

      expect(await coverage()).toEqual([])
    })
  })

  describe('that nobody watches any more', () => {
    it('close their findings and leave coverage, as when scanning is turned off', async () => {
      await givenBoth()
      const worker = aWorker()
      await worker.evaluate()
      await watches().remove(workload)

      const end = await worker.evaluate()

      expect(end).toMatchObject({ retired: 2, networks: 1 })
      expect((await findings()).map(({ status, closeReason }) => `${status} ${closeReason}`)).toEqual([
        'CLOSED not-eligible',
      ])
      expect(await coverage()).toEqual([])
      expect(await descriptions().read(workload)).toEqual([])
      expect(await worker.evaluate()).toMatchObject({ retired: 0 })
    })

    it('leave what their instances’ agents report, with its base score', async () => {
      await givenBoth()
      const worker = aWorker()
      await worker.evaluate()
      const store = pgScanStore(database())
      const known = await store.find(workload, resourceId(WEB))
      if (known === null) throw new Error('not known')
      await store.commit(known.resource, () => ({
        coverage: {
          resource: known.resource,
          scanType: 'PACKAGE',
          reason: 'SUCCESSFUL',
          detail: null,
          problems: [],
          lastScannedAt: now,
        },
        inventory: 'keep',
        matchedWith: 'keep',
        changes: [],
        retire: false,
      }))
      await watches().remove(workload)
      await worker.evaluate()

      expect(
        (await coverage()).map(({ resource, scanType, reason }) => `${resource.id} ${scanType} ${reason}`),
      ).toEqual([`${WEB} PACKAGE SUCCESSFUL`])
      expect(await store.find(workload, resourceId(WEB))).not.toHaveProperty('exposure')
    })

    it('close nothing of others: their way is not known any more', async () => {
      await givenBoth()
      const worker = aWorker()
      await worker.evaluate()
      await watches().remove(network)
      await worker.evaluate()

      expect(await statuses()).toEqual([`ACTIVE ${WEB} ${SSH}`])
      expect((await ofWeb())?.problems.map(({ reason }) => reason)).toContain('not-described')
    })

    it('start again when they are watched again', async () => {
      await givenBoth()
      const worker = aWorker()
      await worker.evaluate()
      await watches().remove(workload)
      await worker.evaluate()
      await watch(workload, workloads({ web: ['tcp/22 0.0.0.0/0'], app: [] }))
      await worker.evaluate()

      expect(await statuses()).toEqual([`ACTIVE ${WEB} ${SSH}`])
    })
  })

  describe('what is kept', () => {
    it('is sealed, replaced call by call, and dropped for networks that nobody watches', async () => {
      await givenBoth()
      const settled = { calls: 'all', marks: new Map() } as const
      const calls = [
        { call: 'DescribeVpcs', text: '["first"]' },
        { call: 'DescribeVpcs', text: '["second"]' },
        { call: 'DescribeSubnets', text: '["subnets"]' },
      ]
      await descriptions().put(workload, { asked: 'all', calls, at: now }, settled)
      const { rows } = await database().executeSql('select * from openinspector.network_description_parts')
      const kept = await descriptions().read(workload)
      const some = [{ call: 'DescribeVpcs', text: '["third"]' }]
      await descriptions().put(workload, { asked: ['DescribeVpcs'], calls: some, at: now }, settled)
      await descriptions().put(stranger, { asked: 'all', calls, at: now }, settled)

      expect(JSON.stringify(rows)).not.toMatch(/first|subnets/)
      expect(kept).toEqual([calls[2], calls[0], calls[1]])
      expect(await descriptions().read(workload)).toEqual([calls[2], some[0]])
      expect(await descriptions().read(stranger)).toEqual([])
    })

    it('is asked again as often as somebody wishes it after the last question', async () => {
      await givenBoth()
      await descriptions().request(workload, ['DescribeVpcs', 'DescribeSubnets'])
      const first = await descriptions().requested(workload)
      await descriptions().request(workload, ['DescribeVpcs'])
      await descriptions().put(workload, { asked: ['DescribeVpcs', 'DescribeSubnets'], calls: [], at: now }, first)
      const second = await descriptions().requested(workload)
      await descriptions().request(workload, 'all')

      expect(first.calls).toEqual(['DescribeSubnets', 'DescribeVpcs'])
      expect(second.calls).toEqual(['DescribeVpcs'])
      expect((await descriptions().requested(workload)).calls).toBe('all')
    })

    it('is asked for as a whole after a failure, else as far as was wished', async () => {
      await givenBoth()
      await descriptions().request(workload, ['DescribeVpcs'])
      await describeNetwork(parts(), workload, signal)
      await descriptions().fail(workload, { reason: 'INTERNAL_ERROR', detail: 'x' }, { calls: 'all', marks: new Map() })
      await descriptions().request(workload, ['DescribeVpcs'])
      await describeNetwork(parts(), workload, signal)
      await describeNetwork(parts(), workload, signal)

      expect(asked.slice(2).map(({ calls }) => calls)).toEqual([['DescribeVpcs'], 'all'])
    })
  })
}
