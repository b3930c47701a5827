import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { InstalledPackage, Inventory, InventoryProblem } from '../../domain/inventory.ts'
import type { RuntimeFacts } from '../../domain/runtime-facts.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { readRoot } from '../../inventory/read-root.ts'
import { runtimeFacts } from '../../inventory/runtime/runtime-facts.ts'
import { hostTree, TIME_IS_OVER, type StartingPlace } from '../../system/host-tree.ts'
import { runningProcesses } from '../../system/running-processes.ts'
import { runningKernelOf } from '../../system/this-host.ts'
import {
  COLLECTION_MINUTES,
  DATABASE_PLACES,
  DEFAULT_PATHS,
  MOST_LANGUAGE_PACKAGES,
  type AgentSettings,
} from './agent-settings.ts'

const SYSTEMS = ECOSYSTEMS.filter(({ isOperatingSystem }) => isOperatingSystem)
const SYSTEM_TYPES: ReadonlySet<string> = new Set(SYSTEMS.map(({ purlType }) => purlType))

const DATABASES = DATABASE_PLACES.map((path): StartingPlace => ({ path, isOptional: true }))

/** Minutes that reading the package databases may take: it takes a second where disks are well. */
const DATABASE_MINUTES = 4
const MINUTE_MS = 60_000

type Where = Pick<AgentSettings, 'root' | 'paths'>

/** What the package databases say now, together with the language packages of the last search that are still there. */
export async function takeInventory(where: Where, searched: Inventory | null, nowMs: number): Promise<Inventory> {
  const tree = hostTree(where.root, DATABASES, nowMs + DATABASE_MINUTES * MINUTE_MS)
  const system = await readRoot(tree, { ecosystems: SYSTEMS })
  const kernel = runningKernelOf(where.root)
  return withLanguages(
    kernel === undefined ? system : { ...system, runningKernel: kernel },
    searched,
    path => lstatSync(join(where.root, path), { throwIfNoEntry: false }) !== undefined,
  )
}

/** What runs, and whose it is. */
export function takeRuntime(where: Where, nowMs: number): Promise<RuntimeFacts> {
  const tree = hostTree(where.root, DATABASES, nowMs + DATABASE_MINUTES * MINUTE_MS)
  return runtimeFacts(runningProcesses(where.root), tree, SYSTEMS)
}

/** Searches the default and the custom paths for language packages, within the documented limits. */
export async function searchLanguages(where: Where, before: Inventory | null, nowMs: number): Promise<Inventory> {
  const places = [
    ...DATABASES,
    ...DEFAULT_PATHS.map(path => ({ path, isOptional: true })),
    ...where.paths.map(path => ({ path, isOptional: false })),
  ]
  const found = await readRoot(hostTree(where.root, places, nowMs + COLLECTION_MINUTES * MINUTE_MS), {
    ecosystems: ECOSYSTEMS,
  })
  const isStillThere = (path: string): boolean =>
    lstatSync(join(where.root, path), { throwIfNoEntry: false }) !== undefined
  return withinLimits(found, before, isStillThere)
}

/** The languages of a search and nothing else, at most as many as are documented. */
export function withinLimits(
  found: Inventory,
  before: Inventory | null,
  isStillThere: (path: string) => boolean,
): Inventory {
  const isCutShort = found.problems.some(({ detail }) => detail === TIME_IS_OVER)
  const languages = found.packages.filter(isOfLanguage)
  const known = before?.packages.filter(isOfLanguage) ?? []
  const problems = found.problems.filter(({ detail }) => detail !== TIME_IS_OVER)
  const seen = new Set(languages.map(keyOf))
  // What a search did not get to has not gone.
  const kept = isCutShort ? known.filter(pkg => !seen.has(keyOf(pkg)) && isStillThere(pkg.filePath)) : []
  const all = [...languages, ...kept]
  if (isCutShort) {
    const detail = `stopped after ${COLLECTION_MINUTES} minutes; what was not reached is as it was before`
    problems.push({ path: '', reason: 'deep-inspection-time-limit', detail })
  }
  if (all.length > MOST_LANGUAGE_PACKAGES) {
    const detail = `${all.length} language packages, of which ${MOST_LANGUAGE_PACKAGES} are sent`
    problems.push({ path: '', reason: 'deep-inspection-package-limit', detail })
    // What was sent once goes on being sent: a package that is crowded out would look as if it were gone.
    const wasKnown = new Set(known.map(keyOf))
    all.sort((a, b) => Number(wasKnown.has(keyOf(b))) - Number(wasKnown.has(keyOf(a))))
    all.length = MOST_LANGUAGE_PACKAGES
  }
  return { distro: found.distro, packages: all, problems }
}

/** The packages of the operating system of now, and the languages of a search whose files are still there. */
export function withLanguages(
  system: Inventory,
  searched: Inventory | null,
  isStillThere: (path: string) => boolean,
): Inventory {
  const languages = searched?.packages.filter(pkg => isOfLanguage(pkg) && isStillThere(pkg.filePath)) ?? []
  const told = new Set(system.problems.map(({ path, reason }) => `${reason} ${path}`))
  const problems = (searched?.problems ?? []).filter(({ path, reason }) => !told.has(`${reason} ${path}`))
  return withinWire({
    ...system,
    packages: [...system.packages, ...languages].sort(byIdentity),
    problems: [...system.problems, ...problems],
  })
}

/** Characters of a name or version, and of other texts, that the server takes. (docs/reference/agent.md) */
const WORD_CHARACTERS = 512
const TEXT_CHARACTERS = 2_000
const PATH_CHARACTERS = 4_096
const MOST_PROBLEMS = 4_000
const MOST_PACKAGES = 100_000

/** One odd package must not cost the report: it is told as a problem instead. */
function withinWire(inventory: Inventory): Inventory {
  const problems: InventoryProblem[] = []
  const packages = inventory.packages.filter(pkg => {
    const { source } = pkg
    const words = [pkg.name, pkg.version, source?.name ?? 'none', source?.version ?? 'none', pkg.module ?? 'none']
    const isSendable = [...words, pkg.ownedBy ?? 'none'].every(word => word !== '' && word.length <= WORD_CHARACTERS)
    if (isSendable && pkg.filePath.length <= PATH_CHARACTERS) return true
    problems.push({
      path: pkg.filePath,
      reason: 'limit-exceeded',
      detail: 'a package with a name or version too long to send',
    })
    return false
  })
  if (packages.length > MOST_PACKAGES) {
    problems.push({
      path: '',
      reason: 'limit-exceeded',
      detail: `${packages.length} packages, of which ${MOST_PACKAGES} are sent`,
    })
  }
  return {
    ...inventory,
    packages: packages.slice(0, MOST_PACKAGES),
    problems: [...problems, ...inventory.problems].slice(0, MOST_PROBLEMS).map(({ path, reason, detail }) => ({
      path: path.slice(0, PATH_CHARACTERS),
      reason,
      detail: detail.slice(0, TEXT_CHARACTERS),
    })),
  }
}

function isOfLanguage({ type }: InstalledPackage): boolean {
  return !SYSTEM_TYPES.has(type)
}

function keyOf({ type, name, version, filePath }: InstalledPackage): string {
  return JSON.stringify([type, name, version, filePath])
}

/** By type, name, version, path: the hash of an inventory must not depend on the order of a directory. */
function byIdentity(a: InstalledPackage, b: InstalledPackage): number {
  const [one, other] = [keyOf(a), keyOf(b)]
  return one < other ? -1 : one > other ? 1 : 0
}
