import { vulnerabilityId } from '../../src/domain/ids.ts'
import { namespace } from '../../src/domain/namespace.ts'
import { NO_SIGNALS } from '../../src/domain/signal.ts'
import { dpkgScheme } from '../../src/ecosystems/deb/version.ts'
import type { AdvisoryIndex } from '../../src/matching/advisory-index.ts'
import type { RematchParts } from '../../src/scanning/rematch.ts'
import { readBasisName } from '../../src/scanning/rests-on.ts'
import type { Database } from '../../src/store/database.ts'
import { pgRematchStore } from '../../src/store/pg-rematch-store.ts'
import { SOME_TIME } from './builders.ts'
import { sha256 } from './sha256.ts'

/** Two flaws of openssl that are there in odd rounds and fixed in even ones. */
export const FLAWS = ['CVE-2026-0001', 'CVE-2026-0002'].map(vulnerabilityId)

export function isAffected(round: number): boolean {
  return round % 2 === 1
}

export function versionOf(round: number): string {
  return `round-${round}`
}

/** The round of a stored basis, e.g. `round-7@2025-12-31/2`. */
export function roundOf(basis: string): number {
  return Number(/^round-([0-9]+)/.exec(readBasisName(basis).advisoryVersion)?.[1])
}

export function advisoriesOf(round: number): AdvisoryIndex {
  const fixed = dpkgScheme.parse(isAffected(round) ? '99-1' : '0-1')
  if (!fixed.ok) throw new Error('unreadable')
  const ranges = [{ scheme: 'dpkg', introduced: 'beginning', end: { fixed: fixed.value } }] as const
  return {
    version: versionOf(round),
    covers: () => 'fully',
    entriesFor: (where, name) =>
      name === 'openssl'
        ? FLAWS.map(id => ({
            advisoryId: `DSA ${id}`,
            feed: 'debian-tracker',
            vulnerabilityIds: [id],
            affected: { namespace: where, name, versions: [], ranges },
          }))
        : [],
    vulnerability: () => null,
    signalsOf: () => NO_SIGNALS,
    close: () => {},
  }
}

/** What re-matches in the round that `round` says at the time. */
export function rematchPartsOf(database: Database, round: () => number): RematchParts {
  return {
    store: pgRematchStore(database),
    database: {
      changesSince: () => ({
        to: versionOf(round()),
        subjects: [{ namespace: namespace('debian:12'), name: 'openssl' }],
        namespaces: [],
        vulnerabilities: [],
      }),
    },
    advisories: { index: () => advisoriesOf(round()), close: () => {} },
    clock: { now: () => SOME_TIME },
    sha256,
  }
}
