import { namespace } from '../../domain/namespace.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { semverScheme } from '../semver.ts'
import { bunBinaryLock, bunLock } from './bun-lock.ts'
import { installedPackage } from './installed-package.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { packageLock } from './package-lock.ts'
import { pnpFile } from './pnp-file.ts'
import { pnpmLock } from './pnpm-lock.ts'
import { yarnLock } from './yarn-lock.ts'

const NPM = namespace('npm')

/** JavaScript packages of the npm registry. (matching-and-feeds §2.7) */
export const npm: Ecosystem = {
  purlType: 'npm',
  scheme: semverScheme,
  isOperatingSystem: false,
  knownLimits: [
    'The binary `bun.lockb` is told as unread.',
    "The zipped cache of Yarn Plug'n'Play is not opened: `.pnp.cjs` says what is in it.",
    'Packages that a project patches count as what they were before.',
    'Installed packages that are marked private are left out.',
  ],
  analyzers: [bunBinaryLock, bunLock, installedPackage, packageLock, pnpFile, pnpmLock, yarnLock],
  namespaceOf: () => NPM,
  namespaceOfOsv: osvEcosystem => (osvEcosystem === 'npm' ? NPM : null),
  // Names of before 2017 may have capitals, and `JSONStream` is another package than `jsonstream`.
  canonicalName: name => name,
  advisorySubject: pkg => ({ name: pkg.name, version: pkg.version }),
  otherChannelOf: () => null,
  withoutCopies: withoutLockedCopies,
  holdsNoRunnableKernel: () => false,
  rankOfAdvisory,
  versionParts: version => ({ epoch: 0, version, release: null }),
  formatFixedVersion: version => version.text.replace(/^[v=\s]+/, ''),
  // Names with marks that a shell could obey are legal in old packages: those are left out of the command.
  remediation: pkg => (/^[@A-Za-z0-9][\w./-]*$/.test(pkg.name) ? `npm update ${pkg.name}` : 'npm update'),
}

/**
 * npm has no database of its own that is still kept: reviewed GitHub advisories, then the rest, and last retire.js, whose
 * bounds are for telling copies of a library in web pages. (matching-and-feeds §2.10)
 */
function rankOfAdvisory(advisoryId: string): number {
  if (advisoryId.startsWith('RETIREJS-')) return -1
  return advisoryId.startsWith('GHSA-') ? 1 : 0
}
