import { err, ok, type Result } from '../../base/result.ts'
import { linesOf } from '../text-lines.ts'

/** One `[[package]]` of a lockfile in TOML. */
export interface LockedPackage {
  readonly name: string | undefined
  readonly version: string | undefined
  /** Where its code comes from: uv's `source = { … }`, Poetry's `[package.source]`, PDM's own keys, pylock's `vcs` and the like. */
  readonly source: ReadonlyMap<string, string>
}

/** Keys by which PDM says, inside the package, that its code comes from elsewhere. */
const OWN_SOURCE_KEYS = new Set(['git', 'path', 'editable', 'revision'])

/** Tables and inline tables of one package that say where its code comes from; those but `source` by their own name. (PEP 751) */
const SOURCE_TABLES = new Set(['source', 'vcs', 'directory', 'archive'])

/**
 * The packages of a lockfile that a tool wrote: one key a line, tables under their header. This is no reader of all
 * TOML: values over several lines (lists of files and hashes) are passed over, and so are all other tables.
 * `list` is the name of the list of packages.
 */
export function lockedPackages(
  text: string,
  list: 'package' | 'packages' = 'package',
): Result<readonly LockedPackage[], string> {
  const packages: LockedPackage[] = []
  let own = new Map<string, string>()
  let source = new Map<string, string>()
  let table: 'package' | 'source' | 'other' = 'other'
  let isInText = false
  let hasTable = false
  for (const line of linesOf(text)) {
    const quotes = line.split('"""').length - 1
    if (isInText || quotes % 2 === 1) {
      if (quotes % 2 === 1) isInText = !isInText
      continue
    }
    if (line.startsWith('[')) {
      hasTable = true
      const header = (line.split('#')[0] ?? '').trim()
      const inner = header.startsWith(`[${list}.`) ? header.slice(list.length + 2, -1) : ''
      table = header === `[[${list}]]` ? 'package' : SOURCE_TABLES.has(inner) ? 'source' : 'other'
      if (table === 'source') source.set(inner, '')
      if (table === 'package') {
        own = new Map()
        source = new Map()
        packages.push(lockedPackage(own, source))
      }
    } else if (table !== 'other') readKey(line, table === 'source' ? source : own, source)
  }
  if (isInText) return err('a text over several lines does not end')
  if (!hasTable && !/^\s*version\s*=/m.test(text.slice(0, 4096))) return err('holds no table of TOML')
  return ok(packages)
}

/** Seen through the maps, which fill as the lines are read. */
function lockedPackage(own: ReadonlyMap<string, string>, source: ReadonlyMap<string, string>): LockedPackage {
  return {
    get name() {
      return own.get('name')
    },
    get version() {
      return own.get('version')
    },
    source,
  }
}

function readKey(line: string, target: Map<string, string>, source: Map<string, string>): void {
  const match = /^([A-Za-z0-9_-]{1,40})\s*=\s*(.*)$/.exec(line)
  const key = match?.[1]
  const value = match?.[2]
  if (key === undefined || value === undefined) return
  if (SOURCE_TABLES.has(key) && value.startsWith('{')) {
    source.set(key, '')
    for (const [, inner, text] of value.matchAll(/([A-Za-z_-]{1,40})\s*=\s*"([^"\\]*)"/g)) {
      if (inner !== undefined && text !== undefined) source.set(inner, text)
    }
    return
  }
  const text = /^"([^"\\]*)"|^'([^']*)'|^(true)\b/.exec(value)
  const read = text?.[1] ?? text?.[2] ?? text?.[3]
  if (read === undefined) return
  target.set(key, read)
  if (OWN_SOURCE_KEYS.has(key)) source.set(key, read)
}
