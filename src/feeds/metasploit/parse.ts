import { parseInstant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { FeedPart } from '../feed.ts'
import { jsonMembers, JsonMembersError } from '../json-members.ts'
import { isCveId, PublishedExploits } from '../published-exploits.ts'
import { SkipCounter } from '../skip-counter.ts'
import { readModule } from './schema.ts'
import type { MetasploitModule } from './schema.ts'

type MetasploitPart = Pick<FeedPart, 'signals' | 'recordCount' | 'skipped' | 'newestModified'>

/** 6,000 modules of up to some 20 kB in 2026. (observed) */
const LIMITS = { valueBytes: 4 * 1024 * 1024, members: 500_000, depth: 64 } as const

/** Modules that attack; what comes after a break-in (`post`), payloads and encoders exploit no flaw by themselves. */
const ATTACKS: ReadonlySet<string> = new Set(['exploit', 'auxiliary'])

/**
 * `modules_metadata_base.json`, or one sentence about why it is none. A bad module costs itself. Pure; never throws for
 * any bytes.
 */
export function parseMetasploit(bytes: Uint8Array): Result<MetasploitPart, string> {
  const exploits = new PublishedExploits('metasploit')
  const skips = new SkipCounter()
  const decoder = new TextDecoder()
  let recordCount = 0
  let newestModified: Instant | null = null
  try {
    for (const member of jsonMembers(bytes, LIMITS)) {
      recordCount++
      const found = member.is === 'member' ? readModule(decoder.decode(member.bytes)) : 'limit-exceeded'
      if (typeof found === 'string') {
        skips.add(found, member.key)
        continue
      }
      const cves = found.references.filter(isCveId)
      if (!ATTACKS.has(found.type) || cves.length === 0) continue
      const day = dayOf(found)
      if (day === null) skips.add('date-unreadable', found.fullname)
      for (const cve of new Set(cves)) exploits.add(cve, found.fullname, day)
      if (day !== null && (newestModified === null || day > newestModified)) newestModified = day
    }
  } catch (error) {
    if (error instanceof JsonMembersError) return err(error.message)
    throw error
  }
  if (recordCount === 0) return err('it has no modules')
  return ok({ signals: exploits.signals(), recordCount, skipped: skips.list(), newestModified })
}

/** When the module was last changed: it is kept working. Where that is missing, when the flaw became known. */
function dayOf({ modTime, disclosureDate }: MetasploitModule): Instant | null {
  const [, day, time, zone] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4})$/.exec(modTime ?? '') ?? []
  const changed =
    day === undefined || time === undefined || zone === undefined
      ? null
      : parseInstant(`${day}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`)
  if (changed !== null) return changed
  return /^\d{4}-\d{2}-\d{2}$/.test(disclosureDate ?? '') ? parseInstant(disclosureDate ?? '') : null
}
