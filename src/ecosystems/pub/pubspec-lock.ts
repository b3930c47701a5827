import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { indentOf, linesOf } from '../text-lines.ts'

/** (dart.dev/tools/pub/pubspec, `name`) */
const isPubName = (text: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/.test(text)

/**
 * `pubspec.lock`. Pub writes its YAML itself, always in one form: packages at two spaces, their fields at four, those
 * of the description at six. Packages of the SDK and of a path are left out; those of a repository are listed under
 * their commit, which no range can judge. (dart.dev/tools/pub/glossary, lockfile)
 */
export const pubspecLock: Analyzer = {
  id: 'pub/pubspec-lock',
  revision: 2,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => (path === 'pubspec.lock' || path.endsWith('/pubspec.lock')) && !isInsideDependency(path),
  analyze(file) {
    const found = new FoundPackages(file.path, { type: 'pub', manager: 'OTHER', isName: isPubName })
    let section: string | null = null
    let isLock = false
    let fields: Map<string, string> | null = null
    const flush = (): void => {
      if (fields !== null) addPackage(fields, found)
      fields = null
    }
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      const [, key, value] = /^\s*("[^"]*"|[\w.-]+):\s*(.*)$/.exec(line) ?? []
      if (key === undefined || value === undefined) continue
      const indent = indentOf(line)
      if (indent <= 2) flush()
      if (found.isFull) break
      if (indent === 0) section = key
      if (key === 'packages' && indent === 0) isLock = true
      if (section !== 'packages') continue
      if (indent === 2) fields = new Map([['', unquoted(key)]])
      else if (indent > 2) fields?.set(`${indent === 4 ? '' : 'description.'}${key}`, unquoted(value))
    }
    flush()
    return isLock ? ok(found.analysis()) : malformedLockfile(file, 'no packages')
  },
}

function addPackage(fields: ReadonlyMap<string, string>, found: FoundPackages): void {
  const source = fields.get('source')
  if (source === 'sdk' || source === 'path') return
  const commit = `git+${fields.get('description.url') ?? ''}#${fields.get('description.resolved-ref') ?? ''}`
  found.add(fields.get(''), source === 'git' ? commit : fields.get('version'))
}

function unquoted(text: string): string {
  return /^"([^"]*)"/.exec(text)?.[1] ?? text.trim()
}
