import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { gemfileLock } from './gemfile-lock.ts'
import { installedGem } from './installed-gem.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { gemScheme } from './version.ts'

/** Ruby gems of RubyGems.org. (matching-and-feeds §2.7) */
export const gem = languageEcosystem({
  purlType: 'gem',
  osvName: 'RubyGems',
  scheme: gemScheme,
  knownLimits: ['Gemspecs that compute their name or version are told as unread.'],
  analyzers: [gemfileLock, installedGem],
  // The Ruby advisory database has no ids of its own upstream: its records come as GHSA, or here as RUBYSEC.
  trustedPrefixes: ['RUBYSEC-', 'GHSA-'],
  withoutCopies: withoutLockedCopies,
  remediation: pkg => commandFor(pkg.name, 'gem update', 'gem update'),
})
