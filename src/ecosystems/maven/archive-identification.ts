import { quoted } from '../problem.ts'
import type { Answer } from '../zip-archive.ts'
import { type Description, describedIn } from './archive-descriptions.ts'
import { type ArchiveFindings, packageOf } from './archive-findings.ts'
import { fileNameParts, identityOfManifest } from './archive-identity.ts'

/** What is published beside an archive of classes under its name, and what is published nowhere: modules of a JDK. */
const UNASKED = /-(?:sources|javadoc|tests?-sources)\.jar$|\.jmod$/i

/** The archive as a whole. */
export interface WholeArchive {
  /** Whether it holds anything outside `META-INF/`: all those that do not share a checksum. */
  readonly hasContent: boolean
  /** Its SHA-1; `null` where not all of its bytes could be had. */
  sha1(): Answer<string | null>
}

/**
 * Adds what the archive is by its descriptions; where they leave that open, what an index may say by its checksum, with
 * what the manifest suggests meanwhile.
 */
export function* identify(
  descriptions: ReadonlyMap<string, Description>,
  inside: readonly string[],
  path: string,
  archive: WholeArchive,
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
  const isOpen = described.length === 0 && archive.hasContent && !UNASKED.test(path)
  const hash = isOpen ? yield* archive.sha1() : null
  const isMissed = described.length === 0 && unclear.length === 0 && file.version !== null && !UNASKED.test(path)
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
