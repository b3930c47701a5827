/**
 * Whose builds a Red Hat product holds: `rhel:<major>` is the namespace of the main stream, and what is built beside it is
 * a channel (`AffectedPackage.channel`): an extended update stream as `eus:9.4`, a layered product as `openshift:4.13`.
 * Advisories name products by CPE, systems by the repositories that they take packages from; both come to one word here.
 * (matching-and-feeds §2.4; security data guidelines of Red Hat Product Security, read 2026)
 */
export interface RedHatProduct {
  /** Major release of RHEL; `null` where the name does not tell. */
  readonly major: string | null
  /** `null` for the main stream: BaseOS, AppStream, CRB, High Availability, Real Time, SAP, UBI. */
  readonly channel: string | null
}

const MAIN = 'enterprise_linux'
/** Streams that keep one minor release (`9.4`), or the last of a major one (`els:7`), for longer. RHEL 10 renamed them. */
const STREAM = /^(?:rhel|enterprise_linux)_(eus|e4s|e2s|aus|tus|els|eus_long_life)$/

/** The product of a CPE 2.2 or 2.3 name of Red Hat; `null` for a name of somebody else, or without a version. */
export function redHatProductOfCpe(cpe: string): RedHatProduct | null {
  const parts = cpe.startsWith('cpe:2.3:')
    ? cpe.split(':').slice(3)
    : /^cpe:\/[aoh]:/.test(cpe)
      ? cpe.split(':').slice(2)
      : []
  const [vendor, product = '', version = ''] = parts
  if (vendor !== 'redhat' || !isWord(product) || !isWord(version)) return null
  const ofVersion = /^([0-9]{1,3})(?:\.[0-9]{1,3})?$/.exec(version)?.[1] ?? null
  if (product === MAIN) return ofVersion === null ? null : { major: ofVersion, channel: null }
  const stream = STREAM.exec(product)?.[1]
  if (stream !== undefined) return ofVersion === null ? null : { major: ofVersion, channel: `${stream}:${version}` }
  const built = parts.slice(3).map(part => /^el([0-9]{1,3})$/.exec(part)?.[1])
  return { major: built.find(major => major !== undefined) ?? null, channel: `${product}:${version}` }
}

function isWord(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(text)
}

/** What `$releasever` stands for on a system, as a channel of its own: it completes those that end in `RELEASEVER`. */
export const RELEASEVER_CHANNEL = 'releasever:'
const RELEASEVER = '$releasever'

/**
 * Whether a system that takes builds from `own` channels takes those of an entry's `channel`. Unfixed flaws are told of
 * `openshift:4`, fixed ones of `openshift:4.13`: the shorter is about both. Streams of RHEL are only ever themselves.
 */
export function takesFromRedHatChannel(own: readonly string[], channel: string): boolean {
  const release = own.find(each => each.startsWith(RELEASEVER_CHANNEL))?.slice(RELEASEVER_CHANNEL.length)
  return own.some(each => {
    const full = each.endsWith(RELEASEVER) && release !== undefined ? each.slice(0, -RELEASEVER.length) + release : each
    return full === channel || (minorOfStream(channel) === null && full.startsWith(`${channel}.`))
  })
}

/** The minor release that a stream channel keeps: `{ major: 9, minor: 4 }` of `eus:9.4`; `null` for other channels. */
export function minorOfStream(channel: string): { readonly major: number; readonly minor: number } | null {
  const [, major, minor] = /^(?:eus|e4s|e2s|aus|tus|eus_long_life):([0-9]{1,3})\.([0-9]{1,3})$/.exec(channel) ?? []
  return major === undefined ? null : { major: Number(major), minor: Number(minor) }
}

const ARCH = String.raw`(?:x86_64|aarch64|ppc64le|ppc64|s390x|i386|i686|\$basearch)`
/** Where the packages are, e.g. from Red Hat's update servers in a cloud, and what kind they are. */
const KIND = String.raw`(?:-rhui)?(?:-(?:debug|source))?(?:-rhui)?-(?:debug-rpms|source-rpms|rpms)`
const STREAM_MARK = String.raw`(?:-(eus-long-life|eus|e4s|e2s|aus|tus|els))?`

/** Repositories of RHEL itself; the group is the stream, where there is one. */
const OF_RHEL: readonly RegExp[] = [
  new RegExp(String.raw`^rhel-(?<major>[0-9]{1,2})-for-${ARCH}-[a-z]+(?:-[a-z]+){0,2}?${STREAM_MARK}${KIND}$`),
  new RegExp(
    String.raw`^codeready-builder-(?:beta-)?for-(?:rhel|ubi)-(?<major>[0-9]{1,2})-${ARCH}${STREAM_MARK}${KIND}$`,
  ),
  new RegExp(String.raw`^ubi-(?<major>[0-9]{1,2})(?:-for-${ARCH})?-[a-z]+(?:-[a-z]+){0,2}?()${KIND}$`),
  new RegExp(
    String.raw`^(?:rhel|rhel-ha-for-rhel|rhel-rs-for-rhel|rhel-sap-for-rhel|rhel-sap-hana-for-rhel)-(?<major>[5-7])-(?:server|client|desktop|workstation|hpc-node|for-power|for-power-le|for-system-z|for-arm-64)(?:-(?:optional|fastrack|supplementary|rt|nfv))?${STREAM_MARK}${KIND}$`,
  ),
  // Open vSwitch and its like are built for RHEL under its own CPE. (enterprise_linux:9::fastdatapath)
  new RegExp(String.raw`^fast-datapath-for-rhel-(?<major>[0-9]{1,2})-${ARCH}()${KIND}$`),
]

/** Layered products by the start of their repositories' names; `$1` is the version. (repository-to-cpe.json, naming) */
const LAYERED: readonly (readonly [repository: RegExp, product: string])[] = [
  [/^rhocp-([0-9]\.[0-9]{1,2})-for-rhel-/, 'openshift'],
  [/^rhocp-ironic-([0-9]\.[0-9]{1,2})-for-rhel-/, 'openshift_ironic'],
  [/^rhel-7-(?:server|for-power-le|for-system-z)-ose-([34]\.[0-9]{1,2})-/, 'openshift'],
  [/^ocp-tools-([0-9]\.[0-9]{1,2})-for-rhel-/, 'ocp_tools'],
  [/^cnv-([0-9]\.[0-9]{1,2})-for-rhel-/, 'container_native_virtualization'],
  [/^openstack-([0-9]{1,2}(?:\.[0-9])?)(?:-[a-z]+)*-for-rhel-/, 'openstack'],
  [/^ansible-automation-platform-([0-9]\.[0-9])-for-rhel-/, 'ansible_automation_platform'],
  [/^ansible-([0-9](?:\.[0-9]{1,2})?)-for-rhel-/, 'ansible_engine'],
  [/^satellite-([0-9](?:\.[0-9]{1,2})?)-for-rhel-/, 'satellite'],
  [/^satellite-(?:capsule)-([0-9](?:\.[0-9]{1,2})?)-for-rhel-/, 'satellite_capsule'],
  [/^satellite-utils-([0-9](?:\.[0-9]{1,2})?)-for-rhel-/, 'satellite_utils'],
  [/^satellite-maintenance-([0-9](?:\.[0-9]{1,2})?)-for-rhel-/, 'satellite_maintenance'],
  [/^satellite-client-([0-9])-for-rhel-/, 'rhel_satellite_client'],
  [/^rhceph-([0-9])-(?:tools|mon|osd)-for-rhel-/, 'ceph_storage'],
  [/^jb-eap-([0-9](?:\.[0-9])?)-for-rhel-/, 'jboss_enterprise_application_platform'],
  [/^jb-coreservices-([0-9])-for-rhel-/, 'jboss_core_services'],
  [/^jws-([0-9])-for-rhel-/, 'jboss_enterprise_web_server'],
  [/^rh-sso-([0-9](?:\.[0-9])?)-for-rhel-/, 'red_hat_single_sign_on'],
  [/^dirsrv-([0-9]{1,2}(?:\.[0-9]{1,2})?)-for-rhel-/, 'directory_server'],
  [/^rhel-7-(?:server|workstation|for-power-le|for-system-z|desktop)-extras-()/, 'rhel_extras'],
  [/^rhel-(?:server|workstation)-rhscl-[67]-()/, 'rhel_software_collections'],
]
/** Of the products whose repositories do not say their version. */
const ONLY_VERSION: ReadonlyMap<string, string> = new Map([
  ['rhel_extras', '7'],
  ['rhel_software_collections', '3'],
])

/**
 * The channel of a repository by its id, e.g. `rhel-9-for-x86_64-appstream-eus-rpms__9_DOT_2`.
 * `releasever` is the release that the system is held at, `null` where it is not known here: the channel then ends in
 * `$releasever`. `null` for a name that follows no scheme we know, which is never guessed.
 */
export function channelOfRepository(
  repository: string,
  releasever: string | null,
): Pick<RedHatProduct, 'channel'> | null {
  if (repository.length > 200) return null
  // `__9_DOT_2`, `__7_DOT_6__x86_64`: the minor release. `__9` alone says nothing that the name does not.
  const [, id = repository, major, minor] =
    /^(.+?)__([0-9]{1,2})(?:_DOT_([0-9]{1,2}))?(?:__[a-z0-9_]+)?$/.exec(repository) ?? []
  for (const form of OF_RHEL) {
    const match = form.exec(id)
    if (match === null) continue
    const stream = match[2]?.replaceAll('-', '_')
    if (stream === undefined || stream === '') return { channel: null }
    if (stream === 'els') return { channel: `els:${match.groups?.['major'] ?? ''}` }
    const release = minor === undefined ? (releasever ?? RELEASEVER) : `${major}.${minor}`
    return { channel: `${stream}:${release}` }
  }
  for (const [form, product] of LAYERED) {
    const match = form.exec(id)
    if (match !== null) return { channel: `${product}:${match[1] || (ONLY_VERSION.get(product) ?? '')}` }
  }
  return null
}
