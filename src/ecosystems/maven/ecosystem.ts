import type { Package } from '../../domain/inventory.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { withoutRepeatedLocks } from '../repeated-locks.ts'
import { isCoordinates } from './coordinates.ts'
import { gradleLockfile } from './gradle-lockfile.ts'
import { javaArchive } from './java-archive.ts'
import { pomProperties } from './pom-properties.ts'
import { pomXml } from './pom-xml.ts'
import { sbtLock } from './sbt-lock.ts'
import { mavenScheme } from './version.ts'

/** Java artifacts of Maven Central, named `group:artifact`. (matching-and-feeds §2.7) */
export const maven = languageEcosystem({
  purlType: 'maven',
  osvName: 'Maven',
  scheme: mavenScheme,
  knownLimits: [
    'Parent POMs and imported BOMs are not followed.',
    'An archive without a description by Maven is known by its manifest only, where that gives a groupId; others are looked up by SHA-1 where an index is kept (`OPENINSPECTOR_JAVA_INDEX`), and reported as unidentified where none knows them. Agents and scans of disks ask no index.',
  ],
  analyzers: [gradleLockfile, pomProperties, pomXml, sbtLock],
  contentAnalyzers: [javaArchive],
  withoutCopies: packages =>
    withoutRepeatedLocks(packages, 'maven', pkg => pkg.manager === 'POM' || pkg.manager === 'OTHER'),
  trustedPrefixes: ['GHSA-'],
  otherChannelOf,
  remediation: pkg =>
    isCoordinates(pkg.name)
      ? `mvn versions:use-latest-releases -Dincludes=${pkg.name}`
      : 'mvn versions:use-latest-releases',
})

/** Rebuilds that carry fixes under an older number. (Red Hat builds; Seal Security; matching-and-feeds §2.7, §6) */
function otherChannelOf(pkg: Package): string | null {
  return /[.-]redhat-[0-9]+$|\+sp[0-9]+$|\.SEC[0-9]+$/i.test(pkg.version) ? 'vendor-rebuild' : null
}
