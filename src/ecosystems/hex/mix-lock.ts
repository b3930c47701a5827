import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isHexName } from './hex-name.ts'

/** `"app": {:hex, :package, "1.0.0", …`, in old locks `{:package, "1.0.0"`; other tuples are repositories. */
const ENTRY = /^\s*(?:%\{)?\s*"[^"\\]{1,256}"\s*(?::|=>)\s*\{:([a-z]+),\s*(.*)$/
const HEX_PACKAGE = /^:"?(\w{1,128})"?,\s*"([^"\\]*)"/

/**
 * `mix.lock`. Mix writes one dependency a line, so that no reader of Elixir is needed. Packages of an organization are
 * not those of hex.pm with the same name and keep its name in theirs. (hexdocs.pm/mix, Mix.Tasks.Deps; Hex, `Hex.SCM`)
 */
export const mixLock: Analyzer = {
  id: 'hex/mix-lock',
  revision: 2,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => (path === 'mix.lock' || path.endsWith('/mix.lock')) && !isInsideDependency(path),
  analyze(file) {
    const text = decodeUtf8(file.bytes)
    if (!text.includes('%{')) return malformedLockfile(file, 'not a map of Elixir')
    const found = new FoundPackages(file.path, { type: 'hex', manager: 'OTHER', isName: isHexName })
    for (const line of linesOf(text)) {
      if (found.isFull) break
      const [, kind, rest = ''] = ENTRY.exec(line) ?? []
      if (kind === undefined) {
        if (/[{}]/.test(line.replace(/^\s*%?[{}]+\s*$/, ''))) found.problem('malformed-lockfile', 'an unreadable line')
      } else if (kind === 'hex') addPackage(rest, found)
      else if (kind === 'git') addRepository(line, rest, found)
      else if (kind === 'package') found.add(/^\s*(?:%\{)?\s*"([^"]*)"/.exec(line)?.[1], /^"([^"]*)"/.exec(rest)?.[1])
    }
    return ok(found.analysis())
  },
}

function addPackage(rest: string, found: FoundPackages): void {
  const [, name, version] = HEX_PACKAGE.exec(rest) ?? []
  // After the lists of managers and dependencies: the repository. `hexpm:acme` is the organization acme of hex.pm.
  const repository = /^\],\s*"([^"]*)"/.exec(rest.slice(rest.lastIndexOf(']')))?.[1] ?? 'hexpm'
  const owner = repository.replace(/^hexpm:/, '')
  found.add(name === undefined || repository === 'hexpm' ? name : `${owner}/${name}`, version)
}

/** Code from a repository is listed under its commit, which no range can judge. */
function addRepository(line: string, rest: string, found: FoundPackages): void {
  const name = /"([^"\\]*)"/.exec(line)?.[1]
  const [, url, commit] = /^"([^"\\]*)",\s*"([^"\\]*)"/.exec(rest) ?? []
  found.add(name, url === undefined ? undefined : `git+${url}#${commit}`)
}
