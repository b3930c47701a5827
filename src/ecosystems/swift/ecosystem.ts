import type { Ecosystem } from '../ecosystem.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { semverScheme } from '../semver.ts'
import { packageResolved } from './package-resolved.ts'
import { podfileLock } from './podfile-lock.ts'
import { repositoryName } from './repository-name.ts'

/** Swift packages, named by their repository. The API has no package manager for them. (matching-and-feeds §2.7) */
export const swift: Ecosystem = languageEcosystem({
  purlType: 'swift',
  scheme: semverScheme,
  knownLimits: ['Pods of a `Podfile.lock` are told, not matched: no advisory source names them.'],
  analyzers: [packageResolved, podfileLock],
  osvName: 'SwiftURL',
  trustedPrefixes: ['GHSA-'],
  // The hosts that packages live on, and SwiftPM's own identities, do not regard case.
  canonicalName: name => repositoryName(name).toLowerCase(),
  remediation: () => 'swift package update',
})
