import type { Hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { instant, type Instant } from '../../base/clock.ts'
import { stableJson } from '../../base/stable-json.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { VulnerabilityId } from '../../domain/ids.ts'
import { EPSS_UNITS } from '../../domain/signal.ts'
import type {
  Epss,
  EpssTable,
  Exploit,
  ExploitCatalog,
  KnownExploited,
  PublishedExploit,
  Signal,
  VulnerabilitySignals,
} from '../../domain/signal.ts'

/** Rows written between two turns of the event loop. */
const BATCH = 2_000

/** What a part says beside its advisories. */
export interface PartSignals {
  readonly signals?: readonly Signal[]
  readonly epss?: EpssTable
}

/** One text for each signal that a part stores, as the hash of the part reads it. What is said twice counts once. */
export function signalLines(signals: readonly Signal[]): string[] {
  const lines = signals.map(signal => [`${signal.vulnerabilityId} ${signal.is}`, encodeSignal(signal)] as const)
  // As the table: the last of those that say the same of the same flaw.
  return [...new Map(lines)].map(([key, text]) => `${key} ${text}`)
}

/** `signalLines` of what a part has stored, without those of the flaws named. */
export function storedSignalLines(
  database: DatabaseSync,
  { feed, part }: { readonly feed: string; readonly part: string },
  without: ReadonlySet<string>,
): string[] {
  const rows = database.prepare(
    `SELECT signal.vulnerability, signal.kind, signal.json FROM signal JOIN part ON part.id = signal.part
     WHERE part.feed = ? AND part.part = ?`,
  )
  const lines: string[] = []
  for (const row of rows.iterate(feed, part)) {
    const id = String(row['vulnerability'])
    if (!without.has(id)) lines.push(`${id} ${String(row['kind'])} ${String(row['json'])}`)
  }
  return lines
}

/** Adds to the hash of a part what it says beside its advisories; nothing when that is nothing. */
export function hashSignals(lines: readonly string[], epss: EpssTable | undefined, hash: Hash): void {
  for (const line of lines.toSorted()) hash.update(`signal ${line}\n`)
  if (epss === undefined) return
  hash.update(`epss ${epss.date}\n${epss.ids.join('\n')}\n`)
  hash.update(littleEndian(epss.scores)).update(littleEndian(epss.percentiles))
}

/** The same bytes on every machine. */
function littleEndian(numbers: Uint32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(numbers.length * 4))
  for (const [at, number] of numbers.entries()) bytes.setUint32(at * 4, number, true)
  return new Uint8Array(bytes.buffer)
}

/** Makes the part say these things and no others. */
export async function writeSignals(
  database: DatabaseSync,
  part: number,
  { signals = [], epss }: PartSignals,
): Promise<void> {
  removeSignals(database, part)
  await insertSignals(database, part, signals)
  if (epss === undefined) return
  // The scores of one day replace those of another, whichever part brought them.
  database.exec('DELETE FROM epss; DELETE FROM epss_day')
  database.prepare('INSERT INTO epss_day (part, day) VALUES (?, ?)').run(part, epss.date)
  const epssRow = database.prepare('INSERT INTO epss (vulnerability, score, percentile) VALUES (?, ?, ?)')
  for (const [at, id] of epss.ids.entries()) {
    if (at % BATCH === BATCH - 1) await nextTurn()
    epssRow.run(id, epss.scores[at] ?? 0, epss.percentiles[at] ?? 0)
  }
}

async function insertSignals(database: DatabaseSync, part: number, signals: readonly Signal[]): Promise<void> {
  const signalRow = database.prepare(
    'INSERT OR REPLACE INTO signal (vulnerability, part, kind, json) VALUES (?, ?, ?, ?)',
  )
  for (const [at, signal] of signals.entries()) {
    if (at % BATCH === BATCH - 1) await nextTurn()
    signalRow.run(signal.vulnerabilityId, part, signal.is, encodeSignal(signal))
  }
}

/** Makes the part say these things of the flaws named, and leaves what it says of others. Returns whose word went or came. */
export async function rewriteSignals(
  database: DatabaseSync,
  part: number,
  named: Iterable<string>,
  signals: readonly Signal[],
): Promise<ReadonlySet<VulnerabilityId>> {
  const touched = new Set<VulnerabilityId>(signals.map(signal => signal.vulnerabilityId))
  const remove = database.prepare('DELETE FROM signal WHERE vulnerability = ? AND part = ?')
  for (const id of named) if (Number(remove.run(id, part).changes) > 0) touched.add(vulnerabilityId(id))
  await insertSignals(database, part, signals)
  return touched
}

export function removeSignals(database: DatabaseSync, part: number): void {
  database.prepare('DELETE FROM signal WHERE part = ?').run(part)
  const { changes } = database.prepare('DELETE FROM epss_day WHERE part = ?').run(part)
  // Without a condition SQLite drops all rows at once.
  if (changes > 0) database.exec('DELETE FROM epss')
}

type StoredExploit = readonly [catalog: ExploitCatalog, name: string, reportedAt: number | null, count: number]

type StoredEntry = readonly [added: number, due: number | null, action: string | null, ransomware: 0 | 1]

function encodeSignal(signal: Signal): string {
  switch (signal.is) {
    case 'known-exploited': {
      const { dateAdded, dateDue, action, isUsedByRansomware } = signal.entry
      return JSON.stringify([dateAdded, dateDue, action, isUsedByRansomware ? 1 : 0] satisfies StoredEntry)
    }
    case 'exploit-published': {
      const { catalog, name, reportedAt, count } = signal.exploit
      return JSON.stringify([catalog, name, reportedAt, count] satisfies StoredExploit)
    }
    case 'exploitation':
      return stableJson(signal.level)
    case 'disputed':
    case 'unsupported':
      return ''
  }
}

function decodeEntry(json: string): KnownExploited {
  // Written by `encodeSignal` of the same layout revision.
  const [added, due, action, ransomware] = JSON.parse(json) as StoredEntry
  return {
    dateAdded: instant(added),
    dateDue: due === null ? null : instant(due),
    action,
    isUsedByRansomware: ransomware === 1,
  }
}

function decodeExploit(json: string): PublishedExploit {
  // Written by `encodeSignal` of the same layout revision.
  const [catalog, name, reportedAt, count] = JSON.parse(json) as StoredExploit
  return { catalog, name, reportedAt: reportedAt === null ? null : instant(reportedAt), count }
}

/** Answers what one version of the database knows about a flaw beside its advisories. */
export function signalReader(database: DatabaseSync): (id: VulnerabilityId) => VulnerabilitySignals {
  const signalRows = database.prepare('SELECT kind, json FROM signal WHERE vulnerability = ?')
  const epssRow = database.prepare('SELECT score, percentile FROM epss WHERE vulnerability = ?')
  const day = database.prepare('SELECT day FROM epss_day').get()?.['day']
  const hasCatalog = database.prepare(`SELECT 1 FROM signal WHERE kind = 'known-exploited' LIMIT 1`).get() !== undefined

  function epssOf(id: VulnerabilityId): Epss | null {
    const row = typeof day === 'number' ? epssRow.get(id) : undefined
    if (row === undefined) return null
    return {
      score: Number(row['score']) / EPSS_UNITS,
      percentile: Number(row['percentile']) / EPSS_UNITS,
      date: instant(Number(day)),
    }
  }

  return id => {
    const rows = signalRows.all(id).map(row => [String(row['kind']), String(row['json'])] as const)
    const byKind = new Map(rows)
    const entry = byKind.get('known-exploited')
    const kev = entry === undefined ? null : decodeEntry(entry)
    const publishedExploits = rows
      .flatMap(([kind, json]) => (kind === 'exploit-published' ? [decodeExploit(json)] : []))
      .sort((a, b) => (a.catalog < b.catalog ? -1 : 1))
    const isKnown = kev !== null || byKind.has('exploitation') || publishedExploits.length > 0
    const days = [kev?.dateAdded ?? null, ...publishedExploits.map(({ reportedAt }) => reportedAt)]
    return {
      epss: epssOf(id),
      kev,
      exploit: exploitOf(isKnown, newestOf(days), hasCatalog && id.startsWith('CVE-')),
      publishedExploits,
      isDisputed: byKind.has('disputed'),
      isUnsupported: byKind.has('unsupported'),
    }
  }
}

/**
 * Available when KEV or a catalog of exploits lists it, or CISA knows a proof of concept or use; not available only when
 * KEV, which goes by such ids, is there and all that are there are silent; else unknown. `lastKnownAt` is the newest day
 * that a source gives: a decision's time is not the day of an exploit. (matching-and-feeds §1.3, recommended)
 */
function exploitOf(isKnown: boolean, lastKnownAt: Instant | null, isSilent: boolean): Exploit | null {
  if (isKnown) return { isAvailable: true, lastKnownAt }
  return isSilent ? { isAvailable: false, lastKnownAt: null } : null
}

function newestOf(days: readonly (Instant | null)[]): Instant | null {
  return days.reduce((newest, day) => (day !== null && (newest === null || day > newest) ? day : newest), null)
}
