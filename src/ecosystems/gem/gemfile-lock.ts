import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isGemName } from './gem-name.ts'

/** `Gemfile.lock` or `gems.locked` of a project; those that gems bring along say what their authors developed with. */
export const gemfileLock: Analyzer = {
  id: 'gem/gemfile-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path =>
    (path.endsWith('Gemfile.lock') || path.endsWith('gems.locked')) &&
    /(?:^|\/)(?:Gemfile\.lock|gems\.locked)$/.test(path) &&
    !/(?:^|\/)gems\/[^/]+-[0-9][^/]*\//.test(path),
  analyze: analyzeLock,
}

/** Sections begin at the margin, `specs:` two spaces in, gems four, what they depend on six. (Bundler, LockfileParser) */
function analyzeLock(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = new FoundPackages(file.path, { type: 'gem', manager: 'BUNDLER', isName: isGemName })
  let section: string | null = null
  let isSpecs = false
  let repository = ''
  let revision = ''
  let hasKnownSection = false
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    if (/^[A-Z]/.test(line)) {
      section = line.trim()
      isSpecs = false
      repository = revision = ''
      hasKnownSection ||= /^(?:GEM|GIT|PATH|PLATFORMS|DEPENDENCIES|PLUGIN SOURCE)$/.test(section)
      continue
    }
    if (/^<{7}|^={7}|^>{7}/.test(line)) return malformedLockfile(file, 'holds an unresolved merge')
    if (line.startsWith('  remote: ')) repository = line.slice(10).trim()
    else if (line.startsWith('  revision: ')) revision = line.slice(12).trim()
    else if (line === '  specs:') isSpecs = true
    else if (isSpecs && /^ {4}\S/.test(line)) {
      // A gem below a path is the project's own code.
      if (section === 'GEM') addGem(found, line)
      else if (section === 'GIT') addGem(found, line, `git+${repository}#${revision}`)
    }
    if (found.isFull) break
  }
  return hasKnownSection ? ok(found.analysis()) : malformedLockfile(file, 'has no section of a lockfile')
}

/**
 * `name (1.2.3)` or `name (1.2.3-x86_64-linux)`: the platform is no part of the version, in which Bundler writes no
 * hyphen. Code from a repository is not the gem of that version, whatever its specification says.
 */
function addGem(found: FoundPackages, line: string, fromElsewhere?: string): void {
  const [, name, version] = /^ {4}([^\s(]+) \(([^\s)]+)\)!?\s*$/.exec(line) ?? []
  if (name === undefined) found.problem('malformed-lockfile', 'a gem without its version')
  else found.add(name, fromElsewhere ?? version?.replace(/-.*$/, ''))
}
