import type { AccountStore } from '../accounts/account-store.ts'
import { instant, type Clock, type Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { hasLeftCoverage, type ScanStatusReason } from '../domain/coverage.ts'
import { isPackageFinding } from '../domain/finding.ts'
import { resourceId, type ResourceId } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { Resource } from '../domain/resource.ts'
import type { RuntimeFacts } from '../domain/runtime-facts.ts'
import { assessInventory, changesFrom, coverageFrom } from './assess-inventory.ts'
import { outcomeAtRest } from './at-rest.ts'
import type { CurrentAdvisories } from './current-advisories.ts'
import { describedByAgent } from './instance-resource.ts'
import type { Host, HostStore, ReportedIdentity } from './host-store.ts'
import { platformOf } from './platform.ts'
import type { KnownResource, ScanOutcome, ScanStore } from './scan-store.ts'

export interface HostReportParts {
  readonly hosts: HostStore
  readonly store: ScanStore
  readonly accounts: AccountStore
  readonly advisories: CurrentAdvisories
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** What an agent says about itself before it sends anything large. */
export interface CheckIn {
  /** SHA-256 that tells one machine from another and tells nothing else about it. */
  readonly machineKey: string
  readonly identity: ReportedIdentity
  /** SHA-256 of the inventory and of the runtime facts that the agent has; `null` where it has none yet. */
  readonly inventoryHash: string | null
  readonly runtimeHash: string | null
}

export type CheckInAnswer =
  | { readonly is: 'other-machine' }
  | { readonly is: 'unknown-host' }
  | {
      readonly is: 'seen'
      /** Whether hosts are scanned in this account at all. */
      readonly isWatched: boolean
      readonly wants: readonly ('inventory' | 'runtime')[]
      /** Of the stored inventory: what is sent must have a higher one. */
      readonly sequence: number
    }

export interface SentInventory {
  readonly sequence: number
  readonly hash: string
  readonly inventory: Inventory
}

export type InventoryAnswer = 'stored' | 'superseded' | 'not-watched' | 'unknown-host'

/** What agents may ask of the server: nothing here ever reads findings, coverage or another host. */
export interface HostReports {
  checkIn(host: Host, checkIn: CheckIn): Promise<CheckInAnswer>
  /** Stores an inventory and what it means. Safe to repeat; the newest sequence wins in whatever order they come. */
  inventory(host: Host, sent: SentInventory): Promise<InventoryAnswer>
  runtime(host: Host, hash: string, facts: RuntimeFacts): Promise<void>
  /** For administrators: the token is void when this returns, and the machine has left coverage. Safe to repeat. */
  remove(host: Host): Promise<void>
}

/** Days of silence after which an inventory counts as stale. (inspector-behaviour §7.1 STALE_INVENTORY, documented) */
export const STALE_AFTER_DAYS = 7
const DAY_MS = 86_400_000

export function hostReports(parts: HostReportParts): HostReports {
  return {
    checkIn: (host, checkIn) => noteCheckIn(parts, host, checkIn),
    inventory: (host, sent) => storeInventory(parts, host, sent),
    runtime: (host, hash, facts) => parts.hosts.recordRuntime(host.id, hash, facts),
    remove: host => removeHost(parts, host),
  }
}

/** A host outside EC2 is named as Systems Manager names hybrid nodes: `mi-` and 17 hexadecimal digits. */
export function hostResourceId(hostId: string, sha256: Sha256Hex): ResourceId {
  return resourceId(`mi-${sha256(`host:${hostId}`).slice(0, 17)}`)
}

async function noteCheckIn(parts: HostReportParts, host: Host, checkIn: CheckIn): Promise<CheckInAnswer> {
  const now = parts.clock.now()
  const { machineKey, identity } = checkIn
  if (isOtherInstance(host, identity)) return { is: 'other-machine' }
  const noted = await parts.hosts.recordCheckIn(host.id, { machineKey, identity, at: now })
  if (noted === 'other-machine') return { is: 'other-machine' }
  if (noted === 'unknown-host') return { is: 'unknown-host' }
  const isWatched = await isOn(parts, host)
  const wants: ('inventory' | 'runtime')[] = []
  if (isWatched) {
    const isKnown = checkIn.inventoryHash !== null && checkIn.inventoryHash === host.inventoryHash
    if (!isKnown || !(await confirm(parts, host, now))) wants.push('inventory')
    if (checkIn.runtimeHash !== host.runtimeHash) wants.push('runtime')
  }
  return {
    is: 'seen',
    isWatched,
    wants: wants.filter(what => (what === 'inventory' ? checkIn.inventoryHash : checkIn.runtimeHash) !== null),
    sequence: host.sequence,
  }
}

/**
 * A copy of a machine has its files, its token and its machine id included; its instance id it has not. What a host says
 * can only keep it out: which resource it is was decided when it was added.
 */
function isOtherInstance({ resourceId }: Host, { instanceId }: ReportedIdentity): boolean {
  return instanceId !== undefined && resourceId.startsWith('i-') && resourceId !== instanceId
}

/**
 * The machine still is what we know of it: that is a look at it, too. (inspector-behaviour §6.7: each evaluation of the
 * inventory moves "last scanned".) False when what we know must be built anew.
 */
async function confirm(parts: HostReportParts, host: Host, now: Instant): Promise<boolean> {
  const known = await parts.store.find(host.scope, host.resourceId)
  if (known === null || !isIntact(known)) return false
  let isConfirmed = false
  await parts.store.commit(known.resource, (_findings, current) => {
    isConfirmed = current !== null && isIntact(current)
    if (current === null) return unchanged(known)
    return isConfirmed
      ? { ...unchanged(current), coverage: { ...current.coverage, lastScannedAt: now } }
      : unchanged(current)
  })
  return isConfirmed
}

/** Of inventories that are old, unmatched or not there at all. */
const UNREAD: ReadonlySet<ScanStatusReason> = new Set([
  'STALE_INVENTORY',
  'PENDING_INITIAL_SCAN',
  'UNMANAGED_EC2_INSTANCE',
  'EC2_INSTANCE_STOPPED',
  'EXCLUDED_BY_TAG',
])

/** Whether the stored inventory was matched and is watched. */
function isIntact({ coverage }: KnownResource): boolean {
  return !hasLeftCoverage(coverage) && !UNREAD.has(coverage.reason)
}

async function storeInventory(parts: HostReportParts, host: Host, sent: SentInventory): Promise<InventoryAnswer> {
  if (!(await isOn(parts, host))) return 'not-watched'
  const { inventory, sequence, hash } = sent
  const index = parts.advisories.index()
  const assessment = index === null ? null : assessInventory(inventory, index, 'host', parts.clock.now())
  const resource = resourceOf(host, inventory)
  let isNewest = true
  await parts.store.commit(resource, (findings, known, buried) => {
    const newest = known?.reportSequence ?? 0
    // The same report may have been stored before its answer was lost, or before the resource left coverage.
    isNewest = sequence > newest || (sequence === newest && known !== null && !isIntact(known))
    if (known !== null && !isNewest) return unchanged(known)
    const now = parts.clock.now()
    const own = describedByAgent(resource, known?.resource ?? null)
    if (assessment === null) return waiting(own, inventory, sequence)
    return {
      coverage: coverageFrom(assessment, inventory, own, now),
      inventory,
      matchedWith: { advisoryVersion: assessment.restsOn },
      changes: changesFrom(assessment, inventory, own, findings, now, parts.sha256, buried, known?.exposure),
      reportSequence: sequence,
      retire: false,
    }
  })
  // A host that was removed meanwhile must not stay behind as a resource that nobody reports about.
  if ((await parts.hosts.find(host.id)) === null) {
    await retireHost(parts, resource)
    return 'unknown-host'
  }
  if (!isNewest && sequence < host.sequence) return 'superseded'
  await parts.hosts.recordInventory(host.id, { sequence, hash })
  await parts.hosts.refreshUse(host.scope, host.resourceId)
  return isNewest ? 'stored' : 'superseded'
}

/** Without advisories the inventory is kept unmatched: it is matched as soon as there are some. */
function waiting(resource: Resource, inventory: Inventory, reportSequence: number): ScanOutcome {
  return {
    coverage: {
      resource,
      scanType: 'PACKAGE',
      reason: 'PENDING_INITIAL_SCAN',
      detail: 'There are no advisories yet: the inventory is matched when the first sync ends.',
      problems: inventory.problems,
      lastScannedAt: null,
    },
    inventory,
    matchedWith: 'keep',
    changes: [],
    reportSequence,
    retire: false,
  }
}

function unchanged(known: KnownResource): ScanOutcome {
  const { coverage } = known
  return { coverage, inventory: 'keep', matchedWith: 'keep', changes: [], retire: hasLeftCoverage(coverage) }
}

/** First the resource: a crash between the two leaves a host that can be removed again, not findings that nobody can close. */
async function removeHost(parts: HostReportParts, host: Host): Promise<void> {
  const known = await parts.store.find(host.scope, host.resourceId)
  if (known !== null) await retireHost(parts, known.resource)
  await parts.hosts.remove(host.scope, host.id)
  // A report that came in between has put the resource back.
  const left = known === null ? await parts.store.find(host.scope, host.resourceId) : known
  if (left !== null) await retireHost(parts, left.resource)
}

/**
 * Takes a host that was removed out of coverage; its findings close. An instance whose network is evaluated stays, with
 * packages that nobody reads any more. Idempotent.
 */
async function retireHost(parts: HostReportParts, resource: Resource): Promise<void> {
  const rest = {
    reason: 'RESOURCE_TERMINATED',
    detail: 'The host was removed by an administrator.',
    absence: 'not-eligible',
    lastScannedAt: null,
    retire: true,
  } as const
  await parts.store.commit(resource, (findings, known) =>
    known?.exposure === undefined
      ? outcomeAtRest(parts, resource, findings, rest)
      : outcomeAtRest(parts, known.resource, findings.filter(isPackageFinding), {
          ...rest,
          reason: 'UNMANAGED_EC2_INSTANCE',
          detail: 'No agent reports the packages of this instance.',
          retire: false,
        }),
  )
}

/**
 * Says of hosts whose agents were silent for too long that their inventory is stale. Nothing closes: that nobody reports
 * proves nothing about the machine. Returns how many it were.
 */
export async function markSilentHosts(
  parts: Pick<HostReportParts, 'hosts' | 'store' | 'clock'>,
  signal: AbortSignal,
): Promise<number> {
  const before = instant(parts.clock.now() - STALE_AFTER_DAYS * DAY_MS)
  const silent = await parts.hosts.silentSince(before)
  for (const host of silent) {
    signal.throwIfAborted()
    const found = await parts.store.find(host.scope, host.resourceId)
    if (found !== null) {
      await parts.store.commit(found.resource, (_findings, current) => {
        const known = current ?? found
        if (hasLeftCoverage(known.coverage)) return unchanged(known)
        const detail = `The agent of ${host.name} has been silent for ${STALE_AFTER_DAYS} days. Is the machine running?`
        return { ...unchanged(known), coverage: { ...known.coverage, reason: 'STALE_INVENTORY', detail } }
      })
    }
    await parts.hosts.noteSilence(host.id, before)
  }
  return silent.length
}

async function isOn({ accounts }: HostReportParts, { scope }: Host): Promise<boolean> {
  const { EC2 } = await accounts.statusesOf(scope)
  return EC2 === 'ENABLED' || EC2 === 'ENABLING'
}

function resourceOf(host: Host, inventory: Inventory): Resource {
  const { identity } = host
  return {
    scope: host.scope,
    id: host.resourceId,
    details: {
      type: 'AWS_EC2_INSTANCE',
      hostName: identity?.hostName ?? null,
      ipV4Addresses: identity?.ipV4Addresses ?? [],
      ipV6Addresses: identity?.ipV6Addresses ?? [],
      platform: platformOf(inventory.distro),
      ec2: null,
    },
    tags: { Name: host.name },
  }
}
