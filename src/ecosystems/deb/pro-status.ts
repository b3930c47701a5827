import { err, ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { EMPTY_ANALYSIS, type Analyzer } from '../ecosystem.ts'

/** What the client writes has some 10 KB. */
const LIMIT_BYTES = 1024 * 1024
const LIMIT_SERVICES = 200

/** Services whose channel has another name in Ubuntu's records. */
const CHANNELS: ReadonlyMap<string, string> = new Map([
  ['realtime-kernel', 'realtime'],
  ['ros', 'ros-esm'],
  ['ros-updates', 'ros-esm'],
])
/** Services that install no packages of their own: they are nobody's channel. */
const NO_CHANNELS: ReadonlySet<string> = new Set(['anbox-cloud', 'cc-eal', 'cis', 'landscape', 'livepatch', 'usg'])

/**
 * `var/lib/ubuntu-advantage/status.json`: the channels of Ubuntu Pro that the system takes packages from, by the services
 * that are enabled. A system that is not attached lists its services without a status. (pro(1), `pro status --format json`)
 */
export const ubuntuProStatus: Analyzer = {
  id: 'deb/ubuntu-pro-status',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  wants: path => path === 'var/lib/ubuntu-advantage/status.json',
  analyze(file) {
    const channels = readChannels(decodeUtf8(file.bytes))
    if (typeof channels === 'string') return err({ path: file.path, reason: 'malformed-pro-status', detail: channels })
    return ok(channels.length === 0 ? EMPTY_ANALYSIS : { ...EMPTY_ANALYSIS, channels })
  },
}

/** What is wrong, in words, where nothing can be believed. */
function readChannels(text: string): readonly string[] | string {
  let status: unknown
  try {
    status = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  const services = member(status, 'services')
  if (!Array.isArray(services)) return 'no list of services'
  if (services.length > LIMIT_SERVICES) return `more than ${LIMIT_SERVICES} services`
  const channels = new Set<string>()
  for (const service of services as readonly unknown[]) {
    const name = member(service, 'name')
    if (member(service, 'status') !== 'enabled' || typeof name !== 'string') continue
    if (/^[a-z0-9][a-z0-9-]{0,40}$/.test(name) && !NO_CHANNELS.has(name)) channels.add(CHANNELS.get(name) ?? name)
  }
  return [...channels].sort()
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}
