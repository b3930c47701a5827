import type { AffectedPackage } from '../../domain/advisory.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { goBinary } from './binary.ts'
import { withoutRepeatedLocks } from '../repeated-locks.ts'
import { goMod } from './go-mod.ts'
import { goSum, withoutSumsBesideModFiles } from './go-sum.ts'
import { vendoredModules, withoutFilesOfVendored } from './vendored-modules.ts'
import { goScheme } from './version.ts'

/** Go modules, and `stdlib` for what a toolchain builds in. (matching-and-feeds §2.7, §2.8) */
export const golang = languageEcosystem({
  purlType: 'golang',
  osvName: 'Go',
  scheme: goScheme,
  knownLimits: [
    'Programs that Go built without modules, or that were packed (UPX), show their toolchain only, or nothing.',
    'A main module without a version of its own (`(devel)`) cannot be judged.',
  ],
  analyzers: [goMod, goSum, vendoredModules],
  contentAnalyzers: [goBinary],
  trustedPrefixes: ['GO-', 'GHSA-'],
  rankOfAdvisory,
  // Hosts of modules do not tell capitals apart, and package URLs lower them. (purl specification, golang)
  canonicalName: name => name.toLowerCase(),
  withoutCopies: packages =>
    withoutRepeatedLocks(
      withoutSumsBesideModFiles(withoutFilesOfVendored(packages)),
      'golang',
      pkg => pkg.manager === 'GOMOD',
    ),
  // A builder's own toolchain carries fixes under an older number. (matching-and-feeds §2.8)
  otherChannelOf: pkg => (pkg.vendor === undefined ? null : 'vendor-toolchain'),
  remediation: pkg => commandFor(pkg.name, 'go get -u', 'go get -u ./...'),
})

/** A record of Go that nobody reviewed repeats the ranges of another source, which is asked first. (matching-and-feeds §2.10) */
function rankOfAdvisory(advisoryId: string, entry?: AffectedPackage): number {
  if (advisoryId.startsWith('GO-')) return entry?.isUnreviewed === true ? 0 : 2
  return advisoryId.startsWith('GHSA-') ? 1 : 0
}
