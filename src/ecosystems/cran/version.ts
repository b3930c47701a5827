import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { compareSortKeys, numberKey, versionWithSortKey } from '../sort-key.ts'

const LIMIT_CHARACTERS = 1024

/**
 * The order of R: numbers apart by `.` or `-`, of any count; of two that agree as far as they go the shorter is lower
 * (`1.0 < 1.0.0`). (R documentation, numeric_version)
 */
export const cranScheme: VersionScheme<'cran'> = {
  id: 'cran',
  parse(text: string): Result<Version<'cran'>, VersionParseError> {
    const plain = text.trim()
    if (text.length > LIMIT_CHARACTERS || !/^[0-9]+(?:[.-][0-9]+)*$/.test(plain)) {
      const reason = text.length > LIMIT_CHARACTERS ? `longer than ${LIMIT_CHARACTERS} characters` : 'not numbers only'
      return err({ is: 'unreadable-version', scheme: 'cran', text: text.slice(0, 200), reason })
    }
    return ok(versionWithSortKey('cran', text, plain.split(/[.-]/).map(numberKey).join('')))
  },
  compare: compareSortKeys,
}
