import { type Namespace, namespace } from '../../domain/namespace.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { rangesMeeting } from '../moving-line.ts'
import { composerLock } from './composer-lock.ts'
import { installedJson } from './installed-json.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { composerLineOf, composerScheme, isComposerBranch } from './version.ts'

const PACKAGIST = namespace('composer')

/** PHP packages of Packagist, and Drupal's modules. (matching-and-feeds §2.7) */
export const composer: Ecosystem = languageEcosystem({
  purlType: 'composer',
  scheme: composerScheme,
  knownLimits: ['Development branches are undetermined, never affected.'],
  analyzers: [composerLock, installedJson],
  osvName: 'Packagist',
  namespaceOfOsv,
  // Drupal's security team speaks for Drupal's packages; for the others there is no reviewed database but GitHub's.
  trustedPrefixes: ['DRUPAL-', 'GHSA-'],
  canonicalName: name => name.toLowerCase(),
  // A branch is some commit of it, before or after any fix: a subject that no range can judge.
  advisorySubject: pkg => ({
    name: pkg.name,
    version: isComposerBranch(pkg.version) ? `branch ${pkg.version}` : pkg.version,
  }),
  // … but `2.x-dev` is no commit of another line.
  rangesAbout(pkg, ranges) {
    const line = composerLineOf(pkg.version)
    return line === null ? ranges : rangesMeeting(line, ranges, composerScheme)
  },
  withoutCopies: withoutLockedCopies,
  remediation: pkg => commandFor(pkg.name, 'composer update', 'composer update'),
})

/**
 * Packagist itself, and Drupal's repository of modules: Composer resolves the vendor `drupal` there, so names cannot
 * meet. Other repositories are somebody's own. (OSV schema, Packagist; drupal.org, using Drupal's Composer repository)
 */
function namespaceOfOsv(osvEcosystem: string): Namespace | null {
  const isDrupal = /^Packagist:https:\/\/packages\.drupal\.org\/[0-9]{1,2}$/.test(osvEcosystem)
  return osvEcosystem === 'Packagist' || isDrupal ? PACKAGIST : null
}
