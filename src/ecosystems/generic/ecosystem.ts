import { namespace } from '../../domain/namespace.ts'
import type { Ecosystem } from '../ecosystem.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { semverScheme } from '../semver.ts'
import { jdkRelease } from './jdk-release.ts'
import { advisedProject, advisedVersion } from './known-projects.ts'
import { runtimeBinary } from './runtime-binary.ts'
import { withoutOtherParts } from './same-installation.ts'
import { wordpressCore, wordpressPlugin, wordpressTheme } from './wordpress.ts'

/** Where the advisories about those upstream projects are. (feeds/osv, ecosystem Bitnami) */
const ADVISED = namespace('bitnami')
const UNADVISED = namespace('generic')

/**
 * What was built from source or unpacked without a package manager: runtimes and servers by their own words in the
 * program, JDKs, WordPress. Purl names as Amazon Inspector writes them, else as Syft does. (decisions/0030)
 */
export const generic: Ecosystem = languageEcosystem({
  purlType: 'generic',
  osvName: null,
  scheme: semverScheme,
  knownLimits: [
    'Node.js, Python, Ruby, PHP, nginx, Apache httpd, HAProxy, Memcached, Redis, Valkey, PostgreSQL, MariaDB, builds of OpenJDK, and WordPress are matched by what Bitnami says of their upstream versions; whatever else has this type is listed only.',
    'Plugins and themes of WordPress, GraalVM and OpenJ9 are listed only: no feed that is read speaks about them.',
    'A fix that somebody put into an older version when building it does not show, and flaws of upstream on other systems are not told apart.',
  ],
  analyzers: [jdkRelease, wordpressCore, wordpressPlugin, wordpressTheme],
  contentAnalyzers: [runtimeBinary],
  trustedPrefixes: ['BIT-'],
  canonicalName: name => name.toLowerCase(),
  namespaceOf: (_distro, name) => (name === undefined ? UNADVISED : namespaceOfName(name)),
  advisorySubject: ({ name, version }) => {
    const project = advisedProject(name)
    return project === null ? { name, version } : { name: project, version: advisedVersion(project, version) }
  },
  withoutCopies: withoutOtherParts,
  remediation: () => 'Install a fixed release',
})

/** One word for each kind of thing that is listed only, so that a gap says what it is about. */
function namespaceOfName(name: string): ReturnType<typeof namespace> {
  if (advisedProject(name) !== null) return ADVISED
  const [, kind] = /^wordpress\/(plugin|theme)\//.exec(name) ?? []
  return kind === undefined ? UNADVISED : namespace(`wordpress-${kind}`)
}
