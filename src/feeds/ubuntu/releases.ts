/**
 * Ubuntu's releases by codename; what the feed's own records name beside their number is learned from them, this list is
 * for releases that they have dropped since. (wiki.ubuntu.com/Releases)
 */
const RELEASES: ReadonlyMap<string, string> = new Map([
  ['precise', '12.04'],
  ['trusty', '14.04'],
  ['utopic', '14.10'],
  ['vivid', '15.04'],
  ['wily', '15.10'],
  ['xenial', '16.04'],
  ['yakkety', '16.10'],
  ['zesty', '17.04'],
  ['artful', '17.10'],
  ['bionic', '18.04'],
  ['cosmic', '18.10'],
  ['disco', '19.04'],
  ['eoan', '19.10'],
  ['focal', '20.04'],
  ['groovy', '20.10'],
  ['hirsute', '21.04'],
  ['impish', '21.10'],
  ['jammy', '22.04'],
  ['kinetic', '22.10'],
  ['lunar', '23.04'],
  ['mantic', '23.10'],
  ['noble', '24.04'],
  ['oracular', '24.10'],
  ['plucky', '25.04'],
  ['questing', '25.10'],
  ['resolute', '26.04'],
])

/** Bound on codenames learned from one archive: there are two releases a year. */
const LEARNED_LIMIT = 100

/** A release, and the channel beside its own archive; `null` for the archive itself. */
export interface Place {
  /** Year and month, e.g. `22.04`. */
  readonly release: string
  readonly channel: string | null
}

/** What `distro=` of a purl and the ecosystem names of OSV mean. */
export class UbuntuReleases {
  private readonly learned = new Map<string, string>()

  /** Where an OSV entry belongs: its purl names the pocket, its ecosystem the release; `null` for none of Ubuntu's. */
  placeOfOsv(ecosystem: string, purl: string | null, availability: string | null): Place | null {
    const said = placeOfEcosystem(ecosystem, availability)
    if (said === null) return null
    const distro = distroOfPurl(purl)
    if (distro === null) return said
    const { codename, channel } = splitDistro(distro)
    if (!RELEASES.has(codename) && this.learned.size < LEARNED_LIMIT) this.learned.set(codename, said.release)
    // A purl without pocket in an entry of a subscription would open it to everybody.
    return channel === null ? said : { release: said.release, channel }
  }

  /** Where a VEX product belongs, e.g. of `esm-infra/focal`; `null` for a codename that nobody has explained. */
  placeOfDistro(distro: string): Place | null {
    const { codename, channel } = splitDistro(distro)
    const release = RELEASES.get(codename) ?? this.learned.get(codename)
    return release === undefined ? null : { release, channel }
  }
}

/**
 * `xenial` or, in VEX until 2025, `ubuntu/xenial` is the release's own archive; `esm-apps/xenial` a pocket beside it;
 * `trusty/esm` is how the first extended support is spelled. (records and VEX documents of 2024 to 2026, observed)
 */
function splitDistro(distro: string): { readonly codename: string; readonly channel: string | null } {
  const [head = '', tail] = distro.split('/', 2)
  if (tail === undefined) return { codename: head, channel: null }
  if (tail === 'esm') return { codename: head, channel: 'esm-infra' }
  return { codename: tail, channel: head === 'ubuntu' ? null : head }
}

/**
 * `Ubuntu:22.04:LTS`, `Ubuntu:25.10`; with a channel `Ubuntu:Pro:18.04:LTS`, `Ubuntu:Pro:FIPS-updates:20.04:LTS`,
 * `Ubuntu:Pro:24.04:LTS:Realtime:Kernel` (also `Ubuntu:Pro:Realtime:24.04:LTS`), `Ubuntu:22.04:LTS:for:NVIDIA:BlueField`
 * (also `Ubuntu:Nvidia-BlueField:22.04:LTS`). (Canonical, "Ubuntu OSV data", 2025; OSV schema)
 */
function placeOfEcosystem(ecosystem: string, availability: string | null): Place | null {
  const words = ecosystem.split(':')
  const release = words.find(word => /^[0-9]{1,2}\.[0-9]{2}$/.test(word))
  if (words[0] !== 'Ubuntu' || release === undefined) return null
  const others = words.slice(1).filter(word => word !== release && word !== 'LTS' && word !== 'Pro')
  const [tier = ''] = others
  if (others.length > 0) return { release, channel: channelOfTier(others.join('-').toLowerCase(), tier.toLowerCase()) }
  return { release, channel: words.includes('Pro') ? channelOfAvailability(availability) : null }
}

function channelOfTier(all: string, first: string): string {
  if (all.includes('bluefield')) return 'bluefield'
  return first === 'realtime' ? 'realtime' : all.slice(0, 64)
}

/** Which half of extended support: `Infra-only` is the part that Pro's cheaper form has as well. `esm` where it is not said. */
function channelOfAvailability(availability: string | null): string {
  if (availability === null) return 'esm'
  if (/\(Infra-only\)/i.test(availability)) return 'esm-infra'
  return /^Available with Ubuntu Pro:/i.test(availability) ? 'esm-apps' : 'esm'
}

function distroOfPurl(purl: string | null): string | null {
  return purl === null ? null : (/[?&]distro=([a-z0-9./-]{1,100})(?:[&#]|$)/.exec(purl)?.[1] ?? null)
}
