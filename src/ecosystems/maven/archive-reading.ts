import { readPassingZip } from '../confirmed-zip.ts'
import type { ContentFile } from '../content-analyzer.ts'
import { ForwardBytes } from '../forward-bytes.ts'
import type { PassingContent, PassingMember } from '../passing-zip.ts'
import {
  type Answer,
  isStored,
  refusalOf,
  storedMember,
  unpacked,
  zipContent,
  zipInMemory,
  type ZipMember,
  zipMembers,
  zipOfFile,
  type ZipSource,
} from '../zip-archive.ts'
import { type Description, isDescription, isManifest, readDescription } from './archive-descriptions.ts'
import { ArchiveFindings } from './archive-findings.ts'
import { identify, type WholeArchive } from './archive-identification.ts'
import { ARCHIVE_LIMITS } from './archive-limits.ts'

/** Java's archives, those of application servers and of Jenkins among them, and modules of the JDK. */
const ARCHIVE = /\.(?:jar|war|ear|par|sar|rar|nar|hpi|jpi|kar|lpkg|jmod)$/i
export function isArchiveName(path: string): boolean {
  return ARCHIVE.test(path)
}

/** What a member turned out to be. */
interface ReadMember {
  readonly description: Description | null
  /** Of the archive that the member is, and problems of either. */
  readonly findings: ArchiveFindings
}

/** Reads one file and the archives in it. */
export class ArchiveReading {
  readonly #file: ContentFile
  #archives = 0
  #descriptions = 0
  #leftBytes: number

  constructor(file: ContentFile) {
    this.#file = file
    const { inflatedRatio, inflatedFloorBytes, inflatedBytes } = ARCHIVE_LIMITS
    this.#leftBytes = Math.min(Math.max(file.sizeBytes * inflatedRatio, inflatedFloorBytes), inflatedBytes)
  }

  *read(): Answer<ArchiveFindings> {
    const findings = new ArchiveFindings(this.#file.path)
    const { sizeBytes, isStreamed } = this.#file
    if (!isStreamed) yield* this.#open(zipOfFile(sizeBytes), [], findings)
    else {
      const hash = this.#file.sha1()
      yield* this.#pass(ForwardBytes.ofFile(sizeBytes, hash), () => hash.hex(), [], findings)
    }
    return findings
  }

  /** An archive whose bytes can be had in any order; `inside` are the names that lead to it, none for the file itself. */
  *#open(source: ZipSource, inside: readonly string[], findings: ArchiveFindings): Answer<void> {
    if (!this.#isAllowed(inside, findings)) return
    const listing = yield* zipMembers(source, isOfInterest)
    if (!listing.ok) return findings.problem('malformed-archive', inside, listing.error)
    const members: { name: string; read: ReadMember }[] = []
    for (const member of listing.value.members) {
      members.push({ name: member.name, read: yield* this.#member(source, member, [...inside, member.name]) })
    }
    const { hasContent } = listing.value
    yield* this.#conclude(members, inside, { hasContent, sha1: () => this.#sha1Of(source) }, findings)
  }

  /** An archive that passes once, and whose SHA-1 is taken meanwhile. */
  *#pass(bytes: ForwardBytes, sha1: () => string, inside: readonly string[], findings: ArchiveFindings): Answer<void> {
    if (!this.#isAllowed(inside, findings)) return
    const passing = (member: PassingMember, content: PassingContent): Answer<ReadMember> =>
      this.#passing(member, content, [...inside, member.name])
    const confirmed = yield* readPassingZip(
      bytes,
      isOfInterest,
      function* (member, content) {
        const read = yield* passing(member, content)
        // Named by its builder: no index will be asked.
        if (read.description?.is === 'coordinates' && read.description.coordinates !== null) bytes.unwatch()
        return read
      },
      (source, member) => this.#member(source, member, [...inside, member.name]),
    )
    if (!confirmed.ok) return findings.problem('malformed-archive', inside, confirmed.error)
    const { members, contradictions, hasContent } = confirmed.value
    for (const { name, detail } of contradictions) findings.problem('contradictory-archive', [...inside, name], detail)
    const whole = { hasContent, sha1: () => justThat(bytes.isWatched ? sha1() : null) }
    yield* this.#conclude(members, inside, whole, findings)
  }

  /** What the archive is, and then what is in it. */
  *#conclude(
    members: readonly { readonly name: string; readonly read: ReadMember }[],
    inside: readonly string[],
    whole: WholeArchive,
    findings: ArchiveFindings,
  ): Answer<void> {
    const descriptions = new Map<string, Description>()
    for (const { name, read } of members) if (read.description !== null) descriptions.set(name, read.description)
    yield* identify(descriptions, inside, inside.at(-1) ?? this.#file.path, whole, findings)
    for (const { read } of members) findings.merge(read.findings)
  }

  *#passing(member: PassingMember, content: PassingContent, way: readonly string[]): Answer<ReadMember> {
    const found = new ArchiveFindings(this.#file.path)
    const known = content.knownSizes
    const isPart = isStored(member) && known !== null && !isDescription(member.name)
    if (isPart && known.compressedBytes === known.sizeBytes && this.#isWithinDepth(way, found)) {
      const hash = this.#file.sha1()
      yield* content.part(part => this.#pass(part, () => hash.hex(), way, found), hash)
      return { description: null, findings: found }
    }
    const limit = limitOf(member.name)
    const { packed, ...sizes } = yield* content.packed(limit)
    const described = { ...member, ...sizes }
    const bytes = this.#mayUnpack(described, limit, way, found)
      ? packed === null
        ? null
        : yield* unpacked(member.method, packed, sizes.sizeBytes)
      : 'refused'
    if (bytes === null || (bytes !== 'refused' && !bytes.ok)) unreadable(way, found)
    const read = bytes !== null && bytes !== 'refused' && bytes.ok ? bytes.value : null
    const description = read === null ? null : yield* this.#understood(member.name, read, way, found)
    return { description, findings: found }
  }

  /** A member of an archive whose bytes can be had. */
  *#member(source: ZipSource, member: ZipMember, way: readonly string[]): Answer<ReadMember> {
    const found = new ArchiveFindings(this.#file.path)
    const nothing = { description: null, findings: found }
    if (!isDescription(member.name) && isStored(member) && member.compressedBytes === member.sizeBytes) {
      if (!this.#isWithinDepth(way, found)) return nothing
      const part = yield* storedMember(source, member)
      if (part === null) unreadable(way, found)
      else yield* this.#open(part, way, found)
      return nothing
    }
    const limit = limitOf(member.name)
    if (!this.#mayUnpack(member, limit, way, found)) return nothing
    const content = yield* zipContent(source, member, limit)
    if (content.ok) {
      return { description: yield* this.#understood(member.name, content.value, way, found), findings: found }
    }
    unreadable(way, found)
    return nothing
  }

  /** The description that these bytes are, or `null` and what the archive says that they are. */
  *#understood(
    name: string,
    bytes: Uint8Array,
    way: readonly string[],
    findings: ArchiveFindings,
  ): Answer<Description | null> {
    if (isDescription(name)) return readDescription(name, bytes)
    if (this.#isWithinDepth(way, findings)) yield* this.#open(zipInMemory(bytes), way, findings)
    return null
  }

  /** Whether a content of this description is worth its bytes; a problem otherwise. */
  #mayUnpack(
    member: Omit<ZipMember, 'name' | 'headerOffset'> & { readonly name: string },
    limitBytes: number,
    way: readonly string[],
    findings: ArchiveFindings,
  ): boolean {
    if (isDescription(member.name) && ++this.#descriptions > ARCHIVE_LIMITS.descriptions) {
      if (this.#descriptions === ARCHIVE_LIMITS.descriptions + 1) {
        findings.problem(
          'limit-exceeded',
          way,
          `the file holds more than ${ARCHIVE_LIMITS.descriptions} descriptions; the rest is not read`,
        )
      }
      return false
    }
    if (this.#leftBytes < member.sizeBytes) {
      findings.problem('limit-exceeded', way, 'more is inflated than an archive of this size may hold')
      return false
    }
    this.#leftBytes -= member.sizeBytes
    const refusal = refusalOf(member, limitBytes)
    if (refusal === 'unreadable') unreadable(way, findings)
    else if (refusal === 'too-large') {
      const { sizeBytes, compressedBytes } = member
      findings.problem('limit-exceeded', way, `${sizeBytes} bytes from ${compressedBytes} are more than is read`)
    }
    return refusal === null
  }

  #isAllowed(inside: readonly string[], findings: ArchiveFindings): boolean {
    this.#archives++
    if (this.#archives === ARCHIVE_LIMITS.archives + 1) {
      findings.problem('limit-exceeded', inside, `more than ${ARCHIVE_LIMITS.archives} archives; the rest is not read`)
    }
    return this.#archives <= ARCHIVE_LIMITS.archives
  }

  #isWithinDepth(way: readonly string[], findings: ArchiveFindings): boolean {
    if (way.length <= ARCHIVE_LIMITS.depth) return true
    findings.problem('limit-exceeded', way, `archives in one another deeper than ${ARCHIVE_LIMITS.depth}`)
    return false
  }

  *#sha1Of(source: ZipSource): Answer<string | null> {
    const hash = this.#file.sha1()
    for (let at = 0; at < source.sizeBytes;) {
      const bytes = yield* source.read(at, Math.min(HASHED_BYTES, source.sizeBytes - at))
      if (bytes === null || bytes.length === 0) return null
      hash.update(bytes)
      at += bytes.length
    }
    return hash.hex()
  }
}

/** Bytes that are read at once where only their checksum is wanted. */
const HASHED_BYTES = 1024 * 1024

function isOfInterest(name: string): boolean {
  return isDescription(name) || ARCHIVE.test(name)
}

function limitOf(name: string): number {
  if (isManifest(name)) return ARCHIVE_LIMITS.manifestBytes
  return isDescription(name) ? ARCHIVE_LIMITS.descriptionBytes : ARCHIVE_LIMITS.nestedBytes
}

function unreadable(way: readonly string[], findings: ArchiveFindings): void {
  findings.problem('unreadable-archive-member', way, 'encrypted, damaged, or packed in an unknown way')
}

// oxlint-disable-next-line require-yield -- what is known need not be asked for
function* justThat<T>(known: T): Answer<T> {
  return known
}
