import { parseInstant, type Instant } from '../../base/clock.ts'
import { decodeUtf8 } from '../../base/utf8.ts'

/** Documents of a list of changes or deletions, each with the time of its last one. */
export interface DatedPaths {
  readonly times: ReadonlyMap<string, Instant>
  readonly newest: Instant | null
  readonly oldest: Instant | null
}

const LIMIT_LINES = 1_000_000
/** `2024/cve-2024-6923.json`: nothing that could lead out of the folder. */
const PATH = /^[0-9]{4}\/[a-z0-9][a-z0-9_.-]{0,99}\.json$/

/** `changes.csv` and `deletions.csv`: `"path","time"`, newest first. A line that cannot be read is told to `onBad`. */
export function readDatedPaths(bytes: Uint8Array, onBad: (line: string) => void): DatedPaths {
  const times = new Map<string, Instant>()
  let newest: Instant | null = null
  let oldest: Instant | null = null
  for (const line of decodeUtf8(bytes).split('\n', LIMIT_LINES)) {
    if (line.trim() === '') continue
    const [, path = '', text = ''] = /^\s*"?([^",]{1,200})"?\s*,\s*"?([0-9TZ:.+-]{10,40})"?\s*$/.exec(line) ?? []
    const time = PATH.test(path) ? parseInstant(text) : null
    if (time === null) {
      onBad(line)
      continue
    }
    if (time > (times.get(path) ?? -Infinity)) times.set(path, time)
    if (newest === null || time > newest) newest = time
    if (oldest === null || time < oldest) oldest = time
  }
  return { times, newest, oldest }
}

/** `index.txt`: every document, a path a line. */
export function readIndex(bytes: Uint8Array, onBad: (line: string) => void): readonly string[] {
  const paths = new Set<string>()
  for (const line of decodeUtf8(bytes).split('\n', LIMIT_LINES)) {
    const path = line.trim()
    if (PATH.test(path)) paths.add(path)
    else if (path !== '') onBad(line)
  }
  return [...paths]
}

/** The archive that `archive_latest.txt` names, and the day that it was made on; `null` for a name of another form. */
export function readArchiveName(bytes: Uint8Array): { readonly name: string; readonly day: Instant } | null {
  const name = decodeUtf8(bytes).trim()
  const text = /^csaf_[a-z]{1,20}_([0-9]{4}-[0-9]{2}-[0-9]{2})\.tar\.zst$/.exec(name)?.[1]
  const day = text === undefined ? null : parseInstant(`${text}T00:00:00Z`)
  return day === null ? null : { name, day }
}
