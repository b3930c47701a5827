import type { Ecosystem } from '../ecosystem.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { installedRPackage } from './installed-package.ts'
import { withoutLockedCopies } from './locked-copies.ts'
import { renvLock } from './renv-lock.ts'
import { cranScheme } from './version.ts'

/** R packages of CRAN. The API has no package manager for them. (matching-and-feeds §1.4) */
export const cran: Ecosystem = languageEcosystem({
  purlType: 'cran',
  scheme: cranScheme,
  knownLimits: [
    'Packages of Bioconductor are another ecosystem and left out; those of no repository are undetermined.',
  ],
  analyzers: [installedRPackage, renvLock],
  osvName: 'CRAN',
  trustedPrefixes: ['RSEC-', 'GHSA-'],
  withoutCopies: withoutLockedCopies,
  remediation: pkg =>
    /^[A-Za-z][A-Za-z0-9.]*$/.test(pkg.name)
      ? `Rscript -e 'renv::update("${pkg.name}")'`
      : `Rscript -e 'renv::update()'`,
})
