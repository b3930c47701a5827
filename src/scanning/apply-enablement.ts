import type { AccountStore } from '../accounts/account-store.ts'
import type { EnablementStatus, ScanType } from '../accounts/account.ts'
import type { Clock } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import type { Scope } from '../domain/ids.ts'
import type { Resource, ResourceType } from '../domain/resource.ts'
import { outcomeAtRest } from './at-rest.ts'
import type { ScanStore } from './scan-store.ts'

/** Which resources a scan type covers. */
const RESOURCE_TYPES: Readonly<Partial<Record<ScanType, ResourceType>>> = {
  EC2: 'AWS_EC2_INSTANCE',
  ECR: 'AWS_ECR_CONTAINER_IMAGE',
}

export interface ApplyEnablementParts {
  readonly accounts: AccountStore
  readonly store: ScanStore
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/**
 * Carries out what Enable and Disable announced: types that are ENABLING become ENABLED (discovery starts with the next
 * poll, which the caller asks for), types that are DISABLING lose their coverage and findings and become DISABLED.
 * Returns the types that are on now. Safe to repeat.
 */
export async function applyEnablement(parts: ApplyEnablementParts, scope: Scope): Promise<readonly ScanType[]> {
  const statuses = await parts.accounts.statusesOf(scope)
  for (const [type, status] of typesOf(statuses)) {
    const resourceType = RESOURCE_TYPES[type]
    if (status === 'DISABLING' && resourceType !== undefined) await retireAll(parts, scope, resourceType)
  }
  const settled = await parts.accounts.changeStatuses(
    scope,
    current =>
      Object.fromEntries(
        typesOf(current).flatMap(([type, status]): [ScanType, EnablementStatus][] => {
          if (status === 'ENABLING') return [[type, 'ENABLED']]
          // A type that was turned off after we looked keeps its state: its own request follows.
          return status === 'DISABLING' && statuses[type] === 'DISABLING' ? [[type, 'DISABLED']] : []
        }),
      ),
    parts.clock.now(),
  )
  return typesOf(settled).flatMap(([type, status]) => (status === 'ENABLED' ? [type] : []))
}

function typesOf(statuses: Readonly<Record<ScanType, EnablementStatus>>): readonly [ScanType, EnablementStatus][] {
  return Object.entries(statuses) as [ScanType, EnablementStatus][]
}

/** Resources retired per page. */
const PAGE_SIZE = 200

async function retireAll(parts: ApplyEnablementParts, scope: Scope, type: ResourceType): Promise<void> {
  for (;;) {
    const page = await parts.store.list(scope, { type, limit: PAGE_SIZE })
    for (const known of page) await retire(parts, known.resource)
    if (page.length < PAGE_SIZE) return
  }
}

async function retire(parts: ApplyEnablementParts, resource: Resource): Promise<void> {
  const rest = {
    reason: 'PENDING_DISABLE',
    detail: 'Scanning of this resource type was turned off.',
    absence: 'not-eligible',
    lastScannedAt: null,
    retire: true,
  } as const
  await parts.store.commit(resource, findings => outcomeAtRest(parts, resource, findings, rest))
}
