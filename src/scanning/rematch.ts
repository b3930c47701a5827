import type { Clock } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { hasLeftCoverage } from '../domain/coverage.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import { assessInventory, changesFrom, coverageFrom } from './assess-inventory.ts'
import type { CurrentAdvisories } from './current-advisories.ts'
import { staysRetired } from './retire-image.ts'
import type { ScanStore } from './scan-store.ts'

export interface RematchParts {
  readonly store: ScanStore
  readonly advisories: CurrentAdvisories
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** Holds the stored inventory of one resource against the newest advisories; nothing is read from the resource again. */
export async function rematchResource(parts: RematchParts, scope: Scope, id: ResourceId): Promise<void> {
  const known = await parts.store.find(scope, id)
  const inventory = await parts.store.inventoryOf(scope, id)
  const index = parts.advisories.index()
  if (known === null || inventory === null || index === null) return

  const kind = known.resource.details.type === 'AWS_ECR_CONTAINER_IMAGE' ? 'image' : 'host'
  const assessment = assessInventory(inventory, index, kind)
  const advisoryVersion = index.version
  await parts.store.commit(known.resource, (findings, current) => {
    if (current !== null && hasLeftCoverage(current.coverage)) return staysRetired(current)
    const resource = current?.resource ?? known.resource
    const now = parts.clock.now()
    return {
      coverage: coverageFrom(assessment, inventory, resource, now),
      inventory: 'keep',
      matchedWith: { advisoryVersion },
      changes: changesFrom(assessment, inventory, resource, findings, now, parts.sha256),
      retire: false,
    }
  })
}
