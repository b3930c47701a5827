import type { Clock } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { hasLeftCoverage } from '../domain/coverage.ts'
import type { CloseReason } from '../domain/finding.ts'
import type { Resource } from '../domain/resource.ts'
import { outcomeAtRest } from './at-rest.ts'
import type { KnownResource, ScanOutcome, ScanStore } from './scan-store.ts'

export interface RetireParts {
  readonly store: ScanStore
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** Why an image leaves coverage. */
const RETIREMENTS = {
  gone: { detail: 'The image is no longer in its registry.', absence: 'resource-gone' },
  index: { detail: 'It is an index of images, which are covered one by one.', absence: 'not-eligible' },
  unwatched: { detail: 'The image is no longer watched: its registry was removed.', absence: 'not-eligible' },
} as const satisfies Record<string, { readonly detail: string; readonly absence: CloseReason }>

/** An image leaves coverage and its findings close. Idempotent: what has left already stays as it is. */
export async function retireImage(
  parts: RetireParts,
  resource: Resource,
  why: keyof typeof RETIREMENTS,
): Promise<void> {
  const rest = { reason: 'RESOURCE_TERMINATED', ...RETIREMENTS[why], lastScannedAt: null, retire: true } as const
  await parts.store.commit(resource, findings => outcomeAtRest(parts, resource, findings, rest))
}

/** An image that was put away leaves coverage's active part and its findings close. It stays listed, with the reason. */
export async function archiveImage(parts: RetireParts, resource: Resource): Promise<void> {
  await parts.store.commit(resource, (findings, known) =>
    outcomeAtRest(parts, resource, findings, {
      reason: 'IMAGE_ARCHIVED',
      detail: 'The image is archived in its registry; it is scanned again when it is restored.',
      absence: 'not-eligible',
      lastScannedAt: known?.coverage.lastScannedAt ?? null,
      retire: false,
    }),
  )
}

/** For work that began before its resource was put to rest: nothing of what it found out counts any more. */
export function staysAtRest({ coverage }: KnownResource): ScanOutcome {
  return { coverage, inventory: 'keep', matchedWith: 'keep', changes: [], retire: hasLeftCoverage(coverage) }
}
