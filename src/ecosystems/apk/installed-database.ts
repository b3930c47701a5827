import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Analyzer, FileAnalysis, FoundPackage, OwnedPaths } from '../ecosystem.ts'
import { mayHoldLanguagePackage, spellingsOfOwnedPath } from '../language-paths.ts'
import { ProblemList, quoted } from '../problem.ts'
import { linesOf } from '../text-lines.ts'

const LIMIT_PACKAGES = 100_000
const LIMIT_OWNED_PATHS = 200_000
/** Of old, since apk-tools 3 with merged /usr, and in images that keep it with other state. (matching-and-feeds §4.1) */
const PATHS: ReadonlySet<string> = new Set([
  'lib/apk/db/installed',
  'usr/lib/apk/db/installed',
  'var/lib/apk/db/installed',
])

/** What is installed: fields of one letter, a line each, packages apart by a blank line. (apk-tools, src/database.c) */
export const apkInstalled: Analyzer = {
  id: 'apk/installed',
  revision: 2,
  limitBytes: 64 * 1024 * 1024,
  wants: path => path.endsWith('lib/apk/db/installed') && PATHS.has(path),
  analyze: file => ok(readDatabase(file.path, decodeUtf8(file.bytes))),
}

/** Fields of the entry that is being read, and the line on which it began. */
interface Entry {
  readonly line: number
  readonly fields: Map<string, string>
  readonly paths: string[]
  directory: string
}

function readDatabase(path: string, text: string): FileAnalysis {
  const problems = new ProblemList(path)
  const packages: FoundPackage[] = []
  const owned: OwnedPaths[] = []
  let pathCount = 0
  for (const entry of entriesOf(text, problems)) {
    if (packages.length === LIMIT_PACKAGES) {
      problems.add(
        'limit-exceeded',
        `more than ${LIMIT_PACKAGES} packages; those from line ${entry.line} on are not read`,
      )
      break
    }
    const found = packageOf(entry)
    if (typeof found === 'string') {
      problems.add('malformed-package-database', `line ${entry.line}: ${found}`)
      continue
    }
    packages.push(found)
    pathCount += entry.paths.length
    if (entry.paths.length > 0 && pathCount <= LIMIT_OWNED_PATHS) owned.push({ owner: found.name, paths: entry.paths })
  }
  if (pathCount > LIMIT_OWNED_PATHS) {
    problems.add('limit-exceeded', `more than ${LIMIT_OWNED_PATHS} language files; some count as not owned`)
  }
  return { packages, distro: null, owned: owned.length === 0 ? null : owned, problems: problems.all() }
}

/** Entries with at least one field; blank lines too many are harmless. */
function* entriesOf(text: string, problems: ProblemList): Generator<Entry> {
  let entry: Entry | null = null
  let number = 0
  for (const line of linesOf(text)) {
    number++
    if (line === '') {
      if (entry !== null) yield entry
      entry = null
      continue
    }
    if (line[1] !== ':') {
      problems.add('malformed-package-database', `line ${number}: not a field`)
      continue
    }
    entry ??= { line: number, fields: new Map(), paths: [], directory: '' }
    readField(entry, line.charAt(0), line.slice(2))
  }
  if (entry !== null) yield entry
}

/** `F:` opens a directory, `R:` names a file in it; of the other fields the last counts. */
function readField(entry: Entry, name: string, value: string): void {
  switch (name) {
    case 'F':
      entry.directory = value
      break
    case 'R': {
      const path = entry.directory === '' ? value : `${entry.directory}/${value}`
      if (mayHoldLanguagePackage(path)) entry.paths.push(...spellingsOfOwnedPath(path))
      break
    }
    case 'P':
    case 'V':
    case 'A':
    case 'o':
      entry.fields.set(name, value)
      break
    default:
  }
}

/** The package of an entry, or what is wrong with it. The origin is the source package and has the same version. */
function packageOf({ fields }: Entry): FoundPackage | string {
  const name = fields.get('P')
  if (name === undefined) return 'an entry without name (P)'
  if (!isName(name)) return `${quoted(name)} is not a package name`
  const version = fields.get('V')
  if (version === undefined || !/^[!-~]{1,512}$/.test(version)) return `${name}: no readable version (V)`
  const arch = fields.get('A') ?? null
  if (arch !== null && !/^[a-z0-9_-]{1,64}$/.test(arch)) return `${name}: unreadable architecture (A)`
  const origin = fields.get('o') || name
  if (!isName(origin)) return `${name}: ${quoted(origin)} is not the name of an origin (o)`
  const source = origin === name ? null : { name: origin, version }
  return { type: 'apk', name, version, arch, source, manager: 'OS' }
}

/** Virtual packages of `apk add --virtual` begin with a dot. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9._][A-Za-z0-9._+-]{0,255}$/.test(text)
}
