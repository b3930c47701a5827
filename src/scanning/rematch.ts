import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { isAtRest } from '../domain/coverage.ts'
import { isPackageFinding } from '../domain/finding.ts'
import type { Scope, VulnerabilityId } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { JudgementMemory } from '../matching/judgement-memory.ts'
import { redescribe } from '../findings/detections.ts'
import { updateIfChanged } from '../findings/reconcile.ts'
import type { AdvisoryChanges, AdvisoryDatabase } from './advisory-database.ts'
import { assessInventory, changesFrom, coverageFrom, type Assessment } from './assess-inventory.ts'
import type { CurrentAdvisories } from './current-advisories.ts'
import type { DueResource, HeldResource, OutdatedScope, RematchOutcome, RematchStore } from './rematch-store.ts'
import { formatBasis, newlyEnded, readBasisName, restsOn } from './rests-on.ts'

export interface RematchParts {
  readonly store: RematchStore
  readonly database: Pick<AdvisoryDatabase, 'changesSince'>
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
 * Makes due what the newest advisories, or the end of a release, may change, in every scope that does not agree with them
 * yet, and returns the scopes in which something is due. Costs next to nothing when nothing changed; any process may ask
 * at any time.
 */
export async function planRematches(parts: RematchParts): Promise<readonly Scope[]> {
  const index = parts.advisories.index()
  if (index === null) return []
  const now = parts.clock.now()
  const current = restsOn(index, now)
  for (const outdated of await parts.store.outdated(current)) {
    const next = changesFor(parts, outdated, current, now)
    if (next !== null) await parts.store.plan(outdated, next.to, next.changes)
  }
  return parts.store.scopesWithWork()
}

/** What a scope has to catch up with; `null` when it is ahead: the clock of another process is. */
function changesFor(
  parts: RematchParts,
  { matchedWith }: OutdatedScope,
  current: string,
  now: Instant,
): { readonly to: string; readonly changes: AdvisoryChanges | 'everything' } | null {
  if (matchedWith === null) return { to: current, changes: 'everything' }
  const held = readBasisName(matchedWith)
  const wanted = readBasisName(current)
  const endsSeen = laterOf(held.endsSeen, wanted.endsSeen)
  if (held.advisoryVersion === wanted.advisoryVersion && endsSeen === held.endsSeen) return null
  const changes = parts.database.changesSince(held.advisoryVersion)
  const index = parts.advisories.index()
  if (changes === 'everything' || index === null) return { to: current, changes: 'everything' }
  const ended = newlyEnded(index, held.endsSeen, changes.releaseEnds ?? [], now)
  return {
    to: formatBasis({ advisoryVersion: changes.to, endsSeen }),
    changes: { ...changes, namespaces: [...new Set([...changes.namespaces, ...ended])] },
  }
}

function laterOf(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a
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
  const memory = new JudgementMemory()
  let after: DueResource | null = null
  for (;;) {
    signal.throwIfAborted()
    const due: readonly DueResource[] = await parts.store.dueResources(scope, after, BATCH_RESOURCES)
    const batch = firstBatch(due)
    const last = batch.at(-1)
    if (last === undefined) return
    await rematchBatch(parts, scope, batch, memory)
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

async function rematchBatch(
  parts: RematchParts,
  scope: Scope,
  batch: readonly DueResource[],
  memory: JudgementMemory,
): Promise<void> {
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
    assessed.set(key, { inventory, assessment: assessInventory(inventory, index, kind, parts.clock.now(), memory) })
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
  if (held.isRetired || isAtRest(held.coverage) || held.inventoryHash === null) return 'drop'
  const own = assessed.get(`${held.resource.details.type} ${held.inventoryHash}`)
  // Scanned meanwhile: whether the new inventory is due was decided by that scan.
  if (own === undefined) return 'later'
  const { inventory, assessment } = own
  if (held.matchedWith === assessment.restsOn) return 'as-it-is'
  const now = parts.clock.now()
  return {
    coverage: coverageFrom(assessment, inventory, held.resource, now),
    matchedWith: { advisoryVersion: assessment.restsOn },
    changes: changesFrom(
      assessment,
      inventory,
      held.resource,
      held.findings,
      now,
      parts.sha256,
      held.buried,
      held.exposure,
    ),
  }
}

/** Open findings of the vulnerability get its present words and scores. It stays due when the advisories moved meanwhile. */
async function redescribeAll(parts: RematchParts, scope: Scope, id: VulnerabilityId): Promise<void> {
  const versions = new Set<string>()
  let after: string | null = null
  do {
    after = await parts.store.redescribe(scope, id, after, REDESCRIBE_FINDINGS, finding => {
      const index = parts.advisories.index()
      if (index === null || !isPackageFinding(finding)) return null
      versions.add(restsOn(index, parts.clock.now()))
      const detection = redescribe(finding.detection, (which, matchedIds) => index.vulnerability(which, matchedIds))
      return updateIfChanged(finding, detection, finding.resource, parts.clock.now())
    })
    await nextTurn()
  } while (after !== null)
  const index = parts.advisories.index()
  const [version = index === null ? undefined : restsOn(index, parts.clock.now())] = versions
  if (versions.size <= 1 && version !== undefined) await parts.store.redescribed(scope, id, version)
}
