import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Advisory, AffectedPackage, AffectedRange } from '../../src/domain/advisory.ts'
import type { Inventory } from '../../src/domain/inventory.ts'
import { namespace } from '../../src/domain/namespace.ts'
import { parsePurl } from '../../src/domain/purl.ts'
import { ECOSYSTEMS, ecosystemOf } from '../../src/ecosystems/index.ts'
import { analyzeFile, analyzerSet } from '../../src/inventory/analyzer-set.ts'
import { inventoryOfFiles } from '../../src/inventory/inventory-of-files.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { anAdvisory, SOME_TIME } from './builders.ts'

/** What one advisory says, in short: `affected` is a list of [namespace, name, `introduced..fixed`, what else]. */
export interface SaidAdvisory extends Partial<Omit<Advisory, 'id' | 'affected'>> {
  readonly id: string
  readonly affected: readonly (readonly [
    namespace: string,
    name: string,
    range: string,
    also?: Partial<AffectedPackage>,
  ])[]
}

/** What there is: files as they lie in a root, or package URLs of packages that somebody has found. */
export interface Judged {
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly purls?: readonly string[]
  readonly runningKernel?: string
  readonly kind?: 'image' | 'host'
  readonly advisories: readonly SaidAdvisory[]
}

export interface Judgement {
  /** `name version: vulnerability`, sorted; each once. */
  readonly affected: readonly string[]
  /** `name version: reason`, sorted; each once. */
  readonly undetermined: readonly string[]
  /** `name version: reason`, sorted; each once. */
  readonly notExposed: readonly string[]
  readonly inventory: Inventory
}

/** The product's own way from files and advisories to matches, through a real advisory database. */
export async function judge(given: Judged): Promise<Judgement> {
  const inventory = inventoryFrom(given)
  const directory = mkdtempSync(join(tmpdir(), 'openinspector-judge-'))
  try {
    const database = openAdvisoryDatabase(directory)
    const byFeed = Map.groupBy(given.advisories.map(advisoryOf), advisory => advisory.feed)
    await database.apply(
      [...byFeed].map(([feed, advisories]) => ({
        is: 'replace',
        feed,
        content: {
          part: 'all',
          advisories,
          recordCount: advisories.length,
          skipped: [],
          validator: null,
          newestModified: null,
        },
      })),
      SOME_TIME,
    )
    const index = database.open()
    if (index === null) throw new Error('the advisory database has no version')
    try {
      const report = matchInventory(inventory, index, { resourceKind: given.kind ?? 'image' })
      const named = ({ name, version }: { readonly name: string; readonly version: string }): string =>
        `${name} ${version}`
      return {
        affected: distinct(report.matches.map(match => `${named(match.package)}: ${match.vulnerabilityId}`)),
        undetermined: distinct(report.undetermined.map(entry => `${named(entry.package)}: ${entry.reason}`)),
        notExposed: distinct(report.notExposed.map(entry => `${named(entry.package)}: ${entry.reason}`)),
        inventory,
      }
    } finally {
      index.close()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function inventoryFrom({ files = {}, purls = [], runningKernel }: Judged): Inventory {
  const set = analyzerSet(ECOSYSTEMS)
  const visible = Object.entries(files).flatMap(([path, content]) => {
    const analyzers = set.wanting(path)
    if (analyzers.length === 0) throw new Error(`no analyzer wants ${path}`)
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    return analyzers.map(analyzer => ({
      path,
      analysis: analyzeFile(set, analyzer, path, bytes),
      layerOf: () => null,
    }))
  })
  const inventory = inventoryOfFiles(visible, ECOSYSTEMS, [])
  const named = purls.map(text => {
    const purl = parsePurl(text)
    if (!purl.ok) throw new Error(`${text}: ${purl.error.is}`)
    const { distro, ...pkg } = purl.value
    const full = distro === null ? null : { ...distro, codename: null, prettyName: null }
    const place = { manager: 'OS', filePath: text, layer: null, ownedBy: null } as const
    return { ...pkg, ...place, namespace: ecosystemOf(pkg.type).namespaceOf(full) }
  })
  const whole = { ...inventory, packages: [...inventory.packages, ...named] }
  return runningKernel === undefined ? whole : { ...whole, runningKernel }
}

function advisoryOf({ affected, ...said }: SaidAdvisory): Advisory {
  return anAdvisory({
    ...said,
    affected: affected.map(([where, name, range, also]) => {
      const ecosystem = ECOSYSTEMS.find(one => one.purlType === typeOf(where))
      if (ecosystem === undefined) throw new Error(`no ecosystem of ${where}`)
      const canonical = ecosystem.canonicalName(name)
      return { namespace: namespace(where), name: canonical, versions: [], ranges: rangesOf(range, ecosystem), ...also }
    }),
  })
}

const RPM_DISTRIBUTIONS = new Set(['almalinux', 'amzn', 'azurelinux', 'ol', 'photon', 'rhel', 'rocky', 'sles'])

function typeOf(where: string): string {
  const [home = ''] = where.split(':')
  if (home === 'debian' || home === 'ubuntu') return 'deb'
  if (home === 'alpine' || home === 'wolfi' || home === 'chainguard') return 'apk'
  return RPM_DISTRIBUTIONS.has(home) ? 'rpm' : home
}

/** `..1.2`, `1.0..`, `1.0..1.2`, `..=1.2` (last affected); several with `|` between; empty for none. */
function rangesOf(text: string, { scheme }: (typeof ECOSYSTEMS)[number]): AffectedRange[] {
  const read = (version: string) => {
    const parsed = scheme.parse(version)
    if (!parsed.ok) throw new Error(`${scheme.id} does not read ${version}`)
    return parsed.value
  }
  return text.split('|').flatMap((one): AffectedRange[] => {
    if (one === '') return []
    const at = one.indexOf('..')
    const [from, to] = [one.slice(0, at), one.slice(at + 2)]
    const introduced = from === '' ? 'beginning' : read(from)
    if (to === '') return [{ scheme: scheme.id, introduced, end: 'no-fix-known' }]
    const end = to.startsWith('=') ? { lastAffected: read(to.slice(1)) } : { fixed: read(to) }
    return [{ scheme: scheme.id, introduced, end }]
  })
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].sort()
}
