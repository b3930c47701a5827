import type { FileNameParts } from './coordinates.ts'

/**
 * Projects whose builds put no description by Maven into their archives, and how their manifests show that an archive is
 * theirs: without these, the most used server and the most used framework of Java would be unidentified.
 */
interface KnownBuild {
  readonly field: 'bundle-symbolicname' | 'automatic-module-name'
  /** What the field says; its first group is the artifactId, or what follows it with `-` for `.` where dots stand in it. */
  readonly pattern: RegExp
  readonly group: string
}

const KNOWN_BUILDS: readonly KnownBuild[] = [
  // Apache Tomcat, built by Ant. (tomcat: res/bnd/*.bnd, Bundle-SymbolicName)
  {
    field: 'bundle-symbolicname',
    pattern: /^org\.apache\.(tomcat-embed-[a-z-]{1,40})$/,
    group: 'org.apache.tomcat.embed',
  },
  { field: 'bundle-symbolicname', pattern: /^org\.apache\.(tomcat-[a-z-]{1,40})$/, group: 'org.apache.tomcat' },
  // Spring, built by Gradle. (spring-framework, spring-boot, spring-security: Automatic-Module-Name)
  {
    field: 'automatic-module-name',
    pattern: /^(spring\.boot(?:\.[a-z0-9.]{1,60})?)$/,
    group: 'org.springframework.boot',
  },
  {
    field: 'automatic-module-name',
    pattern: /^(spring\.security\.[a-z0-9.]{1,60})$/,
    group: 'org.springframework.security',
  },
  {
    field: 'automatic-module-name',
    pattern: /^(spring\.(?:aop|aspects|beans|context|context\.indexer|context\.support|core|core\.test|expression|instrument|jcl|jdbc|jms|messaging|orm|oxm|r2dbc|test|tx|web|webflux|webmvc|websocket))$/,
    group: 'org.springframework',
  },
] // prettier-ignore

/** Group and artifact of an archive whose manifest and file name agree that it is one of those; `null` otherwise. */
export function knownBuild(
  manifest: ReadonlyMap<string, string>,
  file: FileNameParts,
): { readonly group: string; readonly artifact: string } | null {
  for (const { field, pattern, group } of KNOWN_BUILDS) {
    const said = pattern.exec((manifest.get(field) ?? '').replace(/\s*;.*$/s, ''))?.[1]
    if (said === undefined) continue
    const artifact = said.replaceAll('.', '-')
    // A server's own archives have short names without a version: `catalina.jar`.
    if (file.version === null || file.artifact === artifact) return { group, artifact }
  }
  return null
}
