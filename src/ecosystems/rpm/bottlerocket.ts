import { err, ok, type Result } from '../../base/result.ts'
import type { AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { InventoryProblem, Package } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type FoundPackage, type ScannedFile } from '../ecosystem.ts'
import { isJsonList, isJsonObject, type Json, member, readJson, stringMember } from '../json-file.ts'
import { ProblemList, quoted } from '../problem.ts'
import { packageOfHeader } from './package-of-header.ts'
import { splitRpmVersion } from './version.ts'

/** An image is built of some 150 packages. */
const LIMIT_PACKAGES = 20_000

/**
 * What a Bottlerocket image was built of: it has no package manager, and this list since 1.7.0. The packages are built as
 * rpms (`pkg:rpm/bottlerocket/…` in Bottlerocket's own SBOM). (matching-and-feeds §4.1)
 */
export const bottlerocketInventory: Analyzer = {
  id: 'rpm/bottlerocket-inventory',
  revision: 1,
  limitBytes: 16 * 1024 * 1024,
  wants: path => path === 'usr/share/bottlerocket/application-inventory.json',
  analyze: readInventory,
}

function readInventory(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const malformed = (detail: string) => err({ path: file.path, reason: 'malformed-package-database', detail })
  const json = readJson(file.bytes)
  if (!json.ok) return malformed(json.error)
  const content = isJsonObject(json.value) ? member(json.value, 'Content') : undefined
  if (!isJsonList(content)) return malformed('no list named Content')
  const problems = new ProblemList(file.path)
  const packages: FoundPackage[] = []
  for (const [index, entry] of content.entries()) {
    if (packages.length === LIMIT_PACKAGES) {
      problems.add('limit-exceeded', `more than ${LIMIT_PACKAGES} packages; further ones are not read`)
      break
    }
    const found = packageOfEntry(entry)
    if (!found.ok) problems.add('malformed-package-database', `Content[${index}]: ${found.error}`)
    else if (found.value !== null) packages.push(found.value)
  }
  return ok({ ...EMPTY_ANALYSIS, packages, problems: problems.all() })
}

function packageOfEntry(entry: Json): Result<FoundPackage | null, string> {
  if (!isJsonObject(entry)) return err('not an object')
  const text = (name: string): string => stringMember(entry, name) ?? ''
  const epoch = text('Epoch')
  if (!/^[0-9]{0,10}$/.test(epoch)) return err(`unreadable epoch ${quoted(epoch)}`)
  return packageOfHeader({
    name: text('Name'),
    version: text('Version'),
    release: text('Release'),
    epoch: epoch === '' ? null : Number(epoch),
    arch: text('Architecture'),
    vendor: text('Publisher'),
    sourceRpm: null,
    modularityLabel: null,
    files: [],
  })
}

export function isBottlerocket({ namespace }: Package): boolean {
  return namespace?.startsWith('bottlerocket:') === true
}

/**
 * Bottlerocket first gave all packages the version of the whole system (`kernel-6.1` 1.16.1), in inventories and notices
 * alike, and since it is built of kits their own (6.1.124-1.1737763153.br1). The two ways cannot be compared: a notice of
 * the old way is older than every build of the new one, and whether an old build has a new notice's flaw cannot be told.
 * (bottlerocket.dev, "Variants", for the old; notices of 2025 for the new way)
 */
export function bottlerocketRangesAbout(pkg: Package, ranges: AffectedPackage['ranges']): AffectedPackage['ranges'] {
  const isNew = countsByItself(pkg.version)
  return ranges.flatMap((range): (AffectedRange | UnreadableRange)[] => {
    if ('unreadable' in range || range.end === 'no-fix-known') return [range]
    const bound = 'fixed' in range.end ? range.end.fixed : range.end.lastAffected
    if (countsByItself(bound.text) === isNew) return [range]
    if (isNew) return []
    const reason = 'the notice counts by the version of the package, the inventory by that of the system'
    return [{ unreadable: { is: 'unreadable-version', scheme: 'rpm', text: bound.text, reason } }]
  })
}

function countsByItself(version: string): boolean {
  const parts = splitRpmVersion(version)
  return parts.ok && /\.br[0-9]{1,3}$/.test(parts.value.release ?? '')
}
