import { describe, expect, it } from 'vitest'
import {
  SOME_TIME,
  aFinding,
  aResource,
  aScope,
  anInstance,
  anInventory,
  anOpenPath,
  packageDetection,
} from '../../test/support/builders.ts'
import { aNetwork, anInstance as described, anInterface, aSubnet } from '../../test/support/network-builder.ts'
import { advisoriesOf } from '../../test/support/rounds-of-advisories.ts'
import { sha256 } from '../../test/support/sha256.ts'
import { instant, type Instant } from '../base/clock.ts'
import { isAtRest, type Coverage } from '../domain/coverage.ts'
import { findingKeyOf, isPackageFinding, type Finding } from '../domain/finding.ts'
import { resourceId, vulnerabilityId } from '../domain/ids.ts'
import type { Instance } from '../domain/network/interfaces.ts'
import type { ExposureLevel, NetworkVerdict, OpenPath } from '../domain/network/open-path.ts'
import type { MissingInput } from '../domain/network/network-snapshot.ts'
import { REOPEN_WINDOW_DAYS } from '../findings/reconcile.ts'
import { applyEnablement } from '../scanning/apply-enablement.ts'
import { applyNetwork, type EvaluationEnd } from '../scanning/apply-network.ts'
import { hostReports } from '../scanning/host-reports.ts'
import type { Database } from './database.ts'
import { pgAccountStore } from './pg-account-store.ts'
import { pgCoverageStore } from './pg-coverage-store.ts'
import { pgFindingStore } from './pg-finding-store.ts'
import { pgHostStore } from './pg-host-store.ts'
import { pgNetworkStore } from './pg-network-store.ts'
import { pgOutbox } from './pg-outbox.ts'
import { pgRematchStore } from './pg-rematch-store.ts'
import { pgScanStore } from './pg-scan-store.ts'

/** Of an instance whose agent reports. */
const PACKAGES = {
  scanType: 'PACKAGE',
  reason: 'SUCCESSFUL',
  detail: null,
  problems: [],
  lastScannedAt: SOME_TIME,
} as const
const DAY_MS = 86_400_000
const scope = aScope()
const A = 'i-0000000000000000a'
const B = 'i-0000000000000000b'

const A_HOST = {
  id: 'host-1',
  name: 'web-1',
  tokenHash: 'hash',
  createdAt: SOME_TIME,
  machineKey: null,
  identity: null,
  lastSeenAt: null,
  sequence: 0,
  inventoryHash: null,
  runtimeHash: null,
}

const among =
  (paths: readonly OpenPath[]) =>
  (id: string): readonly OpenPath[] =>
    paths.filter(({ instanceId }) => instanceId === id)

interface Evaluation {
  readonly instances?: readonly Instance[]
  readonly paths?: readonly OpenPath[]
  readonly exposures?: Readonly<Record<string, ExposureLevel>>
  readonly notices?: NetworkVerdict['notices']
  readonly missing?: readonly MissingInput[]
  readonly at?: Instant
}

/** What `NetworkStore` promises, told by what evaluations leave behind, on whatever database. */
export function keepsTheNetworkStorePromises(database: () => Database): void {
  function parts(at: Instant = SOME_TIME) {
    return {
      networks: pgNetworkStore(database()),
      store: pgScanStore(database()),
      accounts: pgAccountStore(database()),
      clock: { now: () => at },
      sha256,
    }
  }

  async function turnOn(): Promise<void> {
    await pgAccountStore(database()).changeStatuses(scope, () => ({ EC2: 'ENABLED' }), SOME_TIME)
  }

  async function evaluate(given: Evaluation = {}): Promise<EvaluationEnd> {
    await turnOn()
    const { instances = [described(A)], paths = [], notices = [], missing = [] } = given
    const subnet = aSubnet('subnet-a', 'vpc-a', '10.0.0.0/24')
    const interfaces = instances.map(({ id }, index) =>
      anInterface(`eni-${index}`, subnet, [`10.0.0.${10 + index}=198.51.100.${10 + index}`], ['sg-a'], {
        instanceId: id,
      }),
    )
    const verdict = {
      pathsOf: among(paths),
      notices,
      missing,
      exposureOf: (id: string) => given.exposures?.[id] ?? 'none',
    }
    const snapshot = aNetwork({ instances, interfaces, missing })
    return applyNetwork(parts(given.at), scope, snapshot, verdict, new AbortController().signal)
  }

  async function findings(): Promise<readonly Finding[]> {
    const filter = { strings: {}, dates: {}, numbers: {}, resourceTags: [], portRange: [], vulnerablePackages: [] }
    const query = { region: scope.region, accountIds: [scope.accountId], filter, limit: 100, after: null }
    const page = await pgFindingStore(database()).search({ ...query, sort: { field: 'FINDING_TYPE', order: 'ASC' } })
    if (!page.ok) throw new Error(page.error)
    return page.value.findings
  }

  async function coverage(): Promise<readonly Coverage[]> {
    const filter = { strings: {}, dates: {}, ec2InstanceTags: [], ecrImageInUseCount: [] }
    const found: Coverage[] = []
    let after: string | null = null
    do {
      const query = { region: scope.region, accountIds: [scope.accountId], filter, limit: 1, after }
      const page = await pgCoverageStore(database()).search(query)
      if (!page.ok) throw new Error(page.error)
      found.push(...page.value.coverage)
      after = page.value.next
    } while (after !== null)
    return found
  }

  async function statuses(): Promise<readonly string[]> {
    return (await findings()).map(({ status, detection }) => `${status} ${detection.title}`)
  }

  const inWords = ({ resource, scanType, reason }: Coverage): string => `${resource.id} ${scanType} ${reason}`
  const missing = (call: string): MissingInput => ({
    call,
    accountId: scope.accountId,
    region: scope.region,
    resourceId: null,
    why: 'access-denied',
    detail: 'Denied.',
  })
  const SSH = 'Port 22 is reachable from an Internet Gateway - TCP'

  it('makes a resource, two coverages and a finding of an open instance, once', async () => {
    const instance = described(A, { imageId: 'ami-1', instanceType: 't3.micro', vpcId: 'vpc-a', tags: { Name: 'web' } })
    const first = await evaluate({ instances: [instance], paths: [anOpenPath()], exposures: { [A]: 'internet' } })
    await evaluate({ instances: [instance], paths: [anOpenPath()], exposures: { [A]: 'internet' } })

    expect(first).toEqual({ is: 'evaluated', instances: 1, gone: 0 })
    expect(await statuses()).toEqual([`ACTIVE ${SSH}`])
    const [finding] = await findings()
    expect(finding?.resource).toMatchObject({
      id: A,
      tags: { Name: 'web' },
      details: {
        ipV4Addresses: ['10.0.0.10', '198.51.100.10'],
        ec2: { imageId: 'ami-1', instanceType: 't3.micro', vpcId: 'vpc-a', securityGroupIds: ['sg-a'] },
      },
    })
    expect((await coverage()).map(inWords)).toEqual([`${A} NETWORK SUCCESSFUL`, `${A} PACKAGE UNMANAGED_EC2_INSTANCE`])
    expect((await pgOutbox(database()).take(10, 60)).map(({ change }) => change.is)).toEqual(['opened'])
    expect((await pgScanStore(database()).find(scope, resourceId(A)))?.exposure).toBe('internet')
  })

  it('updates a finding whose sources change, under its ARN, and closes it when its path is gone', async () => {
    await evaluate({ paths: [anOpenPath()] })
    const [opened] = await findings()
    const later = instant(SOME_TIME + DAY_MS)
    await evaluate({ paths: [anOpenPath({ sources: ['203.0.113.0/24'] })], at: later })
    const [updated] = await findings()
    await evaluate({ at: instant(SOME_TIME + 2 * DAY_MS) })
    const [closed] = await findings()

    expect(updated).toMatchObject({
      arn: opened?.arn,
      updatedAt: later,
      detection: { path: { sources: ['203.0.113.0/24'] } },
    })
    expect(closed).toMatchObject({ arn: opened?.arn, status: 'CLOSED', closeReason: 'remediated' })
  })

  it('reopens a finding within the window, and opens another after it', async () => {
    await evaluate({ paths: [anOpenPath()] })
    await evaluate()
    await evaluate({ paths: [anOpenPath()], at: instant(SOME_TIME + DAY_MS) })
    const [reopened] = await findings()
    await evaluate({ at: instant(SOME_TIME + DAY_MS) })
    await evaluate({ paths: [anOpenPath()], at: instant(SOME_TIME + (2 + REOPEN_WINDOW_DAYS) * DAY_MS) })

    expect(reopened).toMatchObject({ status: 'ACTIVE', generation: 1 })
    expect((await findings()).map(({ status, generation }) => `${status} ${generation}`).toSorted()).toEqual([
      'ACTIVE 2',
      'CLOSED 1',
    ])
  })

  it.each<[string, Evaluation]>([
    [
      'a notice that its instance is undecided',
      {
        notices: [
          {
            reason: 'prefix-list-not-read',
            componentId: 'pl-1',
            instanceIds: [A],
            weight: 'unknown',
            detail: 'Unread.',
          },
        ],
      },
    ],
    ['security groups that were not described', { missing: [missing('DescribeSecurityGroups')] }],
    ['a call that this version does not know', { missing: [missing('DescribeSomethingNew')] }],
  ])('closes nothing on %s, and says so in coverage', async (_what, gap) => {
    await evaluate({ paths: [anOpenPath()], exposures: { [A]: 'internet' } })

    await evaluate(gap)

    expect(await statuses()).toEqual([`ACTIVE ${SSH}`])
    expect((await coverage())[0]).toMatchObject({
      scanType: 'NETWORK',
      reason: 'SUCCESSFUL',
      detail: expect.stringContaining('Evaluated, with gaps') as string,
      problems: [{ reason: expect.any(String) as string }],
    })
    expect((await pgScanStore(database()).find(scope, resourceId(A)))?.exposure).toBe('unknown')
  })

  it.each<[string, Evaluation]>([
    [
      'a notice about another instance',
      { notices: [{ reason: 'x', componentId: 'pl-1', instanceIds: [B], weight: 'unknown', detail: 'Unread.' }] },
    ],
    [
      'a note',
      { notices: [{ reason: 'x', componentId: 'vgw-1', instanceIds: [A], weight: 'note', detail: 'Dangling.' }] },
    ],
    ['accelerators that were not described', { missing: [missing('ListAccelerators')] }],
    ['ACLs that were not described: they count as open', { missing: [missing('DescribeNetworkAcls')] }],
    ['groups of another account', { missing: [{ ...missing('DescribeSecurityGroups'), accountId: '999999999999' }] }],
  ])('closes what is gone in spite of %s', async (_what, gap) => {
    await evaluate({ paths: [anOpenPath()] })

    await evaluate(gap)

    expect(await statuses()).toEqual([`CLOSED ${SSH}`])
  })

  it('keeps a finding by way of a load balancer while load balancers are not described, and closes the direct one', async () => {
    await evaluate({ paths: [anOpenPath(), anOpenPath({ via: ['alb'], ports: { begin: 80, end: 80 } })] })

    await evaluate({ missing: [missing('DescribeLoadBalancers')] })

    expect((await statuses()).toSorted()).toEqual([
      'ACTIVE Port 80 is reachable from an Internet Gateway - TCP',
      `CLOSED ${SSH}`,
    ])
  })

  it('closes all findings of a terminated or vanished instance, packages included, and takes it out of coverage', async () => {
    const both = [described(A), described(B)]
    await evaluate({ instances: both, paths: [anOpenPath(), anOpenPath({ instanceId: B })] })
    const resource = aResource({ id: resourceId(B), details: anInstance() })
    await pgScanStore(database()).commit(resource, (_findings, known) => ({
      coverage: known!.coverage,
      inventory: 'keep',
      matchedWith: 'keep',
      changes: [{ is: 'opened', finding: aFinding({ resource }) }],
      retire: false,
    }))

    const end = await evaluate({ instances: [described(A, { state: 'terminated' })] })

    expect(end).toEqual({ is: 'evaluated', instances: 0, gone: 2 })
    const after = await findings()
    expect(after.map(({ status, closeReason }) => `${status} ${closeReason}`)).toEqual(
      Array<string>(3).fill('CLOSED resource-gone'),
    )
    expect(await coverage()).toEqual([])
    expect(await evaluate({ instances: [] })).toMatchObject({ gone: 0 })
    expect(await pgScanStore(database()).find(scope, resourceId(A))).not.toHaveProperty('exposure')
  })

  it('keeps instances that are not listed while the list could not be read', async () => {
    await evaluate({ paths: [anOpenPath()] })

    const end = await evaluate({ instances: [], missing: [missing('DescribeInstances')] })

    expect(end).toMatchObject({ gone: 0 })
    expect(await statuses()).toEqual([`ACTIVE ${SSH}`])
  })

  it('keeps findings of a stopped instance, and says that its packages are not read', async () => {
    await evaluate({ paths: [anOpenPath()] })

    await evaluate({
      instances: [described(A, { state: 'stopped' })],
      paths: [anOpenPath({ instanceState: 'stopped' })],
    })

    expect(await statuses()).toEqual([`ACTIVE ${SSH}`])
    expect((await coverage()).map(inWords)).toContain(`${A} PACKAGE EC2_INSTANCE_STOPPED`)
  })

  it('leaves out instances with the exclusion tag, whatever its case', async () => {
    await evaluate({ paths: [anOpenPath()] })

    await evaluate({ instances: [described(A, { tags: { inspectorEC2exclusion: '' } })], paths: [anOpenPath()] })

    expect(await statuses()).toEqual([`CLOSED ${SSH}`])
    expect((await coverage()).map(inWords)).toEqual([`${A} NETWORK EXCLUDED_BY_TAG`, `${A} PACKAGE EXCLUDED_BY_TAG`])
  })

  it('leaves package findings and their coverage alone, but for what AWS says of the instance', async () => {
    const resource = aResource({ id: resourceId(A), details: anInstance({ platform: 'DEBIAN_12' }) })
    const finding = aFinding({ resource })
    await pgScanStore(database()).commit(resource, () => ({
      coverage: { ...PACKAGES, resource },
      inventory: 'keep',
      matchedWith: 'keep',
      changes: [{ is: 'opened', finding }],
      retire: false,
    }))

    const exposures = { [A]: 'internet' } as const
    await evaluate({ instances: [described(A, { imageId: 'ami-1' })], exposures, at: instant(SOME_TIME + 1) })

    const [after] = await findings()
    expect(after).toMatchObject({ arn: finding.arn, status: 'ACTIVE', detection: finding.detection })
    expect(after?.resource.details).toMatchObject({
      platform: 'DEBIAN_12',
      hostName: 'host.example',
      ec2: { imageId: 'ami-1' },
    })
    expect((await coverage()).map(inWords)).toEqual([`${A} NETWORK SUCCESSFUL`, `${A} PACKAGE SUCCESSFUL`])
  })

  it('keeps an instance when its agent is removed: what its packages had closes, its open ports stay', async () => {
    await turnOn()
    const hosts = pgHostStore(database())
    const advisories = { index: () => advisoriesOf(1), close() {} }
    const reports = hostReports({ ...parts(), hosts, advisories })
    const host = { ...A_HOST, scope, resourceId: resourceId(A) }
    await hosts.add(host)
    await reports.inventory(host, { sequence: 1, hash: 'x', inventory: anInventory() })
    await evaluate({ paths: [anOpenPath()], exposures: { [A]: 'internet' } })
    const before = (await statuses()).length

    await reports.remove(host)

    const network = (await findings()).filter(({ detection }) => detection.type === 'NETWORK_REACHABILITY')
    const packages = (await findings()).filter(isPackageFinding)
    expect(before).toBeGreaterThan(1)
    expect(network.map(({ status }) => status)).toEqual(['ACTIVE'])
    expect(new Set(packages.map(({ status, closeReason }) => `${status} ${closeReason}`))).toEqual(
      new Set(['CLOSED not-eligible']),
    )
    expect((await coverage()).map(inWords)).toEqual([`${A} NETWORK SUCCESSFUL`, `${A} PACKAGE UNMANAGED_EC2_INSTANCE`])
    await pgRematchStore(database()).commitAll(scope, [resourceId(A)], held => {
      expect(isAtRest(held.coverage)).toBe(true)
      return 'later'
    })
  })

  it('closes and forgets everything when EC2 scanning is turned off, and starts again when it is turned on', async () => {
    await evaluate({ paths: [anOpenPath()] })
    await pgAccountStore(database()).changeStatuses(scope, () => ({ EC2: 'DISABLING' }), SOME_TIME)
    await applyEnablement(parts(), scope)
    const off = [await statuses(), await coverage()]
    const signal = new AbortController().signal
    const refused = await applyNetwork(
      parts(),
      scope,
      aNetwork({ instances: [described(A)] }),
      { pathsOf: among([anOpenPath()]), notices: [], missing: [], exposureOf: () => 'internet' },
      signal,
    )
    await evaluate({ paths: [anOpenPath()], at: instant(SOME_TIME + DAY_MS) })

    expect(off).toEqual([[`CLOSED ${SSH}`], []])
    expect(refused).toEqual({ is: 'not-watched' })
    expect(await statuses()).toEqual([`ACTIVE ${SSH}`])
    expect((await coverage()).map(inWords)).toEqual([`${A} NETWORK SUCCESSFUL`, `${A} PACKAGE UNMANAGED_EC2_INSTANCE`])
  })

  describe('the score of package findings', () => {
    const VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
    const resource = aResource({ id: resourceId(A), details: anInstance() })
    const overNetwork = {
      vulnerabilityId: vulnerabilityId('CVE-2026-1'),
      severity: 'CRITICAL',
      score: { score: 9.8, vector: VECTOR, version: '3.1', source: 'NVD' },
    } as const
    const onHost = {
      vulnerabilityId: vulnerabilityId('CVE-2026-2'),
      score: { ...overNetwork.score, score: 8.4, vector: VECTOR.replace('AV:N', 'AV:L') },
    }

    async function givenFindings(): Promise<void> {
      await pgScanStore(database()).commit(resource, () => ({
        coverage: { ...PACKAGES, resource },
        inventory: 'keep',
        matchedWith: 'keep',
        changes: [overNetwork, onHost].map(detection => ({ is: 'opened', finding: aFinding({ resource, detection }) })),
        retire: false,
      }))
    }
    const shown = async () =>
      (await findings())
        .map(packageDetection)
        .map(({ score, severity, exposure }) => `${severity} ${score?.score} ${exposure}`)
        .toSorted()
    const events = async () => {
      const outbox = pgOutbox(database())
      const taken = await outbox.take(100, 60)
      await outbox.markDelivered(taken.map(({ seq }) => seq))
      return taken.map(({ change }) => `${change.is} ${findingKeyOf(change.finding.detection)}`).toSorted()
    }

    it('follows how far the instance is open, with an event for what it changes alone', async () => {
      await givenFindings()
      await evaluate({ exposures: { [A]: 'internet' } })
      await events()
      const open = await shown()

      await evaluate({ exposures: { [A]: 'none' } })
      const closed = [await shown(), await events()]
      await evaluate({ exposures: { [A]: 'none' } })
      const again = await events()
      await evaluate({ exposures: { [A]: 'internet' }, missing: [missing('DescribeRouteTables')] })

      expect(open).toEqual(['CRITICAL 9.8 internet', 'HIGH 8.4 internet'])
      expect(closed).toEqual([['HIGH 8.4 none', 'HIGH 8.4 none'], ['updated CVE-2026-1']])
      expect(again).toEqual([])
      expect(await shown()).toEqual(open)
    })

    it('is the base score again when the instance can be evaluated no more', async () => {
      await givenFindings()
      await evaluate({ exposures: { [A]: 'none' } })

      await evaluate({ exposures: { [A]: 'none' }, missing: [missing('DescribeRouteTables')] })

      expect(await shown()).toEqual(['CRITICAL 9.8 unknown', 'HIGH 8.4 unknown'])
    })

    it('is handed to whoever matches packages next, one by one or many together', async () => {
      await givenFindings()
      await evaluate({ exposures: { [A]: 'none' } })
      const told: unknown[] = []

      await pgScanStore(database()).commit(resource, (_findings, known) => {
        told.push(known?.exposure)
        return { coverage: known!.coverage, inventory: anInventory(), matchedWith: 'keep', changes: [], retire: false }
      })
      await pgRematchStore(database()).commitAll(scope, [resource.id], held => {
        told.push(held.exposure, ...held.findings.map(packageDetection).map(({ exposure }) => exposure))
        return 'later'
      })

      expect(told).toEqual(['none', 'none', 'none', 'none'])
    })
  })
}
