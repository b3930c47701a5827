import { err } from '../../base/result.ts'
import type { ContentAnalyzer, ContentFile, ContentReading } from '../content-analyzer.ts'
import { zipContent, zipMembers, type ZipSource } from '../zip-archive.ts'
import { METADATA_LIMIT_BYTES, readMetadata } from './installed-distribution.ts'

/** The largest eggs carry compiled libraries of some 50 MiB. */
const LIMIT_BYTES = 256 * 1024 * 1024
const METADATA = 'EGG-INFO/PKG-INFO'

/** `*.egg` that is still zipped, as `easy_install` left it: its metadata lies in `EGG-INFO/`. (setuptools, internal structure of eggs) */
export const zippedEgg: ContentAnalyzer = {
  id: 'pypi/zipped-egg',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  limitHeldBytes: LIMIT_BYTES,
  limitInflatedBytes: METADATA_LIMIT_BYTES * 2,
  wants: path => path.endsWith('.egg'),
  isCandidate: ({ sizeBytes }) => sizeBytes > 0,
  recognizes: head => head[0] === 0x50 && head[1] === 0x4b,
  read: readEgg,
}

function* readEgg(file: ContentFile): ContentReading {
  const fail = (reason: string, detail: string) => err({ path: file.path, reason, detail })
  yield { is: 'hold', ranges: [{ offset: 0, length: file.sizeBytes }] }
  const source: ZipSource = {
    sizeBytes: file.sizeBytes,
    *read(offset, length) {
      return yield { is: 'read', range: { offset, length } }
    },
  }
  const members = yield* zipMembers(source, name => name === METADATA)
  if (!members.ok) return fail('malformed-archive', members.error)
  // As in a directory with a name given twice, the last counts.
  const metadata = members.value.members.at(-1)
  if (metadata === undefined) return fail('malformed-package-manifest', `no ${METADATA}`)
  const content = yield* zipContent(source, metadata, METADATA_LIMIT_BYTES)
  if (content.ok) return readMetadata({ path: file.path, bytes: content.value })
  return content.error === 'too-large'
    ? fail('limit-exceeded', `${METADATA} is larger than is read`)
    : fail('unreadable-archive-member', `${METADATA} is encrypted, damaged, or packed in an unknown way`)
}
