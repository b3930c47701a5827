import { ok } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { ContentAnalyzer, ContentFile, ContentReading } from '../content-analyzer.ts'
import { EMPTY_ANALYSIS, type FoundPackage } from '../ecosystem.ts'
import { ProblemList, quoted } from '../problem.ts'
import { type Answer, zipContent, zipInMemory, type ZipMember, zipMembers, type ZipSource } from '../zip-archive.ts'
import { fileNameParts, identityOfManifest } from './archive-identity.ts'
import { ARCHIVE_LIMITS } from './archive-limits.ts'
import { descriptionsIn, isDescription } from './archive-descriptions.ts'
import type { Coordinates } from './coordinates.ts'
import { readManifest } from './manifest.ts'

/** Java's archives, those of application servers and of Jenkins among them. */
const ARCHIVE = /\.(?:jar|war|ear|par|sar|rar|nar|hpi|jpi|kar|lpkg)$/i
/** What is published beside an archive of classes under its name. */
const COMPANION = /-(?:sources|javadoc|tests?-sources)\.jar$/i

/**
 * Java archives and the archives within: only the directory, the descriptions and the nested archives are looked at.
 * (matching-and-feeds §4.2; §5.3 item 4)
 */
export const javaArchive: ContentAnalyzer = {
  id: 'maven/java-archive',
  revision: 1,
  limitBytes: ARCHIVE_LIMITS.fileBytes,
  limitHeldBytes: ARCHIVE_LIMITS.fileBytes,
  limitInflatedBytes: ARCHIVE_LIMITS.fileBytes * 2,
  wants: path => (path.charCodeAt(path.length - 4) === 46 ? ARCHIVE.test(path) : path.endsWith('.lpkg')),
  isCandidate: ({ sizeBytes }) => sizeBytes > 0,
  // `rar` and `nar` are also other things; executable archives begin with a script.
  recognizes: head => (head[0] === 0x50 && head[1] === 0x4b) || (head[0] === 0x23 && head[1] === 0x21),
  read: readArchiveFile,
}

function* readArchiveFile(file: ContentFile): ContentReading {
  yield { is: 'hold', ranges: [{ offset: 0, length: file.sizeBytes }] }
  const reading = new ArchiveReading(file)
  yield* reading.read(sourceOf(file), [], 0)
  return ok({ ...EMPTY_ANALYSIS, packages: reading.packages(), problems: reading.problems() })
}

function sourceOf({ sizeBytes }: ContentFile): ZipSource {
  return {
    sizeBytes,
    *read(offset, length) {
      return yield { is: 'read', range: { offset, length } }
    },
  }
}

/** Gathers what one file and the archives in it say. */
class ArchiveReading {
  readonly #file: ContentFile
  readonly #problems: ProblemList
  readonly #packages = new Map<string, FoundPackage>()
  #archives = 0
  #leftBytes: number

  constructor(file: ContentFile) {
    this.#file = file
    this.#problems = new ProblemList(file.path)
    const { inflatedRatio, inflatedFloorBytes } = ARCHIVE_LIMITS
    this.#leftBytes = Math.max(file.sizeBytes * inflatedRatio, inflatedFloorBytes)
  }

  packages(): readonly FoundPackage[] {
    return [...this.#packages.values()]
  }

  problems(): readonly InventoryProblem[] {
    return this.#problems.all()
  }

  /** Reads one archive; `inside` are the paths that lead to it, none for the file itself. */
  *read(source: ZipSource, inside: readonly string[], depth: number): Answer<void> {
    this.#archives++
    if (this.#archives > ARCHIVE_LIMITS.archives) {
      if (this.#archives === ARCHIVE_LIMITS.archives + 1) {
        this.#problems.add('limit-exceeded', `more than ${ARCHIVE_LIMITS.archives} archives; the rest is not read`)
      }
      return
    }
    const members = yield* zipMembers(source, name => isDescription(name) || ARCHIVE.test(name))
    if (!members.ok) return this.#problems.add('malformed-archive', `${described(inside)}${members.error}`)
    const descriptions = members.value.filter(({ name }) => isDescription(name))
    yield* this.#identify(source, descriptions, inside)
    for (const member of members.value) {
      if (ARCHIVE.test(member.name)) yield* this.#nested(source, member, [...inside, member.name], depth + 1)
    }
  }

  *#identify(source: ZipSource, descriptions: readonly ZipMember[], inside: readonly string[]): Answer<void> {
    const contents = new Map<string, Uint8Array>()
    for (const member of descriptions) {
      const isManifest = /^META-INF\/MANIFEST\.MF$/i.test(member.name)
      const limit = isManifest ? ARCHIVE_LIMITS.manifestBytes : ARCHIVE_LIMITS.descriptionBytes
      const content = yield* this.#content(source, member, limit, [...inside, member.name])
      if (content === null) continue
      contents.set(member.name, content)
    }
    const path = inside.at(-1) ?? this.#file.path
    const { described: found, unreadable } = descriptionsIn(contents)
    for (const name of unreadable) {
      this.#problems.add('malformed-package-manifest', `${described([...inside, name])}no readable coordinates`)
    }
    for (const coordinates of found) this.#add(coordinates, inside)
    const file = fileNameParts(path)
    // With one description the archive is what that says; among several, what is named as the file is.
    if (found.length === 1 || found.some(({ name }) => name.endsWith(`:${file.artifact}`))) return
    const manifest = [...contents].find(([name]) => /^META-INF\/MANIFEST\.MF$/i.test(name))?.[1]
    const own = manifest === undefined ? null : identityOfManifest(readManifest(manifest), file)
    if (own !== null) this.#add(own, inside)
    else if (found.length === 0 && unreadable.length === 0 && file.version !== null && !COMPANION.test(path)) {
      const detail = `${described(inside)}neither a description by Maven nor a groupId in the manifest`
      this.#problems.add('unidentified-archive', `${detail}: ${quoted(path.slice(path.lastIndexOf('/') + 1))}`)
    }
  }

  *#nested(source: ZipSource, member: ZipMember, inside: readonly string[], depth: number): Answer<void> {
    if (depth > ARCHIVE_LIMITS.depth) {
      return this.#problems.add(
        'limit-exceeded',
        `${described(inside)}archives in one another deeper than ${ARCHIVE_LIMITS.depth}`,
      )
    }
    const content = yield* this.#content(source, member, ARCHIVE_LIMITS.nestedBytes, inside)
    if (content !== null) yield* this.read(zipInMemory(content), inside, depth)
  }

  /** A member's content within its bounds and those of the whole file; otherwise `null`, and a problem. */
  *#content(
    source: ZipSource,
    member: ZipMember,
    limitBytes: number,
    inside: readonly string[],
  ): Answer<Uint8Array | null> {
    if (this.#leftBytes < member.sizeBytes) {
      this.#problems.add('limit-exceeded', `${described(inside)}more is inflated than an archive of this size may hold`)
      return null
    }
    this.#leftBytes -= member.sizeBytes
    const content = yield* zipContent(source, member, limitBytes)
    if (content.ok) return content.value
    const isTooLarge = content.error === 'too-large'
    const detail = isTooLarge
      ? `${member.sizeBytes} bytes from ${member.compressedBytes} are more than is read`
      : 'encrypted, damaged, or packed in an unknown way'
    this.#problems.add(isTooLarge ? 'limit-exceeded' : 'unreadable-archive-member', `${described(inside)}${detail}`)
    return null
  }

  #add({ name, version }: Coordinates, inside: readonly string[]): void {
    const place = inside.length === 0 ? undefined : inside.join(':')
    const pkg: FoundPackage = { type: 'maven', name, version, arch: null, source: null, manager: 'JAR' }
    const key = JSON.stringify([name, version, place])
    this.#packages.set(key, place === undefined ? pkg : { ...pkg, inside: place })
  }
}

/** The place in the file as the beginning of a sentence; nothing for the file itself. */
function described(inside: readonly string[]): string {
  return inside.length === 0 ? '' : `${quoted(inside.join(':'))}: `
}
