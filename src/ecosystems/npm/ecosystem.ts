import { namespace } from '../../domain/namespace.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { semverScheme } from '../semver.ts'
import { installedPackage } from './installed-package.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { packageLock } from './package-lock.ts'

const NPM = namespace('npm')

/** JavaScript packages of the npm registry. (matching-and-feeds §2.7) */
export const npm: Ecosystem = {
  purlType: 'npm',
  scheme: semverScheme,
  isOperatingSystem: false,
  knownLimits: [
    'Lock files of yarn, pnpm and bun are not read.',
    'Installed packages that are marked private are left out.',
  ],
  analyzers: [installedPackage, packageLock],
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
