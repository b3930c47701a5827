/**
 * Projects whose upstream versions the advisories of Bitnami speak about, by the names that are in use for what was built
 * from their sources: Amazon Inspector's (`vendor/name`) and Syft's. A table, because a guessed name is a false match:
 * what is not here is listed and not matched. (matching-and-feeds §2.11: never generated from a package name)
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  apache: ['apache/httpd', 'httpd'],
  haproxy: ['haproxy'],
  // Every builder of OpenJDK counts its security releases as Oracle does. (OpenJDK Vulnerability Group)
  java: ['amazon/amazon-corretto', 'azul/zulu', 'oracle/jdk', 'oracle/jre', 'oracle/openjdk'],
  mariadb: ['mysql/mariadb-server', 'mariadb'],
  memcached: ['memcached'],
  nginx: ['nginx/nginx', 'nginx'],
  node: ['nodejs/node', 'node'],
  php: ['php/php', 'php-cli', 'php-fpm', 'libphp'],
  postgresql: ['postgresql'],
  python: ['python'],
  redis: ['redis'],
  ruby: ['ruby'],
  valkey: ['valkey'],
  wordpress: ['wordpress/core/wordpress'],
}

const BY_NAME = new Map(Object.entries(KNOWN).flatMap(([project, names]) => names.map(name => [name, project])))

/** What Bitnami's advisories call the project of this name; `null` for one that they are not known to speak about. */
export function advisedProject(name: string): string | null {
  return BY_NAME.get(name.toLowerCase()) ?? null
}

/** A version as those advisories count: `1.8.0_422` is 8.0.422, and builds of one release are that release. */
export function advisedVersion(project: string, version: string): string {
  if (project !== 'java') return version
  const [, feature, update] = /^1\.(\d{1,3})\.0(?:_(\d{1,6}))?(?:-b\d{1,6})?$/.exec(version) ?? []
  if (feature !== undefined) return `${feature}.0.${update ?? '0'}`
  return /^\d{1,6}(?:\.\d{1,6}){0,2}(?=$|[.+-])/.exec(version)?.[0] ?? version
}
