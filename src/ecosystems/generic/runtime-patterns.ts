/** How a program says its own version. */
export interface RuntimePattern {
  /** Name in the purl: Amazon Inspector's where it has one, else Syft's. */
  readonly name: string
  /** Text that stands beside the version, in ASCII. */
  readonly marker: string
  /** What stands in front of the marker, and behind it; one of both has the version as its first group. */
  readonly before?: RegExp
  readonly after?: RegExp
}

type PatternsOf = (baseName: string) => readonly RuntimePattern[]

const THREE = String.raw`(\d{1,6}\.\d{1,6}\.\d{1,6})`

const PYTHON = /^(?:lib)?python(\d\.\d{1,2})[a-z]{0,2}(?:\.so(?:\.[\d.]{1,8})?)?$/

/**
 * Programs and libraries by name, with what was seen in those of their projects and of Debian 12 (2026-11-23); the
 * forms are those that Amazon Inspector documents and Syft's classifiers look for. Nothing is concluded from a name.
 */
const RUNTIMES: readonly (readonly [file: RegExp, patterns: PatternsOf])[] = [
  [/^(?:node|nodejs)$/, () => [{ name: 'nodejs/node', marker: 'node.js/v', after: new RegExp(`^${THREE}`) }]],
  [PYTHON, python],
  [
    /^(?:ruby[\d.]{0,8}|libruby(?:-[\d.]{1,8})?\.so(?:\.[\d.]{1,12})?)$/,
    () => [{ name: 'ruby', marker: 'ruby ', after: new RegExp(`^${THREE}(?:p\\d{1,6})? \\(\\d{4}-`) }],
  ],
  [
    /^(?:php[\d.]{0,6}|php-(?:fpm|cgi)[\d.]{0,6}|libphp[\d.]{0,6}\.so)$/,
    () => [{ name: 'php/php', marker: 'X-Powered-By: PHP/', after: new RegExp(`^${THREE}`) }],
  ],
  [/^nginx$/, () => [{ name: 'nginx/nginx', marker: 'nginx version: nginx/', after: new RegExp(`^${THREE}`) }]],
  [/^(?:httpd|apache2)$/, () => [{ name: 'apache/httpd', marker: 'Apache/', after: new RegExp(`^${THREE}`) }]],
  [
    /^haproxy$/,
    () => [{ name: 'haproxy', marker: ' version ', after: new RegExp(`^${THREE}(?:[-+~][\\w.+~-]{1,40})?, released 20`) }],
  ],
  [/^memcached$/, () => [{ name: 'memcached', marker: 'memcached ', after: new RegExp(`^${THREE}$`) }]],
  [/^redis-(?:server|check-rdb|check-aof)$/, () => [buildId('redis')]],
  [/^valkey-(?:server|check-rdb|check-aof)$/, () => [buildId('valkey')]],
  [
    /^postgres$/,
    () => [{ name: 'postgresql', marker: 'PostgreSQL ', after: /^(\d{1,3}\.\d{1,4}(?:\.\d{1,4})?)(?: \(| on |$)/ }],
  ],
  [
    /^(?:mariadbd|mysqld)$/,
    () => [{ name: 'mysql/mariadb-server', marker: '-MariaDB', before: new RegExp(`(?:^|[^\\d.])${THREE}$`) }],
  ],
] // prettier-ignore

/** `3.11.2` alone between two NULs, where the name of the file says `3.11`. */
function python(baseName: string): readonly RuntimePattern[] {
  const line = PYTHON.exec(baseName)?.[1] ?? ''
  // Release candidates say `3.13.0rc1`; development versions end with a plus, and are none that was released.
  return [{ name: 'python', marker: `${line}.`, before: /\0$/, after: /^(\d{1,3}(?:(?:a|b|rc)\d{1,2})?)$/ }]
}

/** Version, host and time of the build in one text: `7.0.15build-host-1702957741`. (redis, src/release.c) */
function buildId(name: string): RuntimePattern {
  // Hosts in containers have names of twelve digits and letters, which may begin with a digit.
  const before = /(?:^|\0|[^\d.])(\d{1,3}\.\d{1,3}\.\d{1,2})(?:[A-Za-z_][\w.-]{0,63}|[0-9a-f]{12})$/
  return { name, marker: '-1', before, after: /^\d{9,18}/ }
}

/** What all those names begin with: every file of every image is asked for. */
const BEGINNING =
  /^(?:node|(?:lib)?(?:python|ruby|php)|nginx|httpd|apache2|haproxy|memcached|redis-|valkey-|postgres|mariadbd|mysqld)/

/** How a file of this name would say what it is; none for names that stand for nothing. */
export function runtimePatternsOf(baseName: string): readonly RuntimePattern[] {
  if (!BEGINNING.test(baseName)) return []
  const found = RUNTIMES.find(([file]) => file.test(baseName))
  return found === undefined ? [] : found[1](baseName)
}

/** Bytes that are looked at in front of a marker and behind it. */
export const BESIDE_MARKER_BYTES = 96

/** The version that the text around a marker says; `null` where it says none. */
export function versionBeside(pattern: RuntimePattern, before: string, after: string): string | null {
  const said = [pattern.before?.exec(before), pattern.after?.exec(after)]
  if (said.includes(null)) return null
  const version = said.map(match => match?.[1]).find(group => group !== undefined)
  if (version === undefined) return null
  return pattern.name === 'python' ? `${pattern.marker}${version}` : version
}
