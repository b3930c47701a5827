import { Client, escapeIdentifier } from 'pg'
import type { Log } from '../base/log.ts'
import type { Listening } from './database.ts'

/** Pause in milliseconds before a lost listening connection is made anew. */
const RECONNECT_MS = 2_000

/** LISTEN on a connection of its own, made again whenever it breaks. Fails only when the first connection does. */
export async function listenOnPostgres(
  url: string,
  channel: string,
  onNotification: (payload: string) => void,
  onConnect: () => void,
  log: Log,
): Promise<Listening> {
  let closed = false
  let client: Client | null = null
  let retry: NodeJS.Timeout | undefined

  async function connect(): Promise<void> {
    const next = new Client({ connectionString: url, keepAlive: true, application_name: 'openinspector-listen' })
    next.on('notification', message => onNotification(message.payload ?? ''))
    next.on('error', error => lost(next, error))
    next.on('end', () => lost(next, null))
    client = next
    await next.connect()
    await next.query(`listen ${escapeIdentifier(channel)}`)
    onConnect()
  }

  function lost(which: Client, error: Error | null): void {
    if (closed || which !== client) return
    client = null
    log.warn('notification connection lost', { error: error?.message ?? 'ended' })
    which.end().catch(() => undefined)
    scheduleRetry()
  }

  function scheduleRetry(): void {
    retry = setTimeout(() => {
      connect().catch(() => {
        client = null
        if (!closed) scheduleRetry()
      })
    }, RECONNECT_MS).unref()
  }

  await connect()
  return {
    async close() {
      closed = true
      clearTimeout(retry)
      await client?.end()
    },
  }
}
