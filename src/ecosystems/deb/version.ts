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

/** Longest text that is read; dpkg itself has no limit, the longest in Debian's archive has under 80 characters. */
const LIMIT_CHARACTERS = 1024
/** dpkg keeps the epoch in an `int`. (lib/dpkg/parsehelp.c, parseversion) */
const LARGEST_EPOCH = 2_147_483_647
const TILDE = 126

/** `[epoch:]upstream[-revision]` taken apart; a missing revision is empty and equals `0`. (deb-version(7)) */
export interface DebVersionParts {
  readonly epoch: number
  readonly upstream: string
  readonly revision: string
}

/** The order of dpkg, which Debian, Ubuntu and distroless images share. (deb-version(7); matching-and-feeds §3.1) */
export const dpkgScheme: VersionScheme<'dpkg'> = {
  id: 'dpkg',
  parse: parseDebVersion,
  compare: compareSortKeys,
}

function parseDebVersion(text: string): Result<Version<'dpkg'>, VersionParseError> {
  const parts = splitDebVersion(text)
  if (!parts.ok) return err({ is: 'unreadable-version', scheme: 'dpkg', text: text.slice(0, 200), reason: parts.error })
  const { epoch, upstream, revision } = parts.value
  const key = numberKey(String(epoch)) + partKey(upstream) + partKey(revision)
  return ok(versionWithSortKey('dpkg', text, key))
}

/**
 * Takes a version apart as dpkg does, with dpkg's errors. What dpkg only warns about (a first character that is no
 * digit, an unusual character) is read, because such packages exist and their order is defined.
 */
export function splitDebVersion(text: string): Result<DebVersionParts, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  const trimmed = text.trim()
  if (trimmed === '') return err('empty')
  for (let at = 0; at < trimmed.length; at++) {
    const code = trimmed.charCodeAt(at)
    if (code <= 32) return err('contains white space or a control character')
    if (code > 126) return err('contains a character outside ASCII')
  }
  const colon = trimmed.indexOf(':')
  const epochText = colon < 0 ? '0' : trimmed.slice(0, colon)
  if (!/^[0-9]{1,20}$/.test(epochText) || Number(epochText) > LARGEST_EPOCH) {
    return err(`the epoch is not a number from 0 to ${LARGEST_EPOCH}`)
  }
  const rest = trimmed.slice(colon + 1)
  const hyphen = rest.lastIndexOf('-')
  const upstream = hyphen < 0 ? rest : rest.slice(0, hyphen)
  const revision = hyphen < 0 ? '' : rest.slice(hyphen + 1)
  if (upstream === '') return err('nothing between the epoch and the revision')
  if (hyphen >= 0 && revision === '') return err('nothing after the last hyphen')
  return ok({ epoch: Number(epochText), upstream, revision })
}

/**
 * Alternating runs of non-digits and numbers, each run closed, up to one that is empty because the text ended. Only
 * the end can have an empty non-digit run after the first, so two keys differ before either is over. (verrevcmp)
 */
function partKey(part: string): SortKey {
  let key = ''
  let at = 0
  do {
    let code = part.charCodeAt(at)
    while (at < part.length && !isDigitCode(code)) {
      key += nonDigitKey(code)
      code = part.charCodeAt(++at)
    }
    const start = at
    while (at < part.length && isDigitCode(part.charCodeAt(at))) at++
    key += END + numberKey(part.slice(start, at))
  } while (at < part.length)
  return key + END
}

/** `~` before the end, the end before letters, letters before everything else. (dpkg lib/dpkg/version.c, order) */
function nonDigitKey(code: number): SortKey {
  if (code === TILDE) return BEFORE_END
  return String.fromCharCode(isLetterCode(code) ? code : code + 256)
}
