import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { NamedUnknowns } from '../named-unknowns.ts'
import { linesOf } from '../text-lines.ts'

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
    const found = new FoundPackages(file.path, { type: 'swift', manager: 'OTHER', isName: () => false })
    const unmatched = new NamedUnknowns()
    for (const pod of pods) unmatched.add(pod)
    unmatched.tell(found, 'packages-not-matched', 'pods, of which no advisory source speaks')
    return ok(found.analysis())
  },
}
