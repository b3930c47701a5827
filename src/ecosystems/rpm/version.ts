import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import {
  BEFORE_END,
  compareSortKeys,
  END,
  isDigitCode,
  isLetterCode,
  numberKey,
  type SortKey,
  versionWithSortKey,
} from '../sort-key.ts'

/** Longest text that is read; the longest in the distributions' archives has under 120 characters. */
const LIMIT_CHARACTERS = 1024
/** The epoch is a 32-bit tag. (rpm, RPMTAG_EPOCH) */
const LARGEST_EPOCH = 4_294_967_295
const TILDE = 126
const CARET = 94

/** After the end, before any segment: `1.0 < 1.0^git1 < 1.0.1`. (rpm, rpmvercmp) */
const CARET_KEY = '\u0003'
const LETTERS = '\u0004'
const NUMBER = '\u0005'
/** Before every letter, so that a run of letters sorts before one that it begins. */
const LETTERS_END = '\u0000'
/** A version without release sorts before all of its releases: `1 < 1-0`. (rpm, rpmverCmp) */
const NO_RELEASE = '\u0000'
const RELEASE = '\u0001'

/** `[epoch:]version[-release]` taken apart; `null` where there is no release. */
export interface RpmVersionParts {
  readonly epoch: number
  readonly version: string
  readonly release: string | null
}

/** The order of rpm: epoch, then version, then release. (rpm 4.18 rpmio/rpmver.c; matching-and-feeds §3.1) */
export const rpmScheme: VersionScheme<'rpm'> = {
  id: 'rpm',
  parse: parseRpmVersion,
  compare: compareSortKeys,
}

function parseRpmVersion(text: string): Result<Version<'rpm'>, VersionParseError> {
  const parts = splitRpmVersion(text)
  if (!parts.ok) return err({ is: 'unreadable-version', scheme: 'rpm', text: text.slice(0, 200), reason: parts.error })
  const { epoch, version, release } = parts.value
  const releaseKey = release === null ? NO_RELEASE : RELEASE + partKey(release)
  return ok(versionWithSortKey('rpm', text, numberKey(String(epoch)) + partKey(version) + releaseKey))
}

/** Takes a version apart; a release never holds a hyphen, so the last one is the border. A missing epoch is 0. */
export function splitRpmVersion(text: string): Result<RpmVersionParts, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  if (text === '') return err('empty')
  if (!/^[!-~]+$/.test(text)) return err('contains white space, a control character or one outside ASCII')
  const colon = text.indexOf(':')
  const epochText = colon < 0 ? '0' : text.slice(0, colon)
  if (!/^[0-9]{1,20}$/.test(epochText) || Number(epochText) > LARGEST_EPOCH) {
    return err(`the epoch is not a number from 0 to ${LARGEST_EPOCH}`)
  }
  const rest = text.slice(colon + 1)
  const hyphen = rest.lastIndexOf('-')
  const version = hyphen < 0 ? rest : rest.slice(0, hyphen)
  const release = hyphen < 0 ? null : rest.slice(hyphen + 1)
  if (version === '') return err('nothing between the epoch and the release')
  if (release === '') return err('nothing after the last hyphen')
  return ok({ epoch: Number(epochText), version, release })
}

/** Runs of letters and of digits; what is between them only separates. `~` sorts before the end, `^` just after it. */
function partKey(part: string): SortKey {
  let key = ''
  let at = 0
  while (at < part.length) {
    const code = part.charCodeAt(at)
    const start = at
    if (isDigitCode(code)) {
      while (at < part.length && isDigitCode(part.charCodeAt(at))) at++
      key += NUMBER + numberKey(part.slice(start, at))
    } else if (isLetterCode(code)) {
      while (at < part.length && isLetterCode(part.charCodeAt(at))) at++
      key += LETTERS + part.slice(start, at) + LETTERS_END
    } else {
      if (code === TILDE) key += BEFORE_END
      else if (code === CARET) key += CARET_KEY
      at++
    }
  }
  return key + END
}
