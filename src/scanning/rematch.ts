import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { hasLeftCoverage } from '../domain/coverage.ts'
import type { Scope, VulnerabilityId } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { redescribe } from '../findings/detections.ts'
import { updateIfChanged } from '../findings/reconcile.ts'
import type { AdvisoryDatabase } from './advisory-database.ts'
import { assessInventory, changesFrom, coverageFrom, type Assessment } from './assess-inventory.ts'
import type { CurrentAdvisories } from './current-advisories.ts'
import type { DueResource, HeldResource, RematchOutcome, RematchStore } from './rematch-store.ts'

export interface RematchParts {
  readonly store: RematchStore
  readonly database: Pick<AdvisoryDatabase, 'currentVersion' | 'changesSince'>
  readonly advisories: CurrentAdvisories
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** Resources, and findings they have together, that one transaction takes; a single resource may have more. */
const BATCH_RESOURCES = 100
const BATCH_FINDINGS = 5_000

/** Findings that one transaction describes anew, and vulnerabilities that are asked for at once. */
const REDESCRIBE_FINDINGS = 500
const REDESCRIBE_VULNERABILITIES = 500

/**
 * Makes due what the newest advisories may change, in every scope that does not agree with them yet, and returns the
 * scopes in which something is due. Costs next to nothing when nothing changed; any process may ask at any time.
 */
export async function planRematches(parts: RematchParts): Promise<readonly Scope[]> {
  const version = parts.database.currentVersion()
  if (version === null) return []
  for (const outdated of await parts.store.outdated(version)) {
    const changes = outdated.matchedWith === null ? 'everything' : parts.database.changesSince(outdated.matchedWith)
    await parts.store.plan(outdated, changes === 'everything' ? version : changes.to, changes)
  }
  return parts.store.scopesWithWork()
}

/** Does what is due in one scope. Safe to cut short and to run beside another: what is done is due no more. */
export async function rematchScope(parts: RematchParts, scope: Scope, signal: AbortSignal): Promise<void> {
  let last: VulnerabilityId | null = null
  do {
    const ids: readonly VulnerabilityId[] = await parts.store.dueRedescriptions(scope, last, REDESCRIBE_VULNERABILITIES)
    for (const id of ids) {
      signal.throwIfAborted()
      await redescribeAll(parts, scope, id)
    }
    last = ids.at(-1) ?? null
  } while (last !== null)
  let after: DueResource | null = null
  for (;;) {
    signal.throwIfAborted()
    const due: readonly DueResource[] = await parts.store.dueResources(scope, after, BATCH_RESOURCES)
    const batch = firstBatch(due)
    const last = batch.at(-1)
    if (last === undefined) return
    await rematchBatch(parts, scope, batch)
    // What is still due behind us is for the next run: the advisories have moved on meanwhile.
    after = last
  }
}

/** As many as have few enough findings together, at least one. */
function firstBatch(due: readonly DueResource[]): readonly DueResource[] {
  let findings = 0
  const end = due.findIndex(({ findingCount }, at) => (findings += findingCount) > BATCH_FINDINGS && at > 0)
  return end < 0 ? due : due.slice(0, end)
}

interface Assessed {
  readonly inventory: Inventory
  readonly assessment: Assessment
}

async function rematchBatch(parts: RematchParts, scope: Scope, batch: readonly DueResource[]): Promise<void> {
  const hashes = [...new Set(batch.map(({ inventoryHash }) => inventoryHash))]
  const inventories = await parts.store.inventories(scope, hashes)
  const assessed = new Map<string, Assessed>()
  for (const { type, inventoryHash } of batch) {
    const key = `${type} ${inventoryHash}`
    const inventory = inventories.get(inventoryHash)
    if (inventory === undefined || assessed.has(key)) continue
    await nextTurn()
    const index = parts.advisories.index()
    if (index === null) return
    const kind = type === 'AWS_ECR_CONTAINER_IMAGE' ? 'image' : 'host'
    assessed.set(key, { inventory, assessment: assessInventory(inventory, index, kind) })
  }
  await parts.store.commitAll(
    scope,
    batch.map(({ id }) => id),
    held => rematched(parts, held, assessed),
  )
}

/** Holds the stored inventory of one resource against the newest advisories; nothing is read from the resource again. */
function rematched(
  parts: RematchParts,
  held: HeldResource,
  assessed: ReadonlyMap<string, Assessed>,
): RematchOutcome | 'drop' | 'later' | 'as-it-is' {
  if (held.isRetired || hasLeftCoverage(held.coverage) || held.inventoryHash === null) return 'drop'
  const own = assessed.get(`${held.resource.details.type} ${held.inventoryHash}`)
  // Scanned meanwhile: whether the new inventory is due was decided by that scan.
  if (own === undefined) return 'later'
  const { inventory, assessment } = own
  if (held.matchedWith === assessment.report.advisoryVersion) return 'as-it-is'
  const now = parts.clock.now()
  return {
    coverage: coverageFrom(assessment, inventory, held.resource, now),
    matchedWith: { advisoryVersion: assessment.report.advisoryVersion },
    changes: changesFrom(assessment, inventory, held.resource, held.findings, now, parts.sha256),
  }
}

/** Open findings of the vulnerability get its present words and scores. It stays due when the advisories moved meanwhile. */
async function redescribeAll(parts: RematchParts, scope: Scope, id: VulnerabilityId): Promise<void> {
  const versions = new Set<string>()
  let after: string | null = null
  do {
    after = await parts.store.redescribe(scope, id, after, REDESCRIBE_FINDINGS, finding => {
      const index = parts.advisories.index()
      if (index === null) return null
      versions.add(index.version)
      const detection = redescribe(finding.detection, (which, matchedIds) => index.vulnerability(which, matchedIds))
      return updateIfChanged(finding, detection, finding.resource, parts.clock.now())
    })
    await nextTurn()
  } while (after !== null)
  const [version = parts.advisories.index()?.version] = versions
  if (versions.size <= 1 && version !== undefined) await parts.store.redescribed(scope, id, version)
}
