import type { Ecosystem } from '../ecosystem.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { renvLock } from './renv-lock.ts'
import { cranScheme } from './version.ts'

/** R packages of CRAN. The API has no package manager for them. (matching-and-feeds §1.4) */
export const cran: Ecosystem = languageEcosystem({
  purlType: 'cran',
  scheme: cranScheme,
  knownLimits: ['Only renv.lock; installed packages are not read.'],
  analyzers: [renvLock],
  osvName: 'CRAN',
  trustedPrefixes: ['RSEC-', 'GHSA-'],
  remediation: pkg =>
    /^[A-Za-z][A-Za-z0-9.]*$/.test(pkg.name)
      ? `Rscript -e 'renv::update("${pkg.name}")'`
      : `Rscript -e 'renv::update()'`,
})
