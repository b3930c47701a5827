import { atomOfRpmTest } from './oval-atoms.ts'
import type { OvalAtom, OvalBuilds, OvalClassifier } from './oval-atoms.ts'
import type { OvalCriteria, OvalReader } from './oval-document.ts'
import type { OvalKey } from './oval-tables.ts'

/** Affected builds of one package, and under which circumstances: that is all that criteria of rpm vendors say. */
export interface OvalStatement extends OvalBuilds {
  /** Any of these is installed; `null` where the criteria ask for none. */
  readonly products: readonly string[] | null
  /** `name:stream` that must be enabled. */
  readonly module: string | null
}

interface Scope {
  readonly products: readonly string[] | null
  readonly arches: readonly string[] | null
  readonly module: string | null
  readonly line: { readonly name: string; readonly prefix: string } | null
}

const ANYWHERE: Scope = { products: null, arches: null, module: null, line: null }

/** Alternatives of one group; the largest published has some 100. */
const CONDITIONS = 2_000

/** A branch that is not understood. */
class UnreadBranch {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/**
 * Turns criteria into statements about packages. Conditions (product, architecture, module) beside a group of packages
 * hold for all of the group; a branch with anything else in it is told to `onUnread`, and the others count.
 */
export class OvalStatements {
  private readonly document: Pick<OvalReader, 'testOf'>
  private readonly classify: OvalClassifier
  private readonly atoms = new Map<OvalKey, OvalAtom>()

  constructor(document: Pick<OvalReader, 'testOf'>, classify: OvalClassifier) {
    this.document = document
    this.classify = classify
  }

  of(criteria: OvalCriteria, onUnread: (reason: string) => void): OvalStatement[] {
    const statements: OvalStatement[] = []
    this.walk(criteria, ANYWHERE, statements, onUnread)
    return statements
  }

  private walk(
    node: OvalCriteria,
    scope: Scope,
    statements: OvalStatement[],
    onUnread: (reason: string) => void,
  ): void {
    if (node.isNegated) return onUnread('negated-criteria')
    if ('test' in node) {
      const atom = this.atom(node.test)
      if (atom.is === 'builds') add(atom, scope, statements, onUnread)
      else if (atom.is !== 'never') onUnread(atom.is === 'unread' ? atom.reason : 'condition-without-package')
      return
    }
    if (node.operator === 'OR') {
      for (const child of node.children) this.walk(child, scope, statements, onUnread)
      return
    }
    if (node.operator !== 'AND') return onUnread('operator-of-criteria')

    const about: OvalCriteria[] = []
    let inside = scope
    for (const child of node.children) {
      if (this.isAboutPackages(child)) about.push(child)
      else {
        const condition = this.condition(child)
        const joined = condition instanceof UnreadBranch ? condition : both(inside, condition)
        if (joined instanceof UnreadBranch) return onUnread(joined.reason)
        inside = joined
      }
    }
    const [only] = about
    if (only === undefined) return onUnread('condition-without-package')
    if (about.length === 1) return this.walk(only, inside, statements, onUnread)
    const builds = this.together(about)
    if (builds instanceof UnreadBranch) onUnread(builds.reason)
    else if (builds !== null) add(builds, inside, statements, onUnread)
  }

  /** Several tests that must hold of one package, e.g. both ends of a range; `null` when they never do. */
  private together(nodes: readonly OvalCriteria[]): OvalBuilds | UnreadBranch | null {
    let builds: OvalBuilds | null = null
    for (const node of nodes) {
      if (!('test' in node) || node.isNegated) return new UnreadBranch('packages-together')
      const atom = this.atom(node.test)
      if (atom.is === 'never') return null
      if (atom.is === 'unread') return new UnreadBranch(atom.reason)
      const joined: OvalBuilds | null = atom.is !== 'builds' ? null : builds === null ? atom : overlap(builds, atom)
      if (joined === null) return new UnreadBranch('packages-together')
      builds = joined
    }
    return builds
  }

  private isAboutPackages(node: OvalCriteria): boolean {
    if ('test' in node) return ['builds', 'never', 'unread'].includes(this.atom(node.test).is)
    return node.children.some(child => this.isAboutPackages(child))
  }

  /** A tree without packages. */
  private condition(node: OvalCriteria): Scope | UnreadBranch {
    if (node.isNegated) return new UnreadBranch('negated-criteria')
    if ('test' in node) return conditionOf(this.atom(node.test))
    if (node.children.length > CONDITIONS) return new UnreadBranch('too-many-conditions')
    if (node.operator !== 'AND' && node.operator !== 'OR') return new UnreadBranch('operator-of-criteria')
    let known: Scope | null = null
    for (const child of node.children) {
      const next = this.condition(child)
      if (next instanceof UnreadBranch) return next
      const joined: Scope | UnreadBranch =
        known === null ? next : node.operator === 'AND' ? both(known, next) : either(known, next)
      if (joined instanceof UnreadBranch) return joined
      known = joined
    }
    return known ?? ANYWHERE
  }

  private atom(key: OvalKey): OvalAtom {
    let atom = this.atoms.get(key)
    if (atom === undefined) {
      const test = this.document.testOf(key)
      atom = test === null ? { is: 'unread', reason: 'test-not-there' } : (this.classify(test) ?? atomOfRpmTest(test))
      this.atoms.set(key, atom)
    }
    return atom
  }
}

function add(
  builds: OvalBuilds,
  { products, arches, module, line }: Scope,
  statements: OvalStatement[],
  onUnread: (reason: string) => void,
): void {
  const { name, end } = builds
  let { from } = builds
  if (line !== null) {
    // The line is that of one package; others built with it have the same versions, or are told nothing about.
    const bound = end === null ? '' : 'fixed' in end ? end.fixed : end.lastAffected
    const version = /^(?:[0-9]+:)?([^-]*)/.exec(bound)?.[1] ?? ''
    if (from !== null || !(version === line.prefix || version.startsWith(`${line.prefix}.`))) {
      return onUnread('line-of-another-package')
    }
    from = `${/^[0-9]+:/.exec(bound)?.[0] ?? ''}${line.prefix}`
  }
  statements.push({ name, from, end, arches: common(builds.arches, arches), products, module })
}

/** Both tests hold of one build; `null` where they are about two packages, or give one end twice. */
function overlap(a: OvalBuilds, b: OvalBuilds): OvalBuilds | null {
  if (a.name !== b.name || (a.from !== null && b.from !== null) || (a.end !== null && b.end !== null)) return null
  return { name: a.name, from: a.from ?? b.from, end: a.end ?? b.end, arches: common(a.arches, b.arches) }
}

function conditionOf(atom: OvalAtom): Scope {
  if (atom.is === 'product') return { ...ANYWHERE, products: [atom.product] }
  if (atom.is === 'arch') return { ...ANYWHERE, arches: [atom.arch] }
  if (atom.is === 'module') return { ...ANYWHERE, module: atom.module }
  return atom.is === 'line' ? { ...ANYWHERE, line: atom } : ANYWHERE
}

/** Both hold. Two modules at once do not happen: then neither is known. */
function both(a: Scope, b: Scope): Scope | UnreadBranch {
  if (a.module !== null && b.module !== null && a.module !== b.module) return new UnreadBranch('several-modules')
  if (a.line !== null && b.line !== null) return new UnreadBranch('several-lines')
  return {
    products: common(a.products, b.products),
    arches: common(a.arches, b.arches),
    module: a.module ?? b.module,
    line: a.line ?? b.line,
  }
}

/** One of two holds: understood where both are products, both architectures, or neither says anything. */
function either(a: Scope, b: Scope): Scope | UnreadBranch {
  const [kindOfA, kindOfB] = [kindOf(a), kindOf(b)]
  if (kindOfA === kindOfB && kindOfA !== 'other') {
    return { ...ANYWHERE, products: union(a.products, b.products), arches: union(a.arches, b.arches) }
  }
  return new UnreadBranch('conditions-of-several-kinds')
}

function kindOf({ products, arches, module, line }: Scope): 'none' | 'products' | 'arches' | 'other' {
  if (module !== null || line !== null || (products !== null && arches !== null)) return 'other'
  return products !== null ? 'products' : arches !== null ? 'arches' : 'none'
}

function union(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  return a === null || b === null ? null : [...new Set([...a, ...b])]
}

function common(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b
  return a.filter(each => b.includes(each))
}
