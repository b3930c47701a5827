import type { Ecosystem } from '../ecosystem.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { lineOf, rangesMeeting } from '../moving-line.ts'
import { semverScheme } from '../semver.ts'
import { workflow } from './workflow.ts'

/** Actions that workflows use, named by their repository. The API has no package manager for them. (matching-and-feeds §1.2) */
export const githubactions: Ecosystem = languageEcosystem({
  purlType: 'githubactions',
  scheme: semverScheme,
  knownLimits: ['Only exact version tags; branches, moving tags and commits are never affected.'],
  analyzers: [workflow],
  osvName: 'GitHub Actions',
  trustedPrefixes: ['GHSA-'],
  // GitHub does not regard case in owners and repositories.
  canonicalName: name => name.toLowerCase(),
  // `v4` moves with every release, a branch with every commit, and a commit has no version: no range can judge them.
  advisorySubject: pkg => ({
    name: pkg.name,
    version: isExactTag(pkg.version) ? pkg.version : `ref ${pkg.version}`,
  }),
  // … but `v4` is no release of another major number.
  rangesAbout(pkg, ranges) {
    const line = lineOf(pkg.version.replace(/^v/, ''), '-0', semverScheme)
    return line === null ? ranges : rangesMeeting(line, ranges, semverScheme)
  },
  remediation: () => 'Change the reference in the workflow to a fixed version',
})

function isExactTag(ref: string): boolean {
  return /^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$/.test(ref)
}
