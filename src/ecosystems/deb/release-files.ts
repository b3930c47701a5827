import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type FoundPackage } from '../ecosystem.ts'
import { debianReleaseOf } from './debian-releases.ts'

/**
 * `etc/debian_version`: `12.5`, or `trixie/sid` in testing and unstable, which share a name until the release. Counts where
 * os-release is missing, or says no release. (matching-and-feeds §2.3, §4.1)
 */
export const debianVersion: Analyzer = {
  id: 'deb/debian-version',
  revision: 1,
  limitBytes: 4 * 1024,
  wants: path => path === 'etc/debian_version',
  analyze(file) {
    const said = decodeUtf8(file.bytes).trim()
    const codename = /^([a-z]{1,32})(?:\/sid)?$/.exec(said)?.[1]
    if (codename !== undefined && debianReleaseOf(codename) !== null) return told('debian', null, codename)
    if (/^[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}$/.test(said)) return told('debian', said, null)
    const problem = { path: file.path, reason: 'malformed-os-release', detail: 'not a version of Debian' }
    return ok({ ...EMPTY_ANALYSIS, problems: [problem] })
  },
}

/** `etc/lsb-release` of Ubuntu; whoever else has the file has os-release too. */
export const lsbRelease: Analyzer = {
  id: 'deb/lsb-release',
  revision: 1,
  limitBytes: 64 * 1024,
  wants: path => path === 'etc/lsb-release',
  analyze(file) {
    const text = decodeUtf8(file.bytes)
    const value = (name: string): string | null =>
      new RegExp(`^${name}="?([A-Za-z0-9.]{1,64})"?\\s*$`, 'm').exec(text)?.[1] ?? null
    if (value('DISTRIB_ID') !== 'Ubuntu') return ok(EMPTY_ANALYSIS)
    return told('ubuntu', value('DISTRIB_RELEASE'), value('DISTRIB_CODENAME'))
  },
}

function told(id: string, versionId: string | null, codename: string | null): Result<FileAnalysis, InventoryProblem> {
  return ok({ ...EMPTY_ANALYSIS, distro: { id, versionId, codename, prettyName: null } })
}

/** `base-files` of Ubuntu's long-term releases, which is numbered apart from them. (packages.ubuntu.com, base-files) */
const UBUNTU_RELEASES: ReadonlyMap<string, string> = new Map([
  ['9.4ubuntu4', '16.04'],
  ['10.1ubuntu2', '18.04'],
  ['11ubuntu5', '20.04'],
  ['12ubuntu4', '22.04'],
  ['13ubuntu10', '24.04'],
])

/**
 * The release that a package database is of, from its `base-files`: os-release may have been replaced while packages were
 * not. `11.1+deb11u9` is of Debian 11; a derivative writes its own mark and says nothing here. (matching-and-feeds §4.1)
 */
export function releaseOfBaseFiles(packages: readonly FoundPackage[]): FileAnalysis['packageRelease'] {
  const version = packages.find(({ name }) => name === 'base-files')?.version
  if (version === undefined) return undefined
  const [, major, update] = /^([0-9]{1,3})(?:\.[0-9]{1,3}){0,2}(?:\+deb([0-9]{1,3})u[0-9]{1,3})?$/.exec(version) ?? []
  if (major !== undefined) return { distroId: 'debian', versionId: update ?? major }
  const [, ubuntu = ''] = /^([0-9.]{1,8}ubuntu[0-9]{1,3})(?:\.[0-9]{1,3})?$/.exec(version) ?? []
  const versionId = UBUNTU_RELEASES.get(ubuntu)
  return versionId === undefined ? undefined : { distroId: 'ubuntu', versionId }
}
