import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { type FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { quoted } from '../problem.ts'
import { indentOf, linesOf } from '../text-lines.ts'
import { foundNpmPackages, isArchive, splitAtVersion, unquoted } from './lock-entry.ts'

/** `pnpm-lock.yaml` of a project, versions 5 to 9. The API has no word for pnpm. (github.com/pnpm/spec, lockfile) */
export const pnpmLock: Analyzer = {
  id: 'npm/pnpm-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('pnpm-lock.yaml') && /(?:^|\/)pnpm-lock\.yaml$/.test(path) && !isInsideDependency(path),
  analyze: analyzeLock,
}

/** Majors of `lockfileVersion` that are understood; another may name packages in another way. */
const FIRST_MAJOR = 5
const LAST_MAJOR = 9

interface Entry {
  readonly key: string
  /** `name`, `version` and the parts of `resolution` that tell where code comes from. */
  readonly fields: Map<string, string>
}

/** The file is YAML as pnpm writes it: keys of `packages:` two blanks in, what is said of each further in. */
function analyzeLock(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = foundNpmPackages(file.path, 'OTHER')
  let section = ''
  let major: number | null = null
  let entry: Entry | null = null
  const close = (): void => {
    if (entry !== null) addEntry(found, entry)
    entry = null
  }
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    if (found.isFull) break
    if (/^(?:<{7}|={7}|>{7})/.test(line)) return malformedLockfile(file, 'holds an unresolved merge')
    const indent = indentOf(line)
    if (indent === 0 && line !== '') {
      close()
      section = /^([A-Za-z]+):/.exec(line)?.[1] ?? ''
      if (section === 'lockfileVersion') {
        major = Number(/^lockfileVersion:\s*['"]?([0-9]{1,3})/.exec(line)?.[1] ?? Number.NaN)
        if (!(major >= FIRST_MAJOR && major <= LAST_MAJOR)) {
          return malformedLockfile(file, `lockfileVersion ${quoted(line.slice(16).trim())} is not understood`)
        }
      }
    } else if (section === 'packages' && line.trim() !== '') {
      // `? key` and `: value` on lines of their own stand for a key that is too long for one.
      if (indent === 2 && !line.startsWith('  : ')) {
        close()
        entry = { key: keyOf(line), fields: new Map() }
      } else if (entry !== null) readFields(entry.fields, line.replace(/^ {2}: /, '    '))
    }
  }
  close()
  return major === null ? malformedLockfile(file, 'no lockfileVersion') : ok(found.analysis())
}

function keyOf(line: string): string {
  const text = line.slice(2).replace(/^\? /, '').trim()
  return unquoted(text.replace(/:(?: \{\})?$/, ''))
}

const TOLD = /(?:^|[{,]\s*)(name|version|tarball|directory|type|repo|commit):\s*('[^']*'|"[^"]*"|[^\s,{}]+)/g

/** `name:` and `version:` four blanks in, `resolution:` as a flow mapping or as lines six blanks in. */
function readFields(fields: Map<string, string>, line: string): void {
  const indent = indentOf(line)
  const text = line.slice(indent)
  const isResolution = text.startsWith('resolution:')
  const isOwn = indent === 4 && /^(?:name|version):/.test(text)
  if (isResolution) fields.set('in', 'resolution')
  else if (indent === 4) fields.set('in', '')
  const isInResolution = isResolution || (indent === 6 && fields.get('in') === 'resolution')
  if (!isOwn && !isInResolution) return
  for (const [, name, value] of (isResolution ? text.slice(11).trim() : text).matchAll(TOLD)) {
    // A resolution has a name or version of nothing.
    if (name !== undefined && value !== undefined && (isOwn || !/^(?:name|version)$/.test(name))) {
      fields.set(name, unquoted(value))
    }
  }
}

/**
 * The key is `/a/1.0.0_peers` (version 5), `/a@1.0.0(peers)` (6) or `a@1.0.0` (9) for what a registry serves; with the
 * host before the first slash for a registry of its own. Whatever else is a repository, an archive or a directory.
 */
function addEntry(found: FoundPackages, { key, fields }: Entry): void {
  if (fields.get('type') === 'directory' || fields.has('directory')) return
  const identity = identityOf(key, fields.has('name'))
  if (identity !== null) return found.add(identity.name, identity.version)
  const split = splitAtVersion(key)
  const reference = /^(?:link|file):/.test(key) || split === null ? key : split.rest
  if (/^(?:link|workspace):/.test(reference) || (reference.startsWith('file:') && !isArchive(reference))) return
  const name = fields.get('name') ?? (split === null ? undefined : split.name)
  const [repository, commit] = [fields.get('repo'), fields.get('commit')]
  const origin = repository === undefined ? (fields.get('tarball') ?? reference) : `git+${repository}#${commit ?? ''}`
  if (name === undefined) found.problem('malformed-lockfile', `${quoted(key)} names no package`)
  else found.add(name, origin)
}

const REGISTRY_KEYS = [
  // Versions 5 and 6. Up to 5.1 the peers stand behind another slash.
  /^\/((?:@[^/@]+\/)?[^/@]+)[/@]([0-9][^/_(]*)/,
  // Version 9, and 6 without its slash.
  /^((?:@[^/@]+\/)?[^/@]+)@([0-9][^/_(:]*)(?:\(|$)/,
]
/** Version 5, of a registry that is not the project's default. */
const OF_ANOTHER_REGISTRY = /^[^/@]+\.[^/@]+\/((?:@[^/@]+\/)?[^/@]+)\/([0-9]+\.[0-9]+\.[^/_(]+)/

function identityOf(key: string, hasName: boolean): { readonly name: string; readonly version: string } | null {
  for (const pattern of hasName ? REGISTRY_KEYS : [...REGISTRY_KEYS, OF_ANOTHER_REGISTRY]) {
    const [, name, version] = pattern.exec(key) ?? []
    if (name !== undefined && version !== undefined) return { name, version }
  }
  return null
}
