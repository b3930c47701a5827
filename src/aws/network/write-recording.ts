import { formatInstant, type Instant } from '../../base/clock.ts'
import { fileNameOf } from './network-calls.ts'
import { RECORDING_FILE } from './read-directory.ts'
import type { RecordedCall } from './recorded-calls.ts'

/** A file of a recording: its path below the directory, `/` between parts, and its text. */
export interface RecordingFile {
  readonly path: string
  readonly text: string
}

/**
 * Recorded calls as the files that `readRecordedDirectory` reads: `ACCOUNT/REGION/describe-vpcs.json`. An answer of one page
 * stands as AWS gave it, pages in a list, and calls about one resource with what was asked.
 */
export function* recordingFiles(calls: readonly RecordedCall[]): Generator<RecordingFile> {
  const byDirectory = Map.groupBy(calls, ({ accountId, region }) =>
    [accountId, region].flatMap(part => part ?? []).join('/'),
  )
  for (const [directory, own] of byDirectory) {
    const prefix = directory === '' ? '' : `${directory}/`
    const times = own.flatMap(({ recordedAt }) => recordedAt ?? [])
    const last = times.reduce<Instant | null>(
      (latest, time) => (latest === null || time > latest ? time : latest),
      null,
    )
    if (last !== null) yield { path: `${prefix}${RECORDING_FILE}`, text: json({ recordedAt: formatInstant(last) }) }
    for (const [call, pages] of Map.groupBy(own, recording => recording.call)) {
      yield { path: `${prefix}${fileNameOf(call)}.json`, text: json(documentOf(pages)) }
    }
  }
}

function documentOf(pages: readonly RecordedCall[]): unknown {
  const [only] = pages
  if (pages.length === 1 && only !== undefined && only.parameters === undefined) return only.answer
  if (pages.every(({ parameters }) => parameters === undefined)) return pages.map(({ answer }) => answer)
  return pages.map(({ parameters, answer }) => ({ parameters: parameters ?? {}, answer }))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
