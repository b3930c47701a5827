import type { AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { Version, VersionParseError } from '../../domain/version.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'

/**
 * What entries have in common, held once. Millions of entries name some thousands of packages, and the dozens of
 * packages of one update have one fix: without this a whole load takes several times the memory. (measured)
 */
export interface EntryPool {
  /** The same text for equal texts, in the ecosystem's spelling. */
  name(text: string): string
  version(text: string): Version | VersionParseError
  /** From the beginning up to each of the versions, then what could not be read. */
  below(fixed: readonly Version[], unreadable: VersionParseError | null): AffectedPackage['ranges']
  /** Every version, without a fix. */
  readonly all: AffectedPackage['ranges']
  readonly compare: (a: Version, b: Version) => number
}

/** Beyond this a pool starts anew: it saves memory, and must not take it. */
const MOST = 500_000

export function entryPool({ scheme, canonicalName }: RpmEcosystem): EntryPool {
  const names = new Map<string, string>()
  const versions = new Map<string, Version | VersionParseError>()
  const ranges = new Map<string, AffectedPackage['ranges']>()

  return {
    all: [{ scheme: scheme.id, introduced: 'beginning', end: 'no-fix-known' }],
    compare: (a, b) => scheme.compare(a, b),
    name: text => held(names, text, () => canonicalName(text)),
    version: text =>
      held(versions, text, () => {
        const parsed = scheme.parse(text)
        return parsed.ok ? parsed.value : parsed.error
      }),
    below: (fixed, unreadable) =>
      held(ranges, [...fixed.map(({ text }) => text), unreadable?.text ?? ''].join('\n'), () => {
        const readable = fixed.map((version): AffectedRange => ({
          scheme: scheme.id,
          introduced: 'beginning',
          end: { fixed: version },
        }))
        const rest: UnreadableRange[] = unreadable === null ? [] : [{ unreadable }]
        return [...readable, ...rest]
      }),
  }
}

function held<T>(pool: Map<string, T>, key: string, make: () => T): T {
  const known = pool.get(key)
  if (known !== undefined) return known
  if (pool.size >= MOST) pool.clear()
  const made = make()
  pool.set(key, made)
  return made
}
