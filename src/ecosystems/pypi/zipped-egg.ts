import { err, ok, type Result } from '../../base/result.ts'
import { readPassingZip } from '../confirmed-zip.ts'
import type { ContentAnalyzer, ContentFile, ContentReading } from '../content-analyzer.ts'
import { ForwardBytes } from '../forward-bytes.ts'
import { type Answer, refusalOf, unpacked, zipContent, zipMembers, zipOfFile, type ZipSource } from '../zip-archive.ts'
import { METADATA_LIMIT_BYTES, readMetadata } from './installed-distribution.ts'

/** The largest eggs carry compiled libraries of some 50 MiB. */
const LIMIT_BYTES = 256 * 1024 * 1024
const METADATA = 'EGG-INFO/PKG-INFO'

/** `*.egg` that is still zipped, as `easy_install` left it: its metadata lies in `EGG-INFO/`. (setuptools, internal structure of eggs) */
export const zippedEgg: ContentAnalyzer = {
  id: 'pypi/zipped-egg',
  revision: 2,
  limitBytes: LIMIT_BYTES,
  limitHeldBytes: 0,
  limitInflatedBytes: METADATA_LIMIT_BYTES * 2,
  readsBriefly: true,
  wants: path => path.endsWith('.egg'),
  isCandidate: ({ sizeBytes }) => sizeBytes > 0,
  recognizes: head => head[0] === 0x50 && head[1] === 0x4b,
  read: readEgg,
}

function* readEgg(file: ContentFile): ContentReading {
  const fail = (reason: string, detail: string) => err({ path: file.path, reason, detail })
  const metadata = file.isStreamed ? yield* passingMetadata(file) : yield* metadataOf(zipOfFile(file.sizeBytes))
  if (!metadata.ok) return fail('malformed-archive', metadata.error)
  const content = metadata.value
  if (content === null) return fail('malformed-package-manifest', `no ${METADATA}`)
  if (content.ok) return readMetadata({ path: file.path, bytes: content.value })
  return content.error === 'too-large'
    ? fail('limit-exceeded', `${METADATA} is larger than is read`)
    : fail('unreadable-archive-member', `${METADATA} is encrypted, damaged, or packed in an unknown way`)
}

type Content = Result<Uint8Array, 'too-large' | 'unreadable'>

/** The metadata, or `null` where the archive has none. As in a directory with a name given twice, the last counts. */
function* metadataOf(source: ZipSource): Answer<Result<Content | null, string>> {
  const listing = yield* zipMembers(source, isMetadata)
  if (!listing.ok) return listing
  const member = listing.value.members.at(-1)
  return ok(member === undefined ? null : yield* zipContent(source, member, METADATA_LIMIT_BYTES))
}

function* passingMetadata(file: ContentFile): Answer<Result<Content | null, string>> {
  const confirmed = yield* readPassingZip(
    ForwardBytes.ofFile(file.sizeBytes, null),
    isMetadata,
    function* (member, content): Answer<Content> {
      const { packed, ...sizes } = yield* content.packed(METADATA_LIMIT_BYTES)
      const refusal = refusalOf({ ...member, ...sizes }, METADATA_LIMIT_BYTES)
      if (refusal !== null) return err(refusal)
      return packed === null ? err('unreadable') : yield* unpacked(member.method, packed, sizes.sizeBytes)
    },
    (source, member) => zipContent(source, member, METADATA_LIMIT_BYTES),
  )
  if (!confirmed.ok) return confirmed
  const { members, contradictions } = confirmed.value
  const [contradiction] = contradictions
  return contradiction === undefined ? ok(members.at(-1)?.read ?? null) : err(`${METADATA}: ${contradiction.detail}`)
}

function isMetadata(name: string): boolean {
  return name === METADATA
}
