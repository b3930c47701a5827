import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { FeedError, FeedFiles } from '../feed.ts'

const CATALOGUE = '2/extras-catalog-x86_64.json'
const CATALOGUE_LIMIT_BYTES = 16 * 1024 * 1024
const EXTRAS = 1_000

/**
 * Extras that are looked for where there is no catalogue, as in a mirror of some repositories: those that Amazon has
 * published notices for. (alas.aws.amazon.com, AL2 extras; from memory, so the catalogue goes first)
 */
const KNOWN_EXTRAS = [
  'ansible2',
  'aws-nitro-enclaves-cli',
  'BCC',
  'collectd',
  'corretto8',
  'dnsmasq',
  'dnsmasq2.85',
  'docker',
  'ecs',
  'emacs',
  'firecracker',
  'firefox',
  'gimp',
  'golang1.11',
  'golang1.19',
  'GraphicsMagick1.3',
  'haproxy2',
  'httpd_modules',
  'java-openjdk11',
  'kernel-5.10',
  'kernel-5.15',
  'kernel-5.4',
  'kernel-ng',
  'libreoffice',
  'livepatch',
  'lustre',
  'lynis',
  'mariadb10.5',
  'mate-desktop1.x',
  'memcached1.5',
  'mock2',
  'nginx1',
  'nginx1.12',
  'openjdk11',
  'php7.4',
  'php8.0',
  'php8.1',
  'php8.2',
  'postgresql10',
  'postgresql11',
  'postgresql12',
  'postgresql13',
  'postgresql14',
  'postgresql9.6',
  'python3.8',
  'R3.4',
  'R4',
  'redis4.0',
  'redis6',
  'ruby2.4',
  'ruby2.6',
  'ruby3.0',
  'rust1',
  'selinux-ng',
  'squid4',
  'tomcat8.5',
  'tomcat9',
  'unbound1.13',
  'unbound1.17',
  'vim',
] as const

/** Names of the extras of Amazon Linux 2, from the catalogue that `amazon-linux-extras` reads; sorted. */
export async function namesOfExtras(files: FeedFiles): Promise<Result<readonly string[], FeedError>> {
  const fetched = await files.fetch(CATALOGUE, { validator: null, limitBytes: CATALOGUE_LIMIT_BYTES })
  if (!fetched.ok) return fetched.error.is === 'not-found' ? ok(KNOWN_EXTRAS) : fetched
  if (fetched.value === 'unchanged') return ok(KNOWN_EXTRAS)
  const names = namesIn(decodeUtf8(fetched.value.bytes))
  if (names !== null) return ok(names)
  return err({ is: 'malformed', what: `${files.base}/${CATALOGUE}`, detail: 'it has no list of topics' })
}

/** `topics[].n`; names that could not stand in a path are left out. */
function namesIn(text: string): readonly string[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('topics' in value) || !Array.isArray(value.topics)) return null
  const names = new Set<string>()
  const topics: readonly unknown[] = value.topics
  for (const topic of topics.slice(0, EXTRAS)) {
    if (typeof topic !== 'object' || topic === null || !('n' in topic)) continue
    const { n: name } = topic
    if (typeof name === 'string' && /^[A-Za-z0-9][\w.+-]{0,63}$/.test(name)) names.add(name)
  }
  return names.size === 0 ? null : [...names].sort()
}
