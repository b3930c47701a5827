import { z } from 'zod'
import { describeHttpError, type Http, type HttpResponse } from '../../base/http.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { CheckIn } from '../../scanning/host-reports.ts'
import type { Kept, Waiting } from './agent-state.ts'

/** Why a report did not arrive. */
export interface SendError {
  readonly detail: string
  /** Another attempt fails alike until a person has acted. */
  readonly needsPerson: boolean
}

export interface Sent {
  /** Seconds until the server wants to hear again. */
  readonly checkInSeconds: number
  /** What was sent; empty when the server knew all of it. */
  readonly sent: readonly ('inventory' | 'runtime')[]
  /** The server holds an inventory with languages, and ours has none yet: it waits for the first search. */
  readonly waitsForSearch: boolean
}

export interface Door {
  readonly http: Http
  readonly server: string
  readonly token: string
}

/** Longest answer in bytes: a few short members. */
const ANSWER_BYTES = 64 * 1024
const SILENCE_MS = 60_000

/** The pause that a server may ask for, in seconds: neither a storm nor for ever. */
const checkInAnswer = z.object({
  isWatched: z.boolean(),
  wants: z.array(z.string()).max(10),
  sequence: z.int().min(0),
  checkInSeconds: z.number().min(5).max(86_400),
})
const reportAnswer = z.object({ status: z.string() })

/**
 * Says hello with the hashes of what waits, and sends what the server does not know. Safe to repeat, whole or in part.
 * `raise` is told when the server knows a higher sequence than ours; the waiting report is then sent under a new one.
 */
export async function sendReport(
  door: Door,
  identity: Pick<CheckIn, 'machineKey' | 'identity'>,
  waiting: () => Waiting | null,
  raise: (above: number) => void,
): Promise<Result<Sent, SendError>> {
  let report = waiting()
  const hello: CheckIn = {
    ...identity,
    inventoryHash: report?.inventory.hash ?? null,
    runtimeHash: report?.runtime.hash ?? null,
  }
  const answer = await post(door, 'check-in', Buffer.from(JSON.stringify(hello)), false, checkInAnswer)
  if (!answer.ok) return answer
  const { wants, sequence, checkInSeconds } = answer.value
  const sent: ('inventory' | 'runtime')[] = []
  const waitsForSearch = report !== null && !report.hasSearched && sequence > 0
  if (report !== null && wants.includes('inventory') && !waitsForSearch) {
    if (report.sequence <= sequence) {
      raise(sequence)
      report = waiting() ?? report
    }
    const { inventory } = report
    const done = await postKept(door, `inventory/${report.sequence}/${inventory.hash}`, inventory)
    if (!done.ok) return done
    sent.push('inventory')
  }
  if (report !== null && wants.includes('runtime')) {
    const done = await postKept(door, `runtime/${report.runtime.hash}`, report.runtime)
    if (!done.ok) return done
    sent.push('runtime')
  }
  return ok({ checkInSeconds, sent, waitsForSearch })
}

function postKept(door: Door, path: string, kept: Kept): Promise<Result<unknown, SendError>> {
  return post(door, path, kept.content, true, reportAnswer)
}

async function post<T>(
  { http, server, token }: Door,
  path: string,
  body: Uint8Array,
  isGzip: boolean,
  schema: z.ZodType<T>,
): Promise<Result<T, SendError>> {
  const sent = await http.send(`${server}/openinspector/agent/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    },
    body,
    limitBytes: ANSWER_BYTES,
    idleTimeoutMs: SILENCE_MS,
    redirects: 'none',
  })
  if (!sent.ok) return err({ detail: describeHttpError(sent.error), needsPerson: false })
  const text = await textOf(sent.value)
  if (!text.ok) return text
  const { status } = sent.value
  if (status !== 200) return err(refusal(status, text.value))
  const parsed = schema.safeParse(jsonOf(text.value))
  return parsed.success
    ? ok(parsed.data)
    : err({ detail: `${server} answers what no OpenInspector server does`, needsPerson: true })
}

async function textOf(response: HttpResponse): Promise<Result<string, SendError>> {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of response.body) pieces.push(piece)
  } catch (thrown) {
    return err({ detail: thrown instanceof Error ? thrown.message : String(thrown), needsPerson: false })
  }
  return ok(Buffer.concat(pieces).toString('utf8'))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A server that is busy or broken may be well in a moment; one that refuses us will not. */
function refusal(status: number, text: string): SendError {
  const parsed = z.object({ message: z.string().max(1_000) }).safeParse(jsonOf(text))
  const words = parsed.success ? `: ${parsed.data.message.replaceAll(/\p{C}/gu, ' ')}` : ''
  const needsPerson = status >= 300 && status < 500 && status !== 408 && status !== 429
  return { detail: `the server answers ${status}${words}`, needsPerson }
}
