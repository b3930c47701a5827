import type { Package } from '../../domain/inventory.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { condaHistory } from './conda-history.ts'
import { installedDistribution } from './installed-distribution.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { normalizedName } from './package-name.ts'
import { pipfileLock } from './pipfile-lock.ts'
import { requirementsFile } from './requirements.ts'
import { pdmLock, poetryLock, pylock, uvLock } from './toml-locks.ts'
import { pep440Scheme } from './version.ts'
import { zippedEgg } from './zipped-egg.ts'

/** Python distributions of PyPI. (matching-and-feeds §2.7) */
export const pypi = languageEcosystem({
  purlType: 'pypi',
  osvName: 'PyPI',
  scheme: pep440Scheme,
  knownLimits: [
    'Requirements files count only where they pin with `==`, or with `~=`, which counts as its lower bound.',
    'Of an environment of conda only distributions of Python are matched; how many other packages it has is told.',
  ],
  analyzers: [condaHistory, installedDistribution, pdmLock, pipfileLock, poetryLock, pylock, requirementsFile, uvLock],
  contentAnalyzers: [zippedEgg],
  // PYSEC is PyPI's own database and reviewed. (matching-and-feeds §2.10)
  trustedPrefixes: ['PYSEC-', 'GHSA-'],
  canonicalName: normalizedName,
  advisorySubject: pkg => ({ name: pkg.name, version: pkg.version.replace(/\+.*$/s, '') }),
  otherChannelOf,
  withoutCopies: withoutLockedCopies,
  remediation: pkg => commandFor(pkg.name, 'pip install --upgrade', 'pip install --upgrade'),
})

/**
 * Local labels that say for which hardware, or from which commit, the public version was built. Its code is the same, so
 * it is judged as that version. (download.pytorch.org wheels; setuptools-scm and versioneer, local parts)
 */
const SAME_CODE =
  /^(?:cu[0-9]+|cuda[0-9]*|cpu|rocm[0-9.]+|xpu|g[0-9a-f]{7,40}|(?:[0-9]+\.)?g[0-9a-f]{7,40}|d[0-9]{8})(?:[._-].*)?$/

/**
 * Versions with a local label are compared as their public part, which is what advisories speak about. Whoever else put
 * a label there (`+sp1`, `+patched.1`, `+ubuntu1`) may have put a fix there too; and `0+unknown` is what build tools
 * write when they could not find out the version. (PEP 440, local versions; matching-and-feeds §2.7)
 */
function otherChannelOf(pkg: Package): string | null {
  const plus = pkg.version.indexOf('+')
  if (plus < 0) return null
  const label = pkg.version.slice(plus + 1).toLowerCase()
  if (/^(?:unknown|untagged)/.test(label)) return 'version-unknown-to-its-build'
  return SAME_CODE.test(label) ? null : 'locally-changed-build'
}
