import { instant } from '../../base/clock.ts'
import type { Advisory, AffectedPackage, AffectedRange, UnreadableRange, VendorState } from '../../domain/advisory.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { SchemeId, Version, VersionScheme } from '../../domain/version.ts'

/** How ranges and records stand in the file: JSON lists by position, read back only by this file. */

/** `[introduced or null for the beginning]` and what follows by kind. */
type StoredRange =
  | readonly [0, SchemeId, string | null]
  | readonly [1, SchemeId, string | null, string]
  | readonly [2, SchemeId, string | null, string]
  /** Unreadable: scheme, text, reason. */
  | readonly [3, SchemeId, string, string]

type StoredAffected = readonly [
  ranges: readonly StoredRange[],
  versions: readonly string[],
  state?: VendorState | null,
  isUnreviewed?: true | null,
  channel?: string | null,
  arches?: readonly string[] | null,
  module?: string | null,
  operatingSystems?: readonly string[],
]

export function encodeAffected(affected: AffectedPackage): string {
  const { versions, state, isUnreviewed, channel, arches, module, operatingSystems } = affected
  const ranges = affected.ranges.map(storedRange)
  const rest = [state, isUnreviewed, channel, arches, module, operatingSystems]
  // Most entries have none of these; what is last and absent is left out, the others become `null`.
  const known = rest.findLastIndex(field => field !== undefined) + 1
  return JSON.stringify([ranges, versions, ...rest.slice(0, known)])
}

function storedRange(range: AffectedRange | UnreadableRange): StoredRange {
  if ('unreadable' in range) {
    return [3, range.unreadable.scheme, range.unreadable.text, range.unreadable.reason]
  }
  const introduced = range.introduced === 'beginning' ? null : range.introduced.text
  if (range.end === 'no-fix-known') return [0, range.scheme, introduced]
  if ('fixed' in range.end) return [1, range.scheme, introduced, range.end.fixed.text]
  return [2, range.scheme, introduced, range.end.lastAffected.text]
}

/** Reads ranges back through the schemes; one version text is parsed once for the life of the decoder. */
export class AffectedDecoder {
  private readonly schemes: ReadonlyMap<SchemeId, VersionScheme>
  private readonly versions = new Map<string, Version>()

  constructor(schemes: readonly VersionScheme[]) {
    this.schemes = new Map(schemes.map(scheme => [scheme.id, scheme]))
  }

  decode(namespace: Namespace, name: string, json: string): AffectedPackage {
    // Written by `encodeAffected` of the same layout revision.
    const stored = JSON.parse(json) as StoredAffected
    const [ranges, versions, state, isUnreviewed, channel, arches, module, operatingSystems] = stored
    return {
      namespace,
      name,
      ranges: ranges.map(range => this.range(range)),
      versions,
      ...(state !== undefined && state !== null && { state }),
      ...(isUnreviewed === true && { isUnreviewed }),
      ...(channel !== undefined && channel !== null && { channel }),
      ...(arches !== undefined && arches !== null && { arches }),
      ...(module !== undefined && module !== null && { module }),
      ...(operatingSystems !== undefined && { operatingSystems }),
    }
  }

  private range(stored: StoredRange): AffectedRange | UnreadableRange {
    const [kind, scheme] = stored
    if (kind === 3) {
      return { unreadable: { is: 'unreadable-version', scheme, text: stored[2], reason: stored[3] } }
    }
    const introduced = stored[2] === null ? 'beginning' : this.version(scheme, stored[2])
    switch (kind) {
      case 0:
        return { scheme, introduced, end: 'no-fix-known' }
      case 1:
        return { scheme, introduced, end: { fixed: this.version(scheme, stored[3]) } }
      case 2:
        return { scheme, introduced, end: { lastAffected: this.version(scheme, stored[3]) } }
    }
  }

  private version(id: SchemeId, text: string): Version {
    const key = `${id} ${text}`
    const known = this.versions.get(key)
    if (known !== undefined) return known
    const scheme = this.schemes.get(id)
    const parsed = scheme?.parse(text)
    // The same scheme read this text when the file was made; a stricter one must raise LAYOUT_REVISION.
    if (!parsed?.ok) throw new Error(`the advisory database holds a version that ${id} does not read: ${text}`)
    if (this.versions.size >= VERSIONS_KEPT) this.versions.clear()
    this.versions.set(key, parsed.value)
    return parsed.value
  }
}

const VERSIONS_KEPT = 100_000

/** What `vulnerability()` needs of an advisory. */
export type StoredRecord = Omit<Advisory, 'affected' | 'feed'>

type RecordFields = readonly [
  string,
  string,
  string | null,
  readonly string[],
  readonly string[],
  string | null,
  string | null,
  Advisory['severities'],
  readonly string[],
  number | null,
  number | null,
]

/** Everything but what is affected and `modified`, which moves without a change of content. */
export function encodeRecord(advisory: Advisory): string {
  const fields: RecordFields = [
    advisory.id,
    advisory.source,
    advisory.sourceUrl,
    advisory.aliases,
    advisory.upstream,
    advisory.summary,
    advisory.details,
    advisory.severities,
    advisory.references,
    advisory.published,
    advisory.withdrawn,
  ]
  return JSON.stringify(fields)
}

/** `encodeRecord` with `modified` behind it. */
export function storedRecordText(encoded: string, advisory: Advisory): string {
  return `[${encoded},${advisory.modified ?? 'null'}]`
}

export function decodeRecord(json: string): StoredRecord {
  // Written by `storedRecordText` of the same layout revision.
  const [fields, modified] = JSON.parse(json) as [RecordFields, number | null]
  const [id, source, sourceUrl, aliases, upstream, summary, details, severities, references, published, withdrawn] =
    fields
  return {
    id,
    source,
    sourceUrl,
    aliases,
    upstream,
    summary,
    details,
    severities,
    references,
    published: published === null ? null : instant(published),
    modified: modified === null ? null : instant(modified),
    withdrawn: withdrawn === null ? null : instant(withdrawn),
  }
}
