import type { ContentFile } from '../content-analyzer.ts'
import { ForwardBytes } from '../forward-bytes.ts'
import { type PassingContent, type PassingMember, passMembers } from '../passing-zip.ts'
import { quoted } from '../problem.ts'
import {
  type Answer,
  isStored,
  refusalOf,
  storedMember,
  unpacked,
  ZIP_LIMITS,
  zipContent,
  zipInMemory,
  type ZipMember,
  zipMembers,
  type ZipSource,
  zipTail,
} from '../zip-archive.ts'
import { type Description, describedIn, isDescription, isManifest, readDescription } from './archive-descriptions.ts'
import { ArchiveFindings, packageOf } from './archive-findings.ts'
import { fileNameParts, identityOfManifest } from './archive-identity.ts'
import { ARCHIVE_LIMITS } from './archive-limits.ts'

/** Java's archives, those of application servers and of Jenkins among them, and modules of the JDK. */
const ARCHIVE = /\.(?:jar|war|ear|par|sar|rar|nar|hpi|jpi|kar|lpkg|jmod)$/i
/** What is published beside an archive of classes under its name. */
const COMPANION = /-(?:sources|javadoc|tests?-sources)\.jar$/i

export function isArchiveName(path: string): boolean {
  return ARCHIVE.test(path)
}

/** What a member turned out to be. */
interface ReadMember {
  readonly description: Description | null
  /** Of the archive that the member is, and problems of either. */
  readonly findings: ArchiveFindings
}

/** A member that passed, believed as soon as the directory lists the same. */
interface PassedMember extends ReadMember {
  readonly member: PassingMember
  readonly compressedBytes: number
  readonly sizeBytes: number
}

type FetchSha1 = () => Answer<string | null>

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
    if (!isStreamed) yield* this.#open(sourceOf(this.#file), [], findings)
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
    const descriptions = new Map<string, Description>()
    const nested: ArchiveFindings[] = []
    for (const member of listing.value.members) {
      const read = yield* this.#member(source, member, [...inside, member.name], findings)
      if (read.description !== null) descriptions.set(member.name, read.description)
      nested.push(read.findings)
    }
    const { hasContent } = listing.value
    const whole = { hasContent, sha1: () => this.#sha1Of(source) }
    yield* identify(descriptions, inside, inside.at(-1) ?? this.#file.path, whole, findings)
    for (const found of nested) findings.merge(found)
  }

  /**
   * An archive that passes once. Members are read as they come, by the headers in front of them; the directory at the end
   * decides which of them count. What only one of both lists, or both in different ways, is a problem and no package: the
   * runtime of Java goes by the directory, other tools by the headers, and an archive may be made to show each its own.
   */
  *#pass(bytes: ForwardBytes, sha1: () => string, inside: readonly string[], findings: ArchiveFindings): Answer<void> {
    if (!this.#isAllowed(inside, findings)) return
    const passed = new Map<number, PassedMember>()
    const passing = (member: PassingMember, content: PassingContent): Answer<PassedMember> =>
      this.#passing(member, content, inside, findings)
    function* visit(member: PassingMember, content: PassingContent): Answer<void> {
      if (passed.size > ZIP_LIMITS.members) return
      const read = yield* passing(member, content)
      passed.set(member.headerOffset, read)
      // Named by its builder: no index will be asked.
      if (read.description?.is === 'coordinates' && read.description.coordinates !== null) bytes.unwatch()
    }
    const end = yield* passMembers(bytes, isOfInterest, visit)
    const left = bytes.sizeBytes - end
    if (left > ZIP_LIMITS.directoryBytes) {
      return findings.problem('malformed-archive', inside, `${left} bytes follow its members in place of a directory`)
    }
    const tail = yield* bytes.take(left)
    if (tail === null) return findings.problem('malformed-archive', inside, 'it is cut off')
    const source = zipTail(bytes.sizeBytes, end, tail)
    const listing = yield* zipMembers(source, isOfInterest)
    if (!listing.ok) return findings.problem('malformed-archive', inside, listing.error)
    const descriptions = new Map<string, Description>()
    const nested: ArchiveFindings[] = []
    for (const member of listing.value.members) {
      const way = [...inside, member.name]
      const known = passed.get(member.headerOffset)
      let read: ReadMember | null = null
      if (member.headerOffset >= end) read = yield* this.#member(source, member, way, findings)
      else if (known !== undefined && isSame(known, member)) read = known
      else findings.problem('contradictory-archive', way, 'its directory and what lies in it do not say the same')
      if (read === null) continue
      passed.delete(member.headerOffset)
      if (read.description !== null) descriptions.set(member.name, read.description)
      nested.push(read.findings)
    }
    for (const { member } of passed.values()) {
      findings.problem('contradictory-archive', [...inside, member.name], 'lies in the archive unlisted')
    }
    const { hasContent } = listing.value
    const whole = { hasContent, sha1: () => justThat(bytes.isWatched ? sha1() : null) }
    yield* identify(descriptions, inside, inside.at(-1) ?? this.#file.path, whole, findings)
    for (const found of nested) findings.merge(found)
  }

  *#passing(
    member: PassingMember,
    content: PassingContent,
    inside: readonly string[],
    findings: ArchiveFindings,
  ): Answer<PassedMember> {
    const way = [...inside, member.name]
    const found = findings.apart()
    const known = content.knownSizes
    const isPart = isStored(member) && known !== null && !isDescription(member.name)
    if (isPart && known.compressedBytes === known.sizeBytes && this.#isWithinDepth(way, found)) {
      const hash = this.#file.sha1()
      yield* content.part(part => this.#pass(part, () => hash.hex(), way, found), hash)
      return { member, ...known, description: null, findings: found }
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
    return { member, ...sizes, description, findings: found }
  }

  /** A member of an archive whose bytes can be had. */
  *#member(
    source: ZipSource,
    member: ZipMember,
    way: readonly string[],
    findings: ArchiveFindings,
  ): Answer<ReadMember> {
    const found = findings.apart()
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

function sourceOf({ sizeBytes }: ContentFile): ZipSource {
  return {
    sizeBytes,
    *read(offset, length) {
      return yield { is: 'read', range: { offset, length } }
    },
  }
}

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

/** Whether the directory means what passed: then the bytes are those that a reader of the directory would find. */
function isSame({ member, compressedBytes, sizeBytes }: PassedMember, listed: ZipMember): boolean {
  return (
    member.name === listed.name &&
    member.method === listed.method &&
    member.isEncrypted === listed.isEncrypted &&
    compressedBytes === listed.compressedBytes &&
    sizeBytes === listed.sizeBytes
  )
}

// oxlint-disable-next-line require-yield -- what is known need not be asked for
function* justThat<T>(known: T): Answer<T> {
  return known
}

/**
 * Adds what the archive is by its descriptions; where they leave that open, what an index may say by its checksum, with
 * what the manifest suggests meanwhile.
 */
function* identify(
  descriptions: ReadonlyMap<string, Description>,
  inside: readonly string[],
  path: string,
  { hasContent, sha1 }: { readonly hasContent: boolean; readonly sha1: FetchSha1 },
  findings: ArchiveFindings,
): Answer<void> {
  const { described, unreadable: unclear } = describedIn(descriptions)
  for (const name of unclear) {
    findings.problem('malformed-package-manifest', [...inside, name], 'no readable coordinates')
  }
  for (const coordinates of described) findings.add(coordinates, inside)
  const file = fileNameParts(path)
  // With one description the archive is what that says; among several, what is named as the file is.
  if (described.length === 1 || described.some(({ name }) => name.endsWith(`:${file.artifact}`))) return
  const manifest = [...descriptions.values()].find(description => description.is === 'manifest')
  const own = manifest === undefined ? null : identityOfManifest(manifest.fields, file)
  const isOpen = described.length === 0 && hasContent && !COMPANION.test(path)
  const hash = isOpen ? yield* sha1() : null
  const isMissed = described.length === 0 && unclear.length === 0 && file.version !== null && !COMPANION.test(path)
  const missed = isMissed
    ? `neither a description by Maven nor a groupId in the manifest: ${quoted(path.slice(path.lastIndexOf('/') + 1))}`
    : null
  if (hash !== null) {
    const suggested = own === null ? null : packageOf(own, inside)
    const place = inside.length === 0 ? {} : { inside: inside.join(':') }
    findings.addUnnamed({ sha1: hash, ...place, suggested, missed })
  } else if (own !== null) findings.add(own, inside)
  else if (missed !== null) findings.problem('unidentified-archive', inside, missed)
}
