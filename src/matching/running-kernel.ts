import type { InstalledPackage, Inventory } from '../domain/inventory.ts'
import type { Match } from '../domain/match.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import type { SubjectJudgement } from './judge-subject.ts'
import { subjectOf } from './subject.ts'

/** Which of the installed kernels a machine runs. */
export interface RunningKernel {
  /** Whether the package is another kernel, or holds files that none runs from. */
  isIdle(pkg: InstalledPackage): boolean
}

/**
 * The kernel that `uname -r` names; `null` where that is not known, or fits no installed package: a container tells the
 * release of its host, and a kernel may be built by hand. Then every kernel counts. (matching-and-feeds §2.6)
 */
export function runningKernelOf(inventory: Inventory): RunningKernel | null {
  const { runningKernel } = inventory
  if (runningKernel === undefined) return null
  const running = bare(runningKernel)
  const runs = (pkg: InstalledPackage): boolean => releasesOf(pkg).includes(running)
  if (!inventory.packages.some(runs)) return null
  return {
    isIdle: pkg => ecosystemOf(pkg.type).holdsNoRunnableKernel(pkg) || (releasesOf(pkg).length > 0 && !runs(pkg)),
  }
}

/** The matches, with the release to start into where an idle kernel of the same line has the fix. */
export function withPendingReboots(
  matches: readonly Match[],
  idle: readonly InstalledPackage[],
  judge: (pkg: InstalledPackage) => SubjectJudgement,
): readonly Match[] {
  const waiting = idle.filter(pkg => releasesOf(pkg).length > 0)
  if (waiting.length === 0) return matches
  return matches.map(match => {
    const release = releasesOf(match.package).length === 0 ? null : fixedRelease(match, waiting, judge)
    return release === null ? match : { ...match, rebootInto: release }
  })
}

/** Of the newest idle kernel that is at least the fixed version and not affected for another reason. */
function fixedRelease(
  { package: running, vulnerabilityId, fixedVersion }: Match,
  waiting: readonly InstalledPackage[],
  judge: (pkg: InstalledPackage) => SubjectJudgement,
): string | null {
  const { scheme } = ecosystemOf(running.type)
  const fixed = fixedVersion === null ? null : scheme.parse(fixedVersion)
  if (fixed === null || !fixed.ok) return null
  const { name } = subjectOf(running)
  let newest: { readonly version: typeof fixed.value; readonly release: string } | null = null
  for (const pkg of waiting) {
    const subject = subjectOf(pkg)
    const version = scheme.parse(subject.version)
    if (pkg.type !== running.type || subject.name !== name || !version.ok) continue
    if (scheme.compare(version.value, fixed.value) < 0) continue
    if (newest !== null && scheme.compare(version.value, newest.version) <= 0) continue
    if (judge(pkg).affected.some(affected => affected.vulnerabilityId === vulnerabilityId)) continue
    newest = { version: version.value, release: releasesOf(pkg)[0] ?? pkg.version }
  }
  return newest?.release ?? null
}

function releasesOf(pkg: InstalledPackage): readonly string[] {
  return ecosystemOf(pkg.type).kernelReleases?.(pkg) ?? []
}

/** Without the variant that newer Red Hat kernels add, `+rt` or `+64k`: those of one version are built together. */
function bare(release: string): string {
  return release.replace(/\+[a-z0-9-]+$/, '')
}
