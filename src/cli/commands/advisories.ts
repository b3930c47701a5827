import { readConfig, type Config } from '../../app/config.ts'
import {
  advisoryDatabaseOf,
  advisoryDirectory,
  NO_FEEDS,
  syncAdvisoriesFrom,
  usesStarter,
  type FeedGeneration,
  type PartReport,
} from '../../app/local-advisories.ts'
import { originInWords, originOf } from '../../app/advisory-transfer.ts'
import { formatInstant } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'

import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable } from '../render/table.ts'

/** `openinspector advisories sync`: exits with 3 when nothing could be fetched; what was there stays in use. */
export async function syncAdvisories(output: Output): Promise<ExitCode> {
  const config = configOrNote(output)
  if (config === null) return EXIT_CODES.usage
  if (config.feeds === NO_FEEDS) {
    output.note(
      'OPENINSPECTOR_FEEDS is off: nothing is fetched here. `openinspector advisories import` brings advisories.',
    )
    return EXIT_CODES.usage
  }
  const database = await advisoryDatabaseOf(config.home, silentLog)
  const synced = await syncAdvisoriesFrom(config.feeds, database, {
    log: silentLog,
    nvdApiKey: config.nvdApiKey,
    cveList: config.cveList,
    progress: (feed, part) => output.progress(`Fetching ${feed} ${part} …`),
  })
  output.endProgress()
  if (!synced.ok) {
    output.note(plainText(synced.error))
    return EXIT_CODES.usage
  }
  const present = synced.value.parts.filter(part => part.outcome !== 'absent')
  for (const line of partTable(present, output)) output.print(line)
  for (const line of absences(synced.value.parts)) output.note(line)
  for (const part of synced.value.parts) {
    for (const skip of part.skipped) {
      output.note(
        `${part.feed} ${part.part}: left out ${skip.count} (${skip.reason}), e.g. ${plainText(skip.examples.slice(0, 3).join(', '))}`,
      )
    }
  }
  output.print(synced.value.isChanged ? `Version ${synced.value.version} is in use.` : 'Nothing changed.')
  const failed = synced.value.parts.filter(part => part.outcome === 'failed')
  for (const line of failures(failed)) output.note(`${plainText(line)}. What was there stays in use.`)
  return failed.length === 0 ? EXIT_CODES.done : EXIT_CODES.failed
}

/** One line for each reason: a source that is down fails all its parts alike. */
function failures(failed: readonly Pick<PartReport, 'feed' | 'part' | 'error'>[]): string[] {
  const partsOf = new Map<string, string[]>()
  for (const { feed, part, error } of failed) {
    const reason = `${feed}\n${error ?? 'failed'}`
    partsOf.set(reason, [...(partsOf.get(reason) ?? []), part])
  }
  return [...partsOf].map(([reason, parts]) => {
    const [feed = '', ...error] = reason.split('\n')
    return `${feed} ${parts.join(', ')}: ${error.join(' ')}`
  })
}

/** One line for each feed of which the source lacks parts. */
function absences(parts: readonly PartReport[]): string[] {
  return [...new Set(parts.map(part => part.feed))].flatMap(feed => {
    const own = parts.filter(part => part.feed === feed)
    const absent = own.filter(part => part.outcome === 'absent').map(part => part.part)
    if (absent.length === 0) return []
    const what = absent.length === own.length ? 'nothing of this feed' : `no ${absent.join(', ')}`
    return [`${feed}: the source has ${what}. What it would say stays unknown.`]
  })
}

function partTable(parts: readonly PartReport[], output: Output): string[] {
  return renderTable(
    parts,
    [
      { title: 'Feed', text: row => row.feed },
      { title: 'Part', text: row => row.part },
      { title: 'Outcome', text: row => row.outcome },
      { title: 'Records', text: row => String(row.recordCount) },
      { title: 'Advisories', text: row => String(row.advisoryCount) },
      { title: 'Facts', text: row => String(row.signalCount) },
      { title: 'Left out', text: row => String(row.skipped.reduce((sum, skip) => sum + skip.count, 0)) },
    ],
    output.table,
  )
}

/** `openinspector advisories status` */
export async function advisoriesStatus(format: 'table' | 'json', output: Output): Promise<ExitCode> {
  const config = configOrNote(output)
  if (config === null) return EXIT_CODES.usage
  const database = await advisoryDatabaseOf(config.home, silentLog)
  const generations = database.generations()
  const imported = originOf(config.home, database.currentVersion())
  if (format === 'json') {
    const shown = generations.map(generation => ({
      ...generation,
      newestModified: generation.newestModified === null ? null : formatInstant(generation.newestModified),
      syncedAt: generation.syncedAt === null ? null : formatInstant(generation.syncedAt),
    }))
    output.print(JSON.stringify({ version: database.currentVersion(), imported, generations: shown }, null, 2))
    return EXIT_CODES.done
  }
  for (const line of generationTable(generations, output)) output.print(line)
  output.print('')
  const failed = generations.filter(({ lastError }) => lastError !== null)
  for (const line of failures(failed.map(({ feed, part, lastError }) => ({ feed, part, error: lastError })))) {
    output.print(plainText(`Failed: ${line}. What was there stays in use.`))
  }
  if (generations.some(generation => stateOf(generation) === 'bundled')) {
    output.print('Bundled advisories are a handful; `openinspector advisories sync` replaces them.')
  }
  output.print(`Version ${database.currentVersion() ?? 'none'} in ${advisoryDirectory(config.home)}`)
  if (imported !== null) output.print(plainText(originInWords(imported)))
  return EXIT_CODES.done
}

/** One word; what went wrong stands below the table, where it is not cut. */
function stateOf(generation: FeedGeneration): string {
  if (generation.lastError !== null) return 'failed'
  return usesStarter([generation]) ? 'bundled' : 'good'
}

/** Columns of a terminal below which a time is shown as its day, whole. */
const NARROW_COLUMNS = 100

function generationTable(generations: readonly FeedGeneration[], output: Output): string[] {
  const isNarrow = output.table.width !== null && output.table.width < NARROW_COLUMNS
  return renderTable(
    generations,
    [
      { title: 'Feed', text: row => row.feed },
      { title: 'Part', text: row => row.part },
      { title: 'Records', text: row => String(row.recordCount) },
      { title: 'Advisories', text: row => String(row.advisoryCount) },
      { title: 'Facts', text: row => String(row.signalCount) },
      {
        title: 'Newest',
        text: row => (row.newestModified === null ? '' : formatInstant(row.newestModified).slice(0, 10)),
        minWidth: 10,
      },
      {
        title: 'Fetched',
        text: row => (row.syncedAt === null ? 'never' : formatInstant(row.syncedAt).slice(0, isNarrow ? 10 : 16)),
        minWidth: 10,
      },
      { title: 'State', text: stateOf, minWidth: 7 },
    ],
    output.table,
  )
}

function configOrNote(output: Output): Config | null {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (config.ok) return config.value
  output.note(plainText(config.error))
  return null
}
