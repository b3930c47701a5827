import type { SchemeId, Version } from '../domain/version.ts'

/**
 * Version orders as plain string order: a scheme turns each text once into a string whose code units sort as the
 * versions do, so that a comparison costs one `<` of two strings, whatever the scheme's rules are.
 */
export type SortKey = string

/** Ends a run: before every other mark and letter, after `BEFORE_END`. */
export const END = '\u0002'
/** For what sorts even before the end of the text, like the `~` of dpkg. */
export const BEFORE_END = '\u0001'

/**
 * A number of any length: its count of digits, then the digits. Leading zeros do not count, so equal numbers have
 * equal keys and zero is `END` alone. The caller bounds the text to far fewer than 65,000 characters.
 */
export function numberKey(digits: string): SortKey {
  let start = 0
  while (start < digits.length && digits.charCodeAt(start) === 48) start++
  return String.fromCharCode(2 + digits.length - start) + digits.slice(start)
}

export function isDigitCode(code: number): boolean {
  return code >= 48 && code <= 57
}

export function isLetterCode(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

/** A version that is compared by its sort key. */
export function versionWithSortKey<S extends SchemeId>(scheme: S, text: string, key: SortKey): Version<S> {
  // The brand says that only this file looks inside.
  return { scheme, text, key: key as unknown as Version['key'] }
}

/** Compares two versions of one scheme that were made by `versionWithSortKey`. */
export function compareSortKeys(a: Version, b: Version): number {
  const left = a.key as unknown as SortKey
  const right = b.key as unknown as SortKey
  if (left === right) return 0
  return left < right ? -1 : 1
}
