import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { type FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { foundNpmPackages, isArchive, splitAtVersion, unquoted } from './lock-entry.ts'

/** `yarn.lock` of a project: version 1 (classic), and the YAML of Yarn 2 and later. (yarnpkg.com, lockfile) */
export const yarnLock: Analyzer = {
  id: 'npm/yarn-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('yarn.lock') && /(?:^|\/)yarn\.lock$/.test(path) && !isInsideDependency(path),
  analyze: analyzeLock,
}

interface Entry {
  /** What stands before the colon at the margin. */
  readonly key: string
  /** `version`, `resolved` (classic) or `resolution` (later). */
  readonly fields: Map<string, string>
}

function analyzeLock(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = foundNpmPackages(file.path, 'YARN')
  const text = decodeUtf8(file.bytes)
  let isYarns = /^# yarn lockfile v1\s*$/m.test(text.slice(0, 4096))
  for (const entry of entriesOf(text)) {
    if (entry === 'unresolved-merge') return malformedLockfile(file, 'holds an unresolved merge')
    if (found.isFull) break
    if (entry.key === '__metadata') isYarns = true
    else if (entry.fields.has('resolution')) addResolved(found, entry.fields)
    else addClassic(found, entry)
  }
  return isYarns ? ok(found.analysis()) : malformedLockfile(file, 'neither "# yarn lockfile v1" nor __metadata')
}

/** Entries begin at the margin and end in a colon; their own fields are two blanks in, what they depend on four. */
function* entriesOf(text: string): Generator<Entry | 'unresolved-merge'> {
  let entry: Entry | null = null
  for (const line of linesOf(text)) {
    if (/^(?:<{7}|={7}|>{7})/.test(line)) return void (yield 'unresolved-merge')
    if (/^[^\s#]/.test(line)) {
      if (entry !== null) yield entry
      // A key beyond the longest line that is read has lost its colon: its first pattern is what counts.
      entry = { key: line.replace(/:$/, ''), fields: new Map() }
      continue
    }
    const [, name, value] = /^ {2}(version|resolved|resolution):? (\S.*)$/.exec(line) ?? []
    if (entry !== null && name !== undefined && value !== undefined) entry.fields.set(name, unquoted(value.trim()))
  }
  if (entry !== null) yield entry
}

/**
 * Version 1: `"a@^1.0.0", a@1.x:`, an alias as `old@npm:a@1.0.0`. A range with a slash or a colon is an address or a
 * path: that code is not the registry's package of the version that its manifest claims.
 */
function addClassic(found: FoundPackages, { key, fields }: Entry): void {
  const pattern = splitAtVersion(unquoted((key.split(', ', 1)[0] ?? '').trim()))
  if (pattern === null) {
    found.problem('malformed-lockfile', 'an entry without a pattern')
    return
  }
  const resolved = fields.get('resolved')
  const aliased = pattern.rest.startsWith('npm:') ? pattern.rest.slice(4) : null
  if (aliased !== null) found.add(splitAtVersion(aliased)?.name ?? aliased, fields.get('version'))
  else if (!/[/:]/.test(pattern.rest)) found.add(pattern.name, fields.get('version'))
  // Without an address it is a directory beside the project: its own code.
  else if (resolved !== undefined && (!resolved.startsWith('file:') || isArchive(resolved))) {
    found.add(pattern.name, resolved)
  }
}

/** Later versions: `resolution: "a@npm:1.0.0"` names the package itself, also under an alias. */
function addResolved(found: FoundPackages, fields: ReadonlyMap<string, string>): void {
  const locator = splitAtVersion(fields.get('resolution') ?? '')
  if (locator === null) found.problem('malformed-lockfile', 'a resolution without a reference')
  else addBerryPackage(found, locator.name, locator.rest, fields.get('version'))
}

/**
 * One package of Yarn 2 and later by its reference. A patched copy counts as what was patched: Yarn itself patches
 * packages to run without `node_modules`, and nobody can tell whether a project's own patch mends a flaw.
 */
export function addBerryPackage(found: FoundPackages, name: string, reference: string, version?: string): void {
  const inner = referenceOf(name, reference)
  const [, fromRegistry] = /^npm:([^:#]+)/.exec(inner) ?? []
  if (fromRegistry !== undefined) found.add(name, version ?? fromRegistry)
  else if (/^(?:workspace|link|portal):/.test(inner)) return
  else if (!inner.startsWith('file:') || isArchive(inner)) found.add(name, inner)
}

/** The reference below patches and virtual instances: `patch:a@npm%3A1.0.0#…` and `virtual:0123…#npm:1.0.0` are `npm:1.0.0`. */
function referenceOf(name: string, reference: string): string {
  let inner = reference
  for (let depth = 0; depth < 8; depth++) {
    if (inner.startsWith('virtual:')) inner = inner.slice(inner.indexOf('#') + 1)
    else if (inner.startsWith(`patch:${name}@`)) {
      const [patched = ''] = inner.slice(`patch:${name}@`.length).split('#', 1)
      inner = patched.replaceAll(
        /%(3A|23|2F|25|40)/gi,
        (whole, code: string) => ESCAPED.get(code.toUpperCase()) ?? whole,
      )
    } else break
  }
  return inner
}

const ESCAPED = new Map([
  ['3A', ':'],
  ['23', '#'],
  ['2F', '/'],
  ['25', '%'],
  ['40', '@'],
])
