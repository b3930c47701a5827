import type { AffectedPackage } from '../../domain/advisory.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { goMod } from './go-mod.ts'
import { goSum, withoutSumsBesideModFiles } from './go-sum.ts'
import { goScheme } from './version.ts'

/** Go modules, and `stdlib` for what a toolchain builds in. (matching-and-feeds §2.7, §2.8) */
export const golang = languageEcosystem({
  purlType: 'golang',
  osvName: 'Go',
  scheme: goScheme,
  knownLimits: ['Go binaries are not opened, so advisories about `stdlib` and `toolchain` meet no package.'],
  analyzers: [goMod, goSum],
  trustedPrefixes: ['GO-', 'GHSA-'],
  rankOfAdvisory,
  // Hosts of modules do not tell capitals apart, and package URLs lower them. (purl specification, golang)
  canonicalName: name => name.toLowerCase(),
  withoutCopies: withoutSumsBesideModFiles,
  remediation: pkg => commandFor(pkg.name, 'go get -u', 'go get -u ./...'),
})

/** A record of Go that nobody reviewed repeats the ranges of another source, which is asked first. (matching-and-feeds §2.10) */
function rankOfAdvisory(advisoryId: string, entry?: AffectedPackage): number {
  if (advisoryId.startsWith('GO-')) return entry?.isUnreviewed === true ? 0 : 2
  return advisoryId.startsWith('GHSA-') ? 1 : 0
}
