import type { Ecosystem } from '../ecosystem.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { withoutRepeatedLocks } from '../repeated-locks.ts'
import { semverScheme } from '../semver.ts'
import { cargoAuditable } from './auditable.ts'
import { cargoLock } from './cargo-lock.ts'

/** Rust crates of crates.io. Names keep `-` and `_` apart, as advisories do. (matching-and-feeds §2.7) */
export const cargo: Ecosystem = languageEcosystem({
  purlType: 'cargo',
  scheme: semverScheme,
  knownLimits: ['Programs that were not built with `cargo auditable` do not say which crates they hold.'],
  analyzers: [cargoLock],
  contentAnalyzers: [cargoAuditable],
  osvName: 'crates.io',
  withoutCopies: packages => withoutRepeatedLocks(packages, 'cargo', pkg => pkg.filePath.endsWith('Cargo.lock')),
  trustedPrefixes: ['RUSTSEC-', 'GHSA-'],
  remediation: pkg => commandFor(pkg.name, 'cargo update --package', 'cargo update'),
})
