import { ok } from '../../base/result.ts'
import type { ContentAnalyzer, ContentFile, ContentReading } from '../content-analyzer.ts'
import { ARCHIVE_LIMITS } from './archive-limits.ts'
import { ArchiveReading, isArchiveName } from './archive-reading.ts'

/**
 * Java archives and the archives within: only the directory, the descriptions and the nested archives are looked at.
 * (matching-and-feeds §4.2; §5.3 item 4)
 */
export const javaArchive: ContentAnalyzer = {
  id: 'maven/java-archive',
  revision: 2,
  limitBytes: ARCHIVE_LIMITS.fileBytes,
  limitHeldBytes: 0,
  limitInflatedBytes: ARCHIVE_LIMITS.inflatedBytes,
  // Of a file that streams by; elsewhere each answer is a buffer of its own anyway.
  readsBriefly: true,
  wants: path => hasShortEnding(path) && isArchiveName(path),
  isCandidate: ({ sizeBytes }) => sizeBytes > 0,
  // `rar` and `nar` are also other things; executable archives begin with a script, modules of the JDK with `JM`.
  recognizes: head => {
    const [first, second] = head
    return (
      (first === 0x50 && second === 0x4b) || (first === 0x23 && second === 0x21) || (first === 0x4a && second === 0x4d)
    )
  },
  read: readArchiveFile,
}

/** Asked for every path: an ending of three or four characters. */
function hasShortEnding(path: string): boolean {
  return path.charCodeAt(path.length - 4) === 46 || path.charCodeAt(path.length - 5) === 46
}

function* readArchiveFile(file: ContentFile): ContentReading {
  const findings = yield* new ArchiveReading(file).read()
  return ok(findings.analysis())
}
