import { changedCalls } from '../../../src/aws/network/change-notice.ts'
import type { AccessKey } from '../../../src/accounts/access-key.ts'
import type { ScanTypeStatuses } from '../../../src/accounts/account.ts'
import type { ApiPorts } from '../../../src/api/ports.ts'
import { err, ok } from '../../../src/base/result.ts'
import type { CoverageQuery } from '../../../src/coverage/coverage-query.ts'
import type { Coverage } from '../../../src/domain/coverage.ts'
import { ECOSYSTEMS } from '../../../src/ecosystems/index.ts'
import { readersHere } from '../../../src/inventory/readers-here.ts'
import type { Finding } from '../../../src/domain/finding.ts'
import type { Scope } from '../../../src/domain/ids.ts'
import type { FindingQuery } from '../../../src/findings/finding-query.ts'
import type { Host } from '../../../src/scanning/host-store.ts'
import type { AdvisoryIndex } from '../../../src/matching/advisory-index.ts'
import type { CheckIn, SentInventory } from '../../../src/scanning/host-reports.ts'
import type { RuntimeFacts } from '../../../src/domain/runtime-facts.ts'
import type { NetworkWatch } from '../../../src/scanning/network-watch-store.ts'
import type { Registry } from '../../../src/scanning/registry-store.ts'
import type { PushedImage } from '../../../src/scanning/work-requests.ts'

const ALL_DISABLED: ScanTypeStatuses = {
  EC2: 'DISABLED',
  ECR: 'DISABLED',
  LAMBDA: 'DISABLED',
  LAMBDA_CODE: 'DISABLED',
  CODE_REPOSITORY: 'DISABLED',
}

type AskedWork =
  | { readonly is: 'enablement'; readonly scope: Scope }
  | { readonly is: 'poll'; readonly registryId: string }
  | { readonly is: 'network'; readonly scope: Scope }
  | { readonly is: 'unwatched' }
  | { readonly is: 'changed'; readonly scope: Scope; readonly calls: 'all' | readonly string[] }
  | { readonly is: 'removed'; readonly scope: Scope; readonly url: string }
  | { readonly is: 'sync' }
  | { readonly is: 'check-in'; readonly hostId: string; readonly checkIn: CheckIn }
  | { readonly is: 'inventory'; readonly hostId: string; readonly sent: SentInventory }
  | { readonly is: 'runtime'; readonly hostId: string; readonly hash: string; readonly facts: RuntimeFacts }
  | ({ readonly is: 'pushed' | 'deleted' } & PushedImage)

/** The ports of the API in memory, with what was asked of them in plain sight. */
export interface FakePorts extends ApiPorts {
  readonly keys: Map<string, AccessKey>
  readonly statuses: Map<string, ScanTypeStatuses>
  readonly knownRegistries: Map<string, Registry>
  readonly knownNetworks: Map<string, NetworkWatch>
  readonly knownHosts: Map<string, Host>
  readonly asked: AskedWork[]
  readonly findingQueries: FindingQuery[]
  readonly coverageQueries: CoverageQuery[]
  allFindings: readonly Finding[]
  allCoverage: readonly Coverage[]
  /** What the next search fails with, to see how the server answers when a part of it is broken. */
  brokenBy: Error | null
  /** What `ScanSbom` holds documents against; `null` breaks it. */
  advisoryIndex: AdvisoryIndex | null
}

export function fakePorts(): FakePorts {
  const keyOf = (scope: Scope) => `${scope.accountId}/${scope.region}`
  const ports: FakePorts = {
    keys: new Map(),
    statuses: new Map(),
    knownRegistries: new Map(),
    knownNetworks: new Map(),
    knownHosts: new Map(),
    asked: [],
    findingQueries: [],
    coverageQueries: [],
    allFindings: [],
    allCoverage: [],
    brokenBy: null,
    advisoryIndex: null,
    advisories: { index: () => ports.advisoryIndex },
    readers: readersHere(ECOSYSTEMS),
    changedCalls,
    accounts: {
      addAccount: () => Promise.resolve(),
      accountExists: () => Promise.resolve(true),
      listAccounts: () => Promise.resolve([]),
      statusesOf: scope => Promise.resolve(ports.statuses.get(keyOf(scope)) ?? ALL_DISABLED),
      changeStatuses: (scope, decide) => {
        const current = ports.statuses.get(keyOf(scope)) ?? ALL_DISABLED
        const changed = { ...current, ...decide(current) }
        ports.statuses.set(keyOf(scope), changed)
        return Promise.resolve(changed)
      },
      scopesWith: () => Promise.resolve([]),
    },
    accessKeys: {
      find: id => Promise.resolve(ports.keys.get(id) ?? null),
      add: key => {
        ports.keys.set(key.id, key)
        return Promise.resolve()
      },
      list: accountId => Promise.resolve([...ports.keys.values()].filter(key => key.accountId === accountId)),
      remove: (accountId, id) =>
        Promise.resolve(ports.keys.get(id)?.accountId === accountId ? ports.keys.delete(id) : false),
      count: () => Promise.resolve(ports.keys.size),
    },
    findings: {
      search: query => {
        if (ports.brokenBy) return Promise.reject(ports.brokenBy)
        ports.findingQueries.push(query)
        const own = ports.allFindings.filter(finding => isIn(query, finding.resource.scope))
        const page = pageOf(own, query.after, query.limit)
        return Promise.resolve(page ? ok({ findings: page.items, next: page.next }) : err('unreadable-token'))
      },
    },
    coverage: {
      search: query => {
        ports.coverageQueries.push(query)
        const own = ports.allCoverage.filter(({ resource }) => isIn(query, resource.scope))
        const page = pageOf(own, query.after, query.limit)
        return Promise.resolve(page ? ok({ coverage: page.items, next: page.next }) : err('unreadable-token'))
      },
    },
    registries: {
      add: registry => {
        const isKnown = [...ports.knownRegistries.values()].some(
          known => known.url === registry.url && keyOf(known.scope) === keyOf(registry.scope),
        )
        if (!isKnown) ports.knownRegistries.set(registry.id, registry)
        return Promise.resolve(isKnown ? 'exists' : 'added')
      },
      find: id => Promise.resolve(ports.knownRegistries.get(id) ?? null),
      list: scope =>
        Promise.resolve([...ports.knownRegistries.values()].filter(known => keyOf(known.scope) === keyOf(scope))),
      due: () => Promise.resolve([]),
      recordPoll: () => Promise.resolve(),
      remove: (scope, id) => {
        const known = ports.knownRegistries.get(id)
        return Promise.resolve(
          known !== undefined && keyOf(known.scope) === keyOf(scope) && ports.knownRegistries.delete(id),
        )
      },
    },
    networkWatches: {
      put: watch => Promise.resolve(void ports.knownNetworks.set(keyOf(watch.scope), watch)),
      find: scope => Promise.resolve(ports.knownNetworks.get(keyOf(scope)) ?? null),
      due: () => Promise.resolve([]),
      recordEvaluation: () => Promise.resolve(),
      noteEvent(scope, at, isTaken) {
        const known = ports.knownNetworks.get(keyOf(scope))
        if (known === undefined) return Promise.resolve()
        const { taken, ignored } = known.events
        const events = { taken: taken + Number(isTaken), ignored: ignored + Number(!isTaken), lastAt: at }
        return Promise.resolve(void ports.knownNetworks.set(keyOf(scope), { ...known, events }))
      },
      remove: scope => Promise.resolve(ports.knownNetworks.delete(keyOf(scope))),
    },
    hosts: {
      add: host => {
        const isKnown = [...ports.knownHosts.values()].some(({ resourceId }) => resourceId === host.resourceId)
        if (!isKnown) ports.knownHosts.set(host.id, host)
        return Promise.resolve(isKnown ? 'exists' : 'added')
      },
      find: id => Promise.resolve(ports.knownHosts.get(id) ?? null),
      list: scope =>
        Promise.resolve([...ports.knownHosts.values()].filter(known => keyOf(known.scope) === keyOf(scope))),
      remove: (_scope, id) => Promise.resolve(ports.knownHosts.delete(id)),
      recordCheckIn: () => Promise.resolve('seen'),
      recordInventory: () => Promise.resolve(),
      recordRuntime: () => Promise.resolve(),
      runtimeOf: () => Promise.resolve(null),
      runtimeOfResource: () => Promise.resolve(null),
      refreshUse: () => Promise.resolve(),
      silentSince: () => Promise.resolve([]),
      noteSilence: () => Promise.resolve(),
    },
    hostReports: {
      checkIn: async (host, checkIn) => {
        await ask({ is: 'check-in', hostId: host.id, checkIn })
        ports.knownHosts.set(host.id, { ...host, machineKey: checkIn.machineKey, identity: checkIn.identity })
        return { is: 'seen', isWatched: true, wants: ['inventory', 'runtime'], sequence: host.sequence }
      },
      inventory: async (host, sent) => {
        await ask({ is: 'inventory', hostId: host.id, sent })
        return 'stored'
      },
      runtime: (host, hash, facts) => ask({ is: 'runtime', hostId: host.id, hash, facts }),
      remove: host => Promise.resolve(void ports.knownHosts.delete(host.id)),
    },
    work: {
      applyEnablement: scope => ask({ is: 'enablement', scope }),
      describeNetwork: scope => ask({ is: 'network', scope }),
      networkChanged: (scope, calls) => ask({ is: 'changed', scope, calls }),
      networkUnwatched: () => ask({ is: 'unwatched' }),
      pollRegistry: registryId => ask({ is: 'poll', registryId }),
      registryRemoved: (scope, url) => ask({ is: 'removed', scope, url }),
      syncAdvisories: () => ask({ is: 'sync' }),
      imagePushed: image => ask({ is: 'pushed', ...image }),
      imageDeleted: image => ask({ is: 'deleted', ...image }),
    },
  }
  function ask(work: AskedWork): Promise<void> {
    ports.asked.push(work)
    return Promise.resolve()
  }
  return ports
}

function isIn(query: FindingQuery | CoverageQuery, scope: Scope): boolean {
  return query.accountIds.includes(scope.accountId) && query.region === scope.region
}

function pageOf<T>(all: readonly T[], after: string | null, limit: number) {
  if (after !== null && !/^\d+$/.test(after)) return null
  const from = Number(after ?? 0)
  const to = from + limit
  return { items: all.slice(from, to), next: to < all.length ? String(to) : null }
}
