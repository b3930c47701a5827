import type { VulnerabilityId } from '../domain/ids.ts'
import type { CurrentAdvisories } from './current-advisories.ts'
import type { SignalStore } from './signal-store.ts'

/** Vulnerabilities of one transaction; some have thousands of findings. */
const PAGE = 50

/**
 * Brings EPSS scores, and the answer that no exploit is known, of all open findings up to date, by vulnerability and
 * without an event for each: scores move every day, and nobody wants to hear of that a million times. Costs as much as
 * the open findings have vulnerabilities; safe to run twice. Returns how many findings changed.
 * (docs/decisions/0010-quiet-scores.md)
 */
export async function refreshSignals(
  parts: { readonly store: SignalStore; readonly advisories: CurrentAdvisories },
  signal: AbortSignal,
): Promise<number> {
  let changed = 0
  let after: VulnerabilityId | null = null
  for (;;) {
    signal.throwIfAborted()
    const ids: readonly VulnerabilityId[] = await parts.store.openVulnerabilities(after, PAGE)
    const last: VulnerabilityId | undefined = ids.at(-1)
    // Asked for on each page: an index must not be kept over an `await`.
    const index = parts.advisories.index()
    if (last === undefined || index === null) return changed
    const signals = ids.map(vulnerabilityId => {
      const { epss, exploit } = index.signalsOf(vulnerabilityId)
      return {
        vulnerabilityId,
        epssScore: epss?.score ?? null,
        isKnownUnexploited: exploit?.isAvailable === false,
      }
    })
    changed += await parts.store.refresh(signals)
    after = last
  }
}
