import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { type Analyzer, EMPTY_ANALYSIS } from '../ecosystem.ts'
import { quoted } from '../problem.ts'

const PATHS: ReadonlySet<string> = new Set([
  'etc/almalinux-release',
  'etc/centos-release',
  'etc/fedora-release',
  'etc/oracle-release',
  'etc/redhat-release',
  'etc/rocky-release',
  'etc/system-release',
])

/** How each distribution begins its line, and its `ID` of os-release. CentOS Stream has no advisories, as os-release says it too. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^AlmaLinux\b/, 'almalinux'],
  [/^Amazon Linux\b/, 'amzn'],
  [/^CentOS\b/, 'centos'],
  [/^Fedora\b/, 'fedora'],
  [/^(?:Oracle Linux|Enterprise Linux Enterprise Linux)\b/, 'ol'],
  [/^Red Hat Enterprise Linux\b/, 'rhel'],
  [/^Rocky Linux\b/, 'rocky'],
]

/**
 * `CentOS Linux release 7.9.2009 (Core)` in `etc/redhat-release` and its kind: for systems of before os-release (CentOS 6), and
 * those that lost it. (matching-and-feeds §4.1)
 */
export const rpmReleaseFile: Analyzer = {
  id: 'rpm/release-file',
  revision: 1,
  limitBytes: 64 * 1024,
  wants: path => path.endsWith('-release') && PATHS.has(path),
  analyze(file) {
    const line = (decodeUtf8(file.bytes.subarray(0, 1024)).split('\n', 1)[0] ?? '').trim()
    const id = NAMES.find(([name]) => name.test(line))?.[1]
    const versionId = /\brelease ([0-9]{1,4}(?:\.[0-9]{1,10}){0,3})(?:[ .]|$)/.exec(line)?.[1]
    if (id === undefined || versionId === undefined) {
      const detail = `${quoted(line)} is no release that is known`
      return ok({ ...EMPTY_ANALYSIS, problems: [{ path: file.path, reason: 'malformed-os-release', detail }] })
    }
    return ok({ ...EMPTY_ANALYSIS, distro: { id, versionId, codename: null, prettyName: line.slice(0, 256) } })
  },
}
