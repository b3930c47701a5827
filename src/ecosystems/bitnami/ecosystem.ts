import type { Ecosystem } from '../ecosystem.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { semverScheme } from '../semver.ts'
import { componentList } from './component-list.ts'
import { componentSpdx } from './component-spdx.ts'
import { withoutListedCopies } from './listed-copies.ts'

/** Components that Bitnami builds into its images. The API has no package manager for them. (matching-and-feeds §1.2) */
export const bitnami: Ecosystem = languageEcosystem({
  purlType: 'bitnami',
  scheme: semverScheme,
  knownLimits: ["Only components with Bitnami's own metadata."],
  analyzers: [componentList, componentSpdx],
  osvName: 'Bitnami',
  trustedPrefixes: ['BIT-'],
  // Names are lower-case in purls, and are compared so. (purl specification, bitnami)
  canonicalName: name => name.toLowerCase(),
  /**
   * Advisories speak about upstream versions. `17.2.0-8` is the eighth build of 17.2.0 and no pre-release of it, which
   * is what SemVer would read.
   */
  advisorySubject: pkg => ({ name: pkg.name, version: pkg.version.replace(/-[0-9]{1,9}$/, '') }),
  withoutCopies: withoutListedCopies,
  remediation: () => 'Rebuild from an image with the fixed component',
})
