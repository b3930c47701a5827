import { err, ok } from '../../src/base/result.ts'
import type { Analyzer, Ecosystem, FoundPackage } from '../../src/ecosystems/ecosystem.ts'
import { EMPTY_ANALYSIS } from '../../src/ecosystems/ecosystem.ts'
import { namespace } from '../../src/domain/namespace.ts'

/** Reads lines `name version`, as a stand-in for package databases and manifests; a line `broken` fails the file. */
function linesAnalyzer(
  id: string,
  type: 'deb' | 'npm',
  wants: (path: string) => boolean,
  limitBytes: number,
): Analyzer {
  return {
    id,
    revision: 1,
    limitBytes,
    wants,
    analyze({ path, bytes }) {
      const lines = Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)
      if (lines.includes('broken')) return err({ path, reason: 'malformed', detail: 'a broken line' })
      const packages = lines.map((line): FoundPackage => {
        const [name = '', version = ''] = line.split(' ')
        const manager = type === 'deb' ? 'OS' : 'NODEPKG'
        return { type, name, version, arch: type === 'deb' ? 'amd64' : null, source: null, manager }
      })
      return ok({ ...EMPTY_ANALYSIS, packages })
    },
  }
}

const osRelease: Analyzer = {
  id: 'deb/os-release',
  revision: 1,
  limitBytes: 10_000,
  wants: path => path === 'etc/os-release' || path === 'usr/lib/os-release',
  analyze({ bytes }) {
    const id = Buffer.from(bytes).toString('utf8').trim()
    return ok({ ...EMPTY_ANALYSIS, distro: { id, versionId: '1', codename: null, prettyName: null } })
  },
}

const fileList: Analyzer = {
  id: 'deb/file-list',
  revision: 1,
  limitBytes: 10_000,
  wants: path => path.startsWith('var/lib/dpkg/info/') && path.endsWith('.list'),
  analyze({ path, bytes }) {
    const paths = Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)
    return ok({ ...EMPTY_ANALYSIS, owned: [{ owner: path.split('/').pop()!.replace('.list', ''), paths }] })
  },
}

function fakeEcosystem(type: 'deb' | 'npm', analyzers: readonly Analyzer[]): Ecosystem {
  const isOperatingSystem = type === 'deb'
  const unused = (): never => {
    throw new Error('not part of the fake')
  }
  return {
    purlType: type,
    scheme: { id: isOperatingSystem ? 'dpkg' : 'semver', parse: unused, compare: unused },
    isOperatingSystem,
    analyzers,
    namespaceOf: distro =>
      isOperatingSystem ? distro && namespace(`${distro.id}:${distro.versionId}`) : namespace('npm'),
    namespaceOfOsv: unused,
    canonicalName: name => name,
    advisorySubject: pkg => pkg,
    versionParts: unused,
    formatFixedVersion: unused,
    remediation: unused,
    otherChannelOf: unused,
    knownLimits: [],
    withoutCopies: packages => packages,
    holdsNoRunnableKernel: unused,
    rankOfAdvisory: unused,
  }
}

/** Two small ecosystems whose files are lines of `name version`; see each analyzer's `wants`. */
export const fakeEcosystems: readonly Ecosystem[] = [
  fakeEcosystem('deb', [
    osRelease,
    fileList,
    linesAnalyzer('deb/status', 'deb', path => path === 'var/lib/dpkg/status', 1_000_000),
  ]),
  fakeEcosystem('npm', [linesAnalyzer('npm/package-json', 'npm', path => /(?:^|\/)package\.json$/.test(path), 1000)]),
]
