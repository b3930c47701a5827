import type { VulnerabilityId } from '../domain/ids.ts'
import type { InstalledPackage, Inventory } from '../domain/inventory.ts'
import type { Match, MatchEvidence, MatchReport, NotExposed, Undetermined } from '../domain/match.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import type { AdvisoryIndex } from './advisory-index.ts'
import { judgeSubject, type SubjectJudgement } from './judge-subject.ts'
import { JudgementMemory } from './judgement-memory.ts'
import { runningKernelOf, withPendingReboots } from './running-kernel.ts'
import { subjectsOfPackage } from './subject.ts'

export interface MatchOptions {
  /** In an image, files of a kernel that cannot run are left out; on a host, all but the kernel that runs, where it is told. */
  readonly resourceKind: 'image' | 'host'
  /** Shared by those who match many inventories; a new one for each when left out. */
  readonly memory?: JudgementMemory | undefined
}

/**
 * Every package of an inventory against the advisories of its namespace. Order is that of the inventory, then by
 * vulnerability id, so that equal inputs give equal reports.
 */
export function matchInventory(inventory: Inventory, index: AdvisoryIndex, options: MatchOptions): MatchReport {
  const matches: Match[] = []
  const undetermined: Undetermined[] = []
  const notExposed: NotExposed[] = []
  const memory = options.memory ?? new JudgementMemory()
  const judgedOwners = ownersThatAreMatched(inventory, index)
  const running = options.resourceKind === 'host' ? runningKernelOf(inventory) : null
  const idle: InstalledPackage[] = []
  const judge = (pkg: InstalledPackage): SubjectJudgement => {
    const { namespace } = pkg
    if (namespace === null) return { affected: [], undetermined: [] }
    const subjects = subjectsOfPackage(pkg)
    const names = subjects.map(({ name, version }) => `${name}\n${version}`).join('\n')
    // Line breaks occur in none of them: two subjects never share a key.
    const key = `${pkg.namespace}\n${names}\n${pkg.module ?? ''}\n${pkg.arch ?? ''}\n${pkg.channels?.join(' ') ?? ''}\n${pkg.vendor ?? ''}`
    return memory.remember(index.version, key, () =>
      judgeSubject(namespace, subjects, ecosystemOf(pkg.type), index, pkg),
    )
  }

  for (const pkg of inventory.packages) {
    const ecosystem = ecosystemOf(pkg.type)
    if (pkg.namespace === null) {
      undetermined.push({ package: pkg, advisoryId: null, reason: 'unknown-distribution' })
      continue
    }
    if (options.resourceKind === 'image' && ecosystem.holdsNoRunnableKernel(pkg)) {
      notExposed.push({ package: pkg, reason: 'kernel-files-in-image' })
      continue
    }
    if (running?.isIdle(pkg) === true) {
      notExposed.push({ package: pkg, reason: 'kernel-not-running' })
      idle.push(pkg)
      continue
    }
    if (!ecosystem.isOperatingSystem && pkg.ownedBy !== null && judgedOwners.has(pkg.ownedBy)) continue

    addJudgement(pkg, judge(pkg), ecosystem, { matches, undetermined, notExposed })
  }
  return { matches: withPendingReboots(matches, idle, judge), undetermined, notExposed, advisoryVersion: index.version }
}

/**
 * Operating system packages that stand in for the language packages they own: those that the advisories can judge.
 * Where the distribution is unknown or no feed speaks about it, the language package is matched after all.
 */
function ownersThatAreMatched(inventory: Inventory, index: AdvisoryIndex): ReadonlySet<string> {
  const owners = new Set<string>()
  const covered = new Map<string, boolean>()
  for (const pkg of inventory.packages) {
    if (pkg.namespace === null || !ecosystemOf(pkg.type).isOperatingSystem) continue
    let isCovered = covered.get(pkg.namespace)
    if (isCovered === undefined) covered.set(pkg.namespace, (isCovered = index.covers(pkg.namespace) === 'fully'))
    if (isCovered) owners.add(pkg.name)
  }
  return owners
}

/** Hands what was found out about a subject to one package that has it. */
function addJudgement(
  pkg: InstalledPackage,
  judgement: SubjectJudgement,
  ecosystem: Ecosystem,
  { matches, undetermined, notExposed }: { matches: Match[]; undetermined: Undetermined[]; notExposed: NotExposed[] },
): void {
  for (const { advisoryId, reason } of judgement.undetermined) undetermined.push({ package: pkg, advisoryId, reason })
  for (const { vulnerabilityId, fixedVersion, evidence, isUnimportant } of judgement.affected) {
    const channels = evidence.flatMap(({ channel }) => channel ?? [])
    const otherChannel = ecosystem.otherChannelOf(pkg, channels)
    if (isUnimportant) notExposed.push({ package: pkg, reason: 'vendor-unimportant', vulnerabilityId })
    else if (otherChannel === null) matches.push(matchOf(pkg, vulnerabilityId, fixedVersion, evidence))
    else {
      for (const { advisoryId } of evidence) undetermined.push({ package: pkg, advisoryId, reason: otherChannel })
    }
  }
}

function matchOf(
  pkg: InstalledPackage,
  vulnerabilityId: VulnerabilityId,
  fixedVersion: string | null,
  evidence: readonly MatchEvidence[],
): Match {
  return { package: pkg, vulnerabilityId, fixedVersion, evidence }
}
