import type { OvalField, OvalTest } from './oval-tables.ts'

/** What one test means for matching by package. */
export type OvalAtom =
  /** Builds of a package, from `from` on and up to `end`, of the named architectures. */
  | ({ readonly is: 'builds' } & OvalBuilds)
  /** Never true, which is how SUSE writes "not affected". */
  | { readonly is: 'never' }
  /** True for what the rest of the criteria speaks about anyway, e.g. that a package is signed by its vendor. */
  | { readonly is: 'neutral' }
  | { readonly is: 'product'; readonly product: string }
  /** The architecture of the system. */
  | { readonly is: 'arch'; readonly arch: string }
  /** `name:stream` is enabled. */
  | { readonly is: 'module'; readonly module: string }
  /** A package is installed in a version that begins so. */
  | { readonly is: 'line'; readonly name: string; readonly prefix: string }
  /** A constant that can be counted. */
  | { readonly is: 'unread'; readonly reason: string }

export interface OvalBuilds {
  readonly name: string
  /** `[epoch:]version[-release]`, itself included; `null` for the beginning. */
  readonly from: string | null
  /** `null`: no fix is known. */
  readonly end: { readonly fixed: string } | { readonly lastAffected: string } | null
  readonly arches: readonly string[] | null
}

/** What a vendor makes of tests in its own way; `null` leaves one to `atomOfRpmTest`. */
export type OvalClassifier = (test: OvalTest) => OvalAtom | null

/** Fields of states whose truth follows from which vendor and flavour of builds is compared. */
const NEUTRAL_FIELDS: ReadonlySet<string> = new Set(['signature_keyid'])
/** Builds of this kind are compared with their own kind only, by the release itself. (ecosystems/rpm/build-lines.ts) */
const FLAVOURS: ReadonlySet<string> = new Set(['ksplice', 'fips'])

/** What a test about an installed rpm package says. What is not understood to the end is `unread`, never a guess. */
export function atomOfRpmTest(test: OvalTest): OvalAtom {
  if (test.kind !== 'rpminfo_test') return unread('test-of-another-kind')
  if (test.check !== 'at least one' && test.check !== 'all') return unread('test-that-none-satisfy')
  if (test.existence !== 'at_least_one_exists') return unread('test-of-absence')
  const name = packageOf(test)
  if (name === null) return unread('test-of-no-package')
  const fields = test.states.flat().filter(field => !NEUTRAL_FIELDS.has(field.name))
  if (fields.length === 0 && test.states.length > 0) return { is: 'neutral' }

  const [version, ...others] = fields.filter(field => field.name !== 'arch')
  const [arch, ...otherArches] = fields.filter(field => field.name === 'arch')
  if (others.length > 0 || otherArches.length > 0) return unread('several-versions')
  const arches = arch === undefined ? null : archesOf(arch)
  if (arch !== undefined && arches === null) return unread('architecture-pattern')
  const every: OvalBuilds = { name, from: null, end: null, arches }
  if (version === undefined) return { is: 'builds', ...every }
  if (version.name !== 'evr') return atomOfPart(name, version)
  const builds = limitedBy(every, version)
  if (builds === null) return unread('version-operation')
  return { is: 'builds', ...builds }
}

/** Name of the package that the test is about. */
export function packageOf(test: OvalTest): string | null {
  const [field] = test.object
  if (test.object.length !== 1 || field?.name !== 'name' || field.operation !== 'equals') return null
  return /^[A-Za-z0-9_][A-Za-z0-9_.+~^-]{0,255}$/.test(field.value) ? field.value : null
}

/** A version or release alone. */
function atomOfPart(name: string, field: OvalField): OvalAtom {
  if (field.name === 'version' && field.operation === 'equals' && field.value === '0') return { is: 'never' }
  if (field.operation !== 'pattern match') return unread('version-operation')
  if (field.name === 'release' && FLAVOURS.has(field.value)) return { is: 'neutral' }
  // `5.15.0`, `^1\.26\.`
  const prefix = field.name === 'version' ? /^\^?((?:[0-9]+(?:\\?\.|$))+)$/.exec(field.value)?.[1] : undefined
  if (prefix === undefined) return unread('version-pattern')
  return { is: 'line', name, prefix: prefix.replaceAll('\\', '').replace(/\.$/, '') }
}

/** The builds as far as an `evr` test holds for them; `null` where it is not understood. */
function limitedBy(builds: OvalBuilds, { operation, value }: OvalField): OvalBuilds | null {
  if (!/^[0-9]{1,10}:[!-~]{1,500}$|^[!-9;-~]{1,500}$/.test(value)) return null
  switch (operation) {
    case 'less than':
      return { ...builds, end: { fixed: value } }
    case 'less than or equal':
      return { ...builds, end: { lastAffected: value } }
    case 'greater than or equal':
      return { ...builds, from: value }
    case 'greater than':
      // `0:0-0` is how SUSE writes "every version". Nothing sorts between a version and the same with a caret: it is the
      // next one. (rpm, rpmvercmp)
      return /^(?:0:)?0(?:-0)?$/.test(value) ? builds : { ...builds, from: `${value}^` }
    default:
      return null
  }
}

/** `x86_64`, `(aarch64|ppc64le|s390x|x86_64)` */
export function archesOf({ operation, value }: OvalField): readonly string[] | null {
  if (operation !== 'equals' && operation !== 'pattern match') return null
  const [, bracketed, plain] = /^(?:\(([a-z0-9_|]{1,400})\)|([a-z0-9_]{1,64}))$/.exec(value) ?? []
  const arches = (bracketed ?? plain ?? '').split('|')
  return arches.includes('') ? null : arches
}

function unread(reason: string): OvalAtom {
  return { is: 'unread', reason }
}
