import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { isHexName } from './hex-name.ts'

/** `{<<"app">>,{`, after which an entry says what it is. */
const ENTRY = /\{<<"([^"\\]{1,256})">>,\s{0,100}\{/g
/** `pkg,<<"package">>,<<"1.0.0">>`; under an alias the package has another name than the application. */
const HEX_PACKAGE = /^pkg,\s{0,100}<<"([^"\\]{1,256})">>,\s{0,100}<<"([^"\\]{1,256})">>/
/** `git,"https://…",{ref,"0123…"}`, and the same of Mercurial. */
const REPOSITORY = /^(git|hg),\s{0,100}"([^"\\]{1,1024})",\s{0,100}\{ref,\s{0,100}"([^"\\]{1,128})"\}/
/** The longest entry that is read. */
const LIMIT_ENTRY_CHARACTERS = 4096

/** `rebar.lock` of an Erlang project, with and without the version that newer ones begin with. (rebar3.org, dependencies) */
export const rebarLock: Analyzer = {
  id: 'hex/rebar-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => (path === 'rebar.lock' || path.endsWith('/rebar.lock')) && !isInsideDependency(path),
  analyze(file) {
    const text = decodeUtf8(file.bytes)
    if (!/^\s*(?:\{"[0-9.]{1,20}",\s*)?\[/.test(text.slice(0, 1024))) {
      return malformedLockfile(file, 'not a list of Erlang')
    }
    const found = new FoundPackages(file.path, { type: 'hex', manager: 'OTHER', isName: isHexName })
    // Hashes of packages come last, and name them all once more.
    const hashes = text.indexOf('{pkg_hash')
    const entries = hashes < 0 ? text : text.slice(0, hashes)
    for (const entry of entries.matchAll(ENTRY)) {
      if (found.isFull) break
      const from = entry.index + entry[0].length
      const rest = entries.slice(from, from + LIMIT_ENTRY_CHARACTERS)
      const [, name, version] = HEX_PACKAGE.exec(rest) ?? []
      const [, system, url, commit] = REPOSITORY.exec(rest) ?? []
      if (name !== undefined) found.add(name, version)
      else if (system !== undefined) found.add(entry[1], `${system}+${url}#${commit}`)
      else found.problem('malformed-lockfile', 'an entry that is neither a package nor a repository')
    }
    return ok(found.analysis())
  },
}
