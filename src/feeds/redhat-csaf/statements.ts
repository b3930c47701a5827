import type { AffectedPackage, VendorState } from '../../domain/advisory.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Version, VersionParseError } from '../../domain/version.ts'
import type { CsafProductIds } from '../../domain/csaf-products.ts'
import type { CsafStatus, CsafVulnerability } from '../../domain/csaf-document.ts'
import type { SkipCounter } from '../skip-counter.ts'
import { redHatComponentOf, type RedHatComponent } from './component.ts'
import type { EntryPool } from './pool.ts'

/** What a vulnerability's statuses say of one name in one line of builds. */
interface Statement {
  readonly major: string
  readonly channel: string | null
  readonly module: string | null
  /** As packages meet it: sources end in `.src`. */
  readonly name: string
  readonly fixes: Map<string, { readonly version: Version; readonly arches: Set<string> }>
  unreadable: VersionParseError | null
  /** Affected without a fix: the vendor's states, `null` for none. */
  readonly unfixed: Set<VendorState | null>
  isInvestigated: boolean
  isUnaffected: boolean
}

const STATUS_ORDER: readonly CsafStatus[] = ['fixed', 'known_affected', 'under_investigation', 'known_not_affected']

/**
 * Gathers what one vulnerability's statuses say, product id by product id, into an entry for each name, release, channel
 * and module. A document that names only the source package (`kernel.src`) speaks of all that is built from it: such an
 * entry is kept under the source's name, and packages meet it by the source that they were built from
 * (`Ecosystem.sourceSubject`), where entries under their own names say nothing or agree.
 */
export function affectedBy(
  vulnerability: CsafVulnerability,
  products: CsafProductIds,
  pool: EntryPool,
  skips: SkipCounter,
): readonly AffectedPackage[] {
  const statements = new Map<string, Statement>()
  const states = statesOf(vulnerability)
  const fixedBuilds = new Set<string>()
  for (const status of STATUS_ORDER) {
    for (const productId of vulnerability.statuses.get(status) ?? []) {
      const parts = products.partsOf(productId)
      if (parts === null) {
        skips.add('product-unresolved', productId)
        continue
      }
      const component = redHatComponentOf(parts)
      if (typeof component === 'string') {
        skips.add(component, productId)
        continue
      }
      const reason = whyLeftOut(component, status, states.get(productId) ?? null, fixedBuilds)
      if (reason !== null) skips.add(reason, productId)
      else addTo(statements, component, status, states.get(productId) ?? null, pool)
    }
  }
  return [...statements.values()].flatMap(statement => entriesOf(statement, pool))
}

/** Symbols for a debugger hold nothing that runs, and are a third of all that documents list. */
const DEBUG = /-(?:debuginfo|debugsource|debuginfo-common(?:-[a-z0-9_]+)?)$/

/** `null` for what counts. `fixedBuilds` gathers what has been said to be fixed; that is asked first. */
function whyLeftOut(
  component: RedHatComponent,
  status: CsafStatus,
  state: VendorState | null,
  fixedBuilds: Set<string>,
): string | null {
  const { name, version, channel, majors, isSource } = component
  if (!isSource && DEBUG.test(name)) return 'debugging-symbols'
  const build = version === null ? null : `${name} ${version}`
  if (status === 'fixed') {
    if (version === null) return 'fixed-without-version'
    if (majors.length > 1) return 'release-unknown'
    fixedBuilds.add(`${name} ${version}`)
  }
  // Newer documents list the very build with the fix as affected in minor releases that came later. (observed)
  if (status === 'known_affected' && build !== null && fixedBuilds.has(build) && !isFinal(state)) {
    return 'affected-and-fixed'
  }
  // Silence says the same: only RHEL's own word is needed against another entry of RHEL.
  if (status === 'known_not_affected' && channel !== null && majors.length > 1) return 'not-affected-elsewhere'
  return null
}

function isFinal(state: VendorState | null): boolean {
  return state === 'will-not-fix' || state === 'end-of-life'
}

/** Why there is no fix, by product id. Only the words tell deferred from affected. (observed: all details there are) */
function statesOf({ remediations }: CsafVulnerability): ReadonlyMap<string, VendorState> {
  const states = new Map<string, VendorState>()
  for (const { category, details, productIds } of remediations) {
    const state = stateOf(category, details)
    if (state !== null) for (const productId of productIds) states.set(productId, state)
  }
  return states
}

function stateOf(category: string, details: string): VendorState | null {
  if (category !== 'no_fix_planned' && category !== 'none_available') return null
  if (/out of support/i.test(details)) return 'end-of-life'
  if (/deferred/i.test(details)) return 'deferred'
  return category === 'no_fix_planned' || /will not fix/i.test(details) ? 'will-not-fix' : null
}

function addTo(
  statements: Map<string, Statement>,
  component: RedHatComponent,
  status: CsafStatus,
  state: VendorState | null,
  pool: EntryPool,
): void {
  const name = pool.name(component.isSource ? `${component.name}.src` : component.name)
  for (const major of component.majors) {
    const { channel, module } = component
    const key = `${major}\n${channel ?? ''}\n${module ?? ''}\n${name}`
    let statement = statements.get(key)
    if (statement === undefined) {
      statement = {
        major,
        channel,
        module,
        name,
        fixes: new Map(),
        unreadable: null,
        unfixed: new Set(),
        isInvestigated: false,
        isUnaffected: false,
      }
      statements.set(key, statement)
    }
    if (status === 'fixed') addFix(statement, component, pool)
    else if (status === 'known_affected') statement.unfixed.add(state)
    else if (status === 'under_investigation') statement.isInvestigated = true
    else statement.isUnaffected = true
  }
}

/** The file name of a source package has no epoch, so neither has what is held against it. (matching-and-feeds §2.4) */
function addFix(statement: Statement, { isSource, version, arch }: RedHatComponent, pool: EntryPool): void {
  const text = isSource ? (version ?? '').replace(/^[0-9]+:/, '') : (version ?? '')
  let fix = statement.fixes.get(text)
  if (fix === undefined) {
    const parsed = pool.version(text)
    if ('reason' in parsed) {
      statement.unreadable ??= parsed
      return
    }
    statement.fixes.set(text, (fix = { version: parsed, arches: new Set() }))
  }
  fix.arches.add(arch ?? '')
}

/** States from the one that leaves most open: where products of one line differ, that one is shown. */
const OPENNESS: readonly (VendorState | null)[] = [null, 'deferred', 'will-not-fix', 'end-of-life']

/**
 * The main stream is one line: once any of its minor releases has a fix, that an older one will get none says nothing.
 * So a fix comes first, then that there is none, then that it is looked into, then that there is nothing to fix.
 */
function entriesOf(statement: Statement, pool: EntryPool): readonly AffectedPackage[] {
  const { major, channel, module, name, fixes, unreadable, unfixed, isInvestigated } = statement
  const entry = (ranges: AffectedPackage['ranges'], state: VendorState | null, arches: readonly string[] | null) => ({
    namespace: namespace(pool.name(`rhel:${major}`)),
    name,
    ranges,
    versions: [],
    ...(state !== null && { state }),
    ...(channel !== null && { channel: pool.name(channel) }),
    ...(arches !== null && { arches }),
    ...(module !== null && { module: pool.name(module) }),
  })
  if (fixes.size > 0 || unreadable !== null) return fixedEntries(statement, entry, pool)
  if (unfixed.size > 0) return [entry(pool.all, OPENNESS.find(state => unfixed.has(state)) ?? null, null)]
  return [entry(pool.all, isInvestigated ? 'under-investigation' : 'not-affected', null)]
}

/** Architectures that every product is built for first; a fix that lists one of them speaks for all. */
const FIRST_ARCHES = ['x86_64', 'noarch', '', 'i686', 'i386']

function fixedEntries(
  { fixes, unreadable }: Statement,
  entry: (ranges: AffectedPackage['ranges'], state: null, arches: readonly string[] | null) => AffectedPackage,
  pool: EntryPool,
): readonly AffectedPackage[] {
  // Highest first: of several that a build is below, it is the one to install.
  const ordered = [...fixes.values()].sort((a, b) => pool.compare(b.version, a.version))
  const isForAll = ordered.every(({ arches }) => FIRST_ARCHES.some(arch => arches.has(arch)))
  const versions = ordered.map(({ version }) => version)
  if (isForAll) return [entry(pool.below(versions, unreadable), null, null)]
  const apart = ordered.map(({ version, arches }) => entry(pool.below([version], null), null, [...arches].sort()))
  return unreadable === null ? apart : [...apart, entry(pool.below([], unreadable), null, null)]
}
