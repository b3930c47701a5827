import { parseInstant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { Signal } from '../../domain/signal.ts'
import type { FeedPart } from '../feed.ts'
import { SkipCounter } from '../skip-counter.ts'
import { nameOfKevRecord, readKevRecord } from './schema.ts'

type KevPart = Pick<FeedPart, 'signals' | 'recordCount' | 'skipped' | 'newestModified'>

/** 1,662 entries in August 2026. (observed) */
const ENTRIES = 1_000_000

/** The whole catalog, or one sentence about why it is none. A bad entry costs itself. Pure; never throws for any text. */
export function parseKev(text: string): Result<KevPart, string> {
  let catalog: unknown
  try {
    catalog = JSON.parse(text)
  } catch {
    return err('it is not JSON')
  }
  const entries = entriesOf(catalog)
  if (entries === null) return err('it has no list named vulnerabilities')
  if (entries.length > ENTRIES) return err(`it has more than ${ENTRIES} entries`)

  const skips = new SkipCounter()
  const signals = new Map<string, Signal>()
  for (const [at, value] of entries.entries()) {
    const record = readKevRecord(value)
    const added = typeof record === 'string' ? null : parseInstant(record.dateAdded)
    if (typeof record === 'string') skips.add(record, nameOfKevRecord(value) ?? `entry ${at + 1}`)
    else if (added === null) skips.add('no-date', record.cveID)
    else if (signals.has(record.cveID)) skips.add('duplicate-id', record.cveID)
    else {
      signals.set(record.cveID, {
        is: 'known-exploited',
        vulnerabilityId: vulnerabilityId(record.cveID),
        entry: {
          dateAdded: added,
          dateDue: record.dueDate === null ? null : parseInstant(record.dueDate),
          action: record.requiredAction,
          isUsedByRansomware: record.knownRansomwareCampaignUse === 'Known',
        },
      })
    }
  }
  const released = dateReleased(catalog)
  const newestModified = released === null ? null : parseInstant(released)
  return ok({ signals: [...signals.values()], recordCount: entries.length, skipped: skips.list(), newestModified })
}

function entriesOf(catalog: unknown): readonly unknown[] | null {
  if (typeof catalog !== 'object' || catalog === null || !('vulnerabilities' in catalog)) return null
  return Array.isArray(catalog.vulnerabilities) ? catalog.vulnerabilities : null
}

function dateReleased(catalog: unknown): string | null {
  if (typeof catalog !== 'object' || catalog === null || !('dateReleased' in catalog)) return null
  return typeof catalog.dateReleased === 'string' ? catalog.dateReleased : null
}
