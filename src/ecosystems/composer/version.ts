import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { lineOf, type MovingLine } from '../moving-line.ts'
import { compareSortKeys, numberKey, type SortKey, versionWithSortKey } from '../sort-key.ts'

const LIMIT_CHARACTERS = 1024

/**
 * What stands at one place of a version, lowest first: PHP's `version_compare` puts `dev < alpha < beta < RC < nothing
 * < a number < patch level`. (php.net/version_compare)
 */
const BRANCH = '\u0001'
const DEV = '\u0002'
const NOTHING = '\u0006'
const NUMBER = '\u0007'
const WORDS: Readonly<Record<string, string>> = {
  alpha: '\u0003', a: '\u0003', beta: '\u0004', b: '\u0004', rc: '\u0005', patch: '\u0008', pl: '\u0008', p: '\u0008',
} // prettier-ignore

/** Up to four numbers; the first of at most five digits. (composer/semver, VersionParser::normalize, "classical versioning") */
const CLASSICAL = /^[0-9]{1,5}(?:\.[0-9]+){0,3}$/
/** The second form of the same function: `20100102-203040`, `2010.01.02.1`. */
const DATED = /^[0-9]{4}(?:[.:-]?[0-9]{2}){1,6}(?:[.:-]?[0-9]{1,3}){0,2}$/
/** Neither, but still numbers: Composer refuses these, PHP compares them, e.g. `4.3-2`. */
const NUMBERS = /^[0-9]+(?:[.-][0-9]+)*$/
const SUFFIX = /[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9])*))?([.-]?dev)?$/

/**
 * The order of Composer: normalised to four numbers as composer/semver does, then compared as PHP does. Branches
 * (`dev-…`) sort below every number; whether one is affected cannot be told, which the ecosystem says.
 * (matching-and-feeds §2.7, §3.1)
 */
export const composerScheme: VersionScheme<'composer'> = {
  id: 'composer',
  parse(text: string): Result<Version<'composer'>, VersionParseError> {
    const key = composerKey(text)
    if (key.ok) return ok(versionWithSortKey('composer', text, key.value))
    return err({ is: 'unreadable-version', scheme: 'composer', text: text.slice(0, 200), reason: key.error })
  },
  compare: compareSortKeys,
}

/** Whether the version names a branch (`dev-main`, `2.x-dev`): which commit of it is installed, the name does not say. */
export function isComposerBranch(version: string): boolean {
  const plain = version.trim().toLowerCase()
  return plain.startsWith('dev-') || /^(?:master|trunk|default)$|dev$/.test(plain)
}

/** The line that a numbered branch stays on: `2.x-dev`, `v2.1.x-dev`; `null` for other versions. */
export function composerLineOf(version: string): MovingLine | null {
  const numbers = /^v?([0-9.]+)\.[x*][.-]?dev$/i.exec(version.trim())?.[1]
  return numbers === undefined ? null : lineOf(numbers, '-dev', composerScheme)
}

function composerKey(text: string): Result<SortKey, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  const version = text.trim().replace(/@(?:stable|rc|beta|alpha|dev)$/i, '')
  if (/^(?:master|trunk|default)$/.test(version)) return ok(BRANCH + version)
  const plain = version
    .toLowerCase()
    .replace(/^v/, '')
    .replace(/(?<=^[^\s,+]+)\+\S+$/, '')
  if (plain.startsWith('dev-')) return ok(BRANCH + version.slice(4))

  const branch = /^([0-9]+(?:\.(?:[0-9]+|[x*])){0,3})[.-]?dev$/.exec(plain)?.[1]
  if (branch !== undefined && /[x*]/.test(branch)) return ok(numericBranchKey(branch))

  const suffix = SUFFIX.exec(plain)
  const numbers = suffix === null ? plain : plain.slice(0, suffix.index)
  const numbersKey = keyOfNumbers(numbers)
  if (numbersKey === null) return err(/^[0-9]/.test(plain) ? 'text that Composer does not know' : 'not a number')
  return ok(numbersKey + keyOfSuffix(suffix))
}

function keyOfNumbers(numbers: string): SortKey | null {
  const isDated = !CLASSICAL.test(numbers) && DATED.test(numbers)
  if (!isDated && !NUMBERS.test(numbers)) return null
  const parts = numbers.split(/[.:-]/)
  // Missing numbers are zero, except in dates, which Composer leaves as they are.
  if (!isDated) for (let count = parts.length; count < 4; count++) parts.push('')
  return parts.map(part => NUMBER + numberKey(part)).join('')
}

function keyOfSuffix(suffix: RegExpExecArray | null): SortKey {
  const [, word = 'stable', counts = '', dev = ''] = suffix ?? []
  let key = ''
  // Composer ends at `stable`, whatever follows it.
  if (word === 'stable') return dev === '' || suffix?.[1] === 'stable' ? NOTHING : DEV + NOTHING
  key += WORDS[word] ?? ''
  for (const count of counts.match(/[0-9]+/g) ?? []) key += NUMBER + numberKey(count)
  return key + (dev === '' ? '' : DEV) + NOTHING
}

/** `2.x-dev` is above every release of 2: its open numbers count as 9999999. (composer/semver, normalizeBranch) */
function numericBranchKey(branch: string): SortKey {
  const parts = branch.split('.').map(part => (/^[x*]$/.test(part) ? '9999999' : part))
  while (parts.length < 4) parts.push('9999999')
  return parts.map(part => NUMBER + numberKey(part)).join('') + DEV + NOTHING
}
