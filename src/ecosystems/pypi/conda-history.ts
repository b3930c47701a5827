import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages } from '../found-packages.ts'
import { NamedUnknowns } from '../named-unknowns.ts'
import { linesOf } from '../text-lines.ts'

const LIMIT_PACKAGES = 100_000

/**
 * `conda-meta/history` of a conda environment: told, not matched. Distributions of Python in it are found by their own
 * metadata in `site-packages`; no advisory source speaks about what else conda builds. (conda docs, environment history)
 */
export const condaHistory: Analyzer = {
  id: 'pypi/conda-history',
  revision: 1,
  limitBytes: 32 * 1024 * 1024,
  wants: path => path.endsWith('conda-meta/history') && /(?:^|\/)conda-meta\/history$/.test(path),
  analyze(file) {
    const installed = new Set<string>()
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      // `+channel/subdir::name-version-build` was added, `-…` taken away; the first revision may lack its sign.
      const [, sign, name] =
        /^([+-]?)(?:\S{1,512}::)?([A-Za-z0-9_.]\S{0,255})-[^-\s]{1,128}-[^-\s]{1,128}\s*$/.exec(line) ?? []
      if (name === undefined) continue
      if (sign === '-') installed.delete(name)
      else if (installed.size < LIMIT_PACKAGES) installed.add(name)
    }
    const found = new FoundPackages(file.path, { type: 'pypi', manager: 'OTHER', isName: () => false })
    const unmatched = new NamedUnknowns()
    for (const name of installed) unmatched.add(name)
    unmatched.tell(
      found,
      'packages-not-matched',
      'packages of conda, of which only distributions of Python are matched',
    )
    return ok(found.analysis())
  },
}
