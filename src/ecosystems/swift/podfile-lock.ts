import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import { type Analyzer, EMPTY_ANALYSIS } from '../ecosystem.ts'
import { LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { ProblemList, quoted } from '../problem.ts'
import { linesOf } from '../text-lines.ts'

/** Pods in one message. */
const SHOWN = 5

/**
 * `Podfile.lock`: told, not matched. No advisory source names packages of CocoaPods, and a pod is not the Swift package
 * of the same repository: its versions are its own. (cocoapods.org, Podfile.lock; OSV, ecosystems)
 */
export const podfileLock: Analyzer = {
  id: 'swift/podfile-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => (path === 'Podfile.lock' || path.endsWith('/Podfile.lock')) && !isInsideDependency(path),
  analyze(file) {
    const pods = new Set<string>()
    let section: string | null = null
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      if (/^[A-Z]/.test(line)) section = line.split(':', 1)[0] ?? ''
      const [, name] = /^ {2}- "?([^\s("/]+)/.exec(line) ?? []
      if (section === 'PODS' && name !== undefined) pods.add(name)
    }
    if (section === null) return malformedLockfile(file, 'has no section of a lockfile')
    const problems = new ProblemList(file.path)
    if (pods.size > 0) {
      const shown = [...pods].slice(0, SHOWN).map(quoted).join(', ')
      const more = pods.size > SHOWN ? ', …' : ''
      problems.add('packages-not-matched', `${pods.size} pods, of which no advisory source speaks: ${shown}${more}`)
    }
    return ok({ ...EMPTY_ANALYSIS, problems: problems.all() })
  },
}
