import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { type Analyzer, EMPTY_ANALYSIS } from '../ecosystem.ts'
import { ProblemList, quoted } from '../problem.ts'
import { linesOf } from '../text-lines.ts'

/** Packages in one message. */
const SHOWN = 5
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
    const problems = new ProblemList(file.path)
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      // `+channel/subdir::name-version-build` was added, `-…` taken away; the first revision may lack its sign.
      const [, sign, name] =
        /^([+-]?)(?:\S{1,512}::)?([A-Za-z0-9_.]\S{0,255})-[^-\s]{1,128}-[^-\s]{1,128}\s*$/.exec(line) ?? []
      if (name === undefined) continue
      if (sign === '-') installed.delete(name)
      else if (installed.size < LIMIT_PACKAGES) installed.add(name)
    }
    if (installed.size > 0) {
      const shown = [...installed].slice(0, SHOWN).map(quoted).join(', ')
      const more = installed.size > SHOWN ? ', …' : ''
      const words = `${installed.size} packages of conda, of which only distributions of Python are matched`
      problems.add('packages-not-matched', `${words}: ${shown}${more}`)
    }
    return ok({ ...EMPTY_ANALYSIS, problems: problems.all() })
  },
}
