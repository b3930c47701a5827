import type { Advisory, AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { Namespace } from '../../domain/namespace.ts'
import { parseOsvJson } from '../osv-record.ts'
import type { OsvContext, OsvEcosystem, OsvHome } from '../osv-record.ts'
import type { OsvAffected } from '../osv-schema.ts'
import type { SkipCounter } from '../skip-counter.ts'
import { combine, settledRanges } from './combine.ts'
import { UbuntuReleases } from './releases.ts'
import type { Place } from './releases.ts'
import { parseVex } from './vex.ts'
import type { VexDocument } from './vex.ts'

export const UBUNTU_FEED = 'ubuntu'
const RECORD_PREFIX = 'UBUNTU-'

/**
 * Gathers Ubuntu's records and what VEX says about them into advisories: first all of `addOsv`, then all of `addVex`,
 * which is put in its place at once, so that memory holds the advisories and one document.
 */
export class UbuntuReader {
  private readonly ecosystem: OsvEcosystem
  private readonly skips: SkipCounter
  private readonly releases = new UbuntuReleases()
  private readonly byId = new Map<string, Advisory>()
  private readonly namespaces = new Map<string, Namespace | null>()
  private readonly homes = new Map<string, readonly OsvHome[]>()
  /** One object for each fixed version: a kernel's stands in thousands of records. */
  private readonly ranges = new Map<string, AffectedRange | UnreadableRange>()
  private readonly names = new Map<string, string>()
  private readonly context: OsvContext

  constructor(ecosystem: OsvEcosystem, skips: SkipCounter) {
    this.ecosystem = ecosystem
    this.skips = skips
    this.context = { feed: UBUNTU_FEED, part: null, ecosystems: [ecosystem], homesOf: entry => this.homesOf(entry) }
  }

  addOsv(fileName: string, text: string): void {
    const parsed = parseOsvJson(text, this.context)
    if (!parsed.ok) {
      this.skips.add(parsed.error.reason, fileName)
      return
    }
    const { advisory, dropped } = parsed.value
    for (const reason of dropped) this.skips.add(reason, fileName)
    if (this.byId.has(advisory.id)) this.skips.add('duplicate-id', fileName)
    else
      this.byId.set(
        advisory.id,
        advisory.id.startsWith(`${RECORD_PREFIX}CVE-`) ? this.settled(advisory) : notice(advisory),
      )
  }

  addVex(fileName: string, text: string): void {
    const parsed = parseVex(text, reason => this.skips.add(reason, fileName))
    if (!parsed.ok) this.skips.add(`vex-${parsed.error}`, fileName)
    else if (parsed.value !== null) this.addDocument(parsed.value, fileName)
  }

  /** Notices (USN, LSN) say only when and by which id a CVE was fixed: their packages are those of all their CVEs together. */
  advisories(): readonly Advisory[] {
    return [...this.byId.values()]
  }

  private addDocument({ cve, description, statements }: VexDocument, fileName: string): void {
    const id = `${RECORD_PREFIX}${cve}`
    const known = this.byId.get(id)
    const placed = statements.flatMap(({ name, distro, disposition }) => {
      const place = this.releases.placeOfDistro(distro)
      const namespace = place === null ? null : this.namespaceOf(place)
      if (place === null || namespace === null) {
        this.skips.add('vex-of-unknown-release', `${fileName} ${distro}`)
        return []
      }
      const own = { namespace, name: this.nameOf(name), disposition }
      return [place.channel === null ? own : { ...own, channel: place.channel }]
    })
    if (known !== undefined && known.withdrawn !== null) return
    const affected = combine(known?.affected ?? [], placed, this.ecosystem.scheme.id)
    if (known !== undefined) this.byId.set(id, { ...known, affected })
    else if (affected.length > 0) this.byId.set(id, ofVexAlone(id, cve, description, affected))
  }

  private homesOf({ name, ecosystem, purl, availability }: OsvAffected): readonly OsvHome[] {
    if (name === '') return []
    const place = this.releases.placeOfOsv(ecosystem, purl, availability)
    if (place === null) return NOWHERE
    const key = `${place.release} ${place.channel ?? ''}`
    let homes = this.homes.get(key)
    if (homes === undefined) {
      const namespace = this.namespaceOf(place)
      const home = namespace === null ? null : { ecosystem: this.ecosystem, namespace }
      homes = home === null ? NOWHERE : [place.channel === null ? home : { ...home, channel: place.channel }]
      if (this.homes.size < PLACES_KEPT) this.homes.set(key, homes)
    }
    return homes
  }

  private namespaceOf({ release }: Place): Namespace | null {
    let known = this.namespaces.get(release)
    if (known === undefined) {
      known = this.ecosystem.namespaceOfOsv(`Ubuntu:${release}`)
      if (this.namespaces.size < PLACES_KEPT) this.namespaces.set(release, known)
    }
    return known
  }

  private nameOf(name: string): string {
    const canonical = this.ecosystem.canonicalName(name)
    const known = this.names.get(canonical)
    if (known === undefined) this.names.set(canonical, canonical)
    return known ?? canonical
  }

  private settled(advisory: Advisory): Advisory {
    const affected = advisory.affected.map((entry): AffectedPackage => {
      const ranges = settledRanges(entry.ranges).map(range => this.shared(range))
      return { ...entry, name: this.nameOf(entry.name), ranges }
    })
    return { ...advisory, affected }
  }

  private shared(range: AffectedRange | UnreadableRange): AffectedRange | UnreadableRange {
    const key = JSON.stringify(range)
    const known = this.ranges.get(key)
    if (known !== undefined) return known
    this.ranges.set(key, range)
    return range
  }
}

const PLACES_KEPT = 1_000
const NOWHERE: readonly OsvHome[] = []

function notice(advisory: Advisory): Advisory {
  return { ...advisory, affected: [] }
}

/** A flaw that only releases have which OSV has dropped. */
function ofVexAlone(id: string, cve: string, details: string | null, affected: Advisory['affected']): Advisory {
  return {
    id,
    feed: UBUNTU_FEED,
    source: 'UBUNTU_CVE',
    sourceUrl: `https://ubuntu.com/security/${cve}`,
    aliases: [],
    upstream: [cve],
    summary: null,
    details,
    severities: [],
    references: [],
    published: null,
    modified: null,
    withdrawn: null,
    affected,
  }
}
