import { chmodSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { readConfig, type Config } from '../../app/config.ts'
import { findingSummary, type FindingSummary } from '../../app/finding-summary.ts'
import { generationsInWords } from '../../app/local-advisories.ts'
import { makeLog } from '../../app/make-log.ts'
import { startServer, type Role, type RunningServer } from '../../app/server.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { paintSeverity } from '../render/colour.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable } from '../render/table.ts'

/** `openinspector server`: runs until it is told to stop (SIGINT, SIGTERM); a second signal stops at once. */
export async function serve(role: Role, credentialsFile: string | null, output: Output): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (!config.ok) {
    output.note(plainText(config.error))
    return EXIT_CODES.usage
  }
  const log = makeLog(config.value)
  output.note(`Starting OpenInspector in ${config.value.home} …`)
  const person = events(config.value, output)
  let server: RunningServer
  try {
    server = await startServer(config.value, role, log, person.events)
  } catch (error) {
    output.endProgress()
    output.note(`OpenInspector could not start: ${plainText(error instanceof Error ? error.message : String(error))}`)
    return EXIT_CODES.failed
  }
  person.attach(server)
  printBanner(server, config.value, credentialsFile, output)
  await stopSignal()
  output.note('Stopping …')
  void stopSignal().then(() => process.exit(EXIT_CODES.failed))
  await server.stop()
  return EXIT_CODES.done
}

async function stopSignal(): Promise<void> {
  const listening = new AbortController()
  await Promise.race(['SIGINT', 'SIGTERM'].map(signal => once(process, signal, { signal: listening.signal })))
  listening.abort()
}

function printBanner(server: RunningServer, config: Config, credentialsFile: string | null, output: Output): void {
  const database = config.databaseUrl === null ? 'embedded database' : 'PostgreSQL'
  if (server.url !== null) output.print(`OpenInspector listens on ${server.url} (${database}, data in ${config.home})`)
  else output.print(`OpenInspector works (${database}, data in ${config.home})`)
  output.print(`Advisories: ${generationsInWords(server.parts.advisoryDatabase.generations())}`)
  const { firstKey, url } = server
  if (firstKey !== null && credentialsFile !== null) {
    writeCredentials(credentialsFile, firstKey)
    output.print(`First credentials of account ${firstKey.accountId}: in ${credentialsFile}`)
  } else if (firstKey !== null) {
    output.print('')
    output.print(`First credentials of account ${firstKey.accountId}, shown this once:`)
    output.print(`  export AWS_ACCESS_KEY_ID=${firstKey.id}`)
    output.print(`  export AWS_SECRET_ACCESS_KEY=${firstKey.secret}`)
  }
  if (url === null) return
  output.print('')
  output.print('Try:')
  output.print(`  export AWS_DEFAULT_REGION=${config.region} AWS_ENDPOINT_URL_INSPECTOR2=${url}`)
  output.print('  aws inspector2 list-findings --max-items 5')
  output.print('  aws inspector2 list-coverage')
  output.print('  bin/openinspector registry add http://127.0.0.1:5000')
  output.print('')
}

/** In the format of the AWS tools' shared credentials file, for its owner's eyes only. */
function writeCredentials(path: string, key: { readonly id: string; readonly secret: string }): void {
  const text = `[default]\naws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`
  writeFileSync(path, text, { mode: 0o600 })
  chmodSync(path, 0o600)
}

/** Tells a person what the first minutes bring; the log has the rest. */
function events(config: Config, output: Output) {
  let server: RunningServer | null = null
  let isHostShown = false
  return {
    attach(running: RunningServer): void {
      server = running
    },
    events: {
      syncing(feed: string, part: string): void {
        output.progress(`Fetching advisories: ${feed} ${part} …`)
      },
      advisoriesSynced(outcome: { isReached: boolean; isChanged: boolean; error: string | null }): void {
        output.endProgress()
        if (outcome.error !== null)
          output.note(`Advisories not fetched: ${plainText(outcome.error)}. Going on with what is here.`)
        else if (!outcome.isChanged) return
        if (server !== null)
          output.print(`Advisories: ${generationsInWords(server.parts.advisoryDatabase.generations())}`)
      },
      hostScanned(resourceId: string): void {
        if (isHostShown || server === null) return
        isHostShown = true
        void findingSummary(server.parts.findings, config, resourceId).then(summary => printHost(summary, output))
      },
    },
  }
}

function printHost(summary: FindingSummary, output: Output): void {
  output.endProgress()
  output.print(`This machine (${summary.resourceId}): ${summary.inWords}`)
  const lines = renderTable(
    summary.worst,
    [
      {
        title: 'Severity',
        text: row => row.severity,
        minWidth: 8,
        paint: (row, cell) => paintSeverity(row.severity, cell),
      },
      { title: 'Finding', text: row => row.title, minWidth: 30 },
      { title: 'Fixed in', text: row => row.fixedIn ?? 'none available', minWidth: 10 },
    ],
    output.table,
  )
  if (summary.worst.length > 0) for (const line of lines) output.print(`  ${line}`)
}
