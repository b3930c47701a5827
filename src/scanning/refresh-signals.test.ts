import { describe, expect, it } from 'vitest'
import { vulnerabilityId, type VulnerabilityId } from '../domain/ids.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import { refreshSignals } from './refresh-signals.ts'
import type { QuietSignals, SignalStore } from './signal-store.ts'

function aStore(ids: readonly VulnerabilityId[]): SignalStore & { readonly refreshed: QuietSignals[] } {
  const refreshed: QuietSignals[] = []
  return {
    refreshed,
    openVulnerabilities: (after, limit) =>
      Promise.resolve(ids.filter(id => after === null || id > after).slice(0, limit)),
    refresh(signals) {
      refreshed.push(...signals)
      return Promise.resolve(signals.length)
    },
  }
}

function anIndex(score: (id: VulnerabilityId) => number | null): AdvisoryIndex {
  return {
    version: 'v1',
    covers: () => 'fully',
    entriesFor: () => [],
    vulnerability: () => null,
    signalsOf(id) {
      const value = score(id)
      const exploit = value === null ? null : { isAvailable: value === 1, lastKnownAt: null }
      return { ...NO_SIGNALS, exploit, epss: value === null ? null : { score: value, percentile: 1, date: 0 as never } }
    },
    close() {},
  }
}

const never = new AbortController().signal

describe('refreshSignals', () => {
  it('walks every vulnerability once, in pages', async () => {
    const ids = Array.from({ length: 450 }, (_, at) => vulnerabilityId(`CVE-2026-${1000 + at}`))
    const store = aStore(ids)

    const changed = await refreshSignals({ store, advisories: { index: () => anIndex(() => 0.5), close() {} } }, never)

    expect(changed).toBe(450)
    expect(store.refreshed.map(one => one.vulnerabilityId)).toEqual(ids)
  })

  it('tells a known absence of exploits from an unknown', async () => {
    const [a, b, c] = ['CVE-2026-1001', 'CVE-2026-1002', 'CVE-2026-1003'].map(vulnerabilityId)
    const store = aStore([a!, b!, c!])
    const index = anIndex(id => (id === a ? 0.5 : id === b ? 1 : null))

    await refreshSignals({ store, advisories: { index: () => index, close() {} } }, never)

    expect(store.refreshed).toEqual([
      { vulnerabilityId: a, epssScore: 0.5, isKnownUnexploited: true },
      { vulnerabilityId: b, epssScore: 1, isKnownUnexploited: false },
      { vulnerabilityId: c, epssScore: null, isKnownUnexploited: false },
    ])
  })

  it('leaves everything alone while there are no advisories', async () => {
    const store = aStore([vulnerabilityId('CVE-2026-1001')])

    expect(await refreshSignals({ store, advisories: { index: () => null, close() {} } }, never)).toBe(0)
    expect(store.refreshed).toEqual([])
  })
})
