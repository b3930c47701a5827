import { assertNever } from '../base/assert-never.ts'
import type { ImageError } from './image.ts'

const LONGEST_TEXT = 500

/** One sentence with what and where. Texts from registries and archives cannot steer a terminal or forge a log line. */
export function describeImageError(error: ImageError): string {
  const what = harmless(error.what)
  switch (error.is) {
    case 'not-found':
      return `${what} was not found`
    case 'access-denied':
      return `access to ${what} was denied: ${harmless(error.detail)}`
    case 'unreachable':
      return `cannot read ${what}: ${harmless(error.detail)}`
    case 'malformed':
      return `${what} is malformed: ${harmless(error.detail)}`
    case 'wrong-digest':
      return `${what} is not what its digest says: expected ${harmless(error.expected)}, got ${harmless(error.actual)}`
    case 'unsupported-media-type':
      return `${what} has a type that cannot be scanned: ${harmless(error.mediaType)}${adviceFor(error.mediaType)}`
    case 'artifact':
      return `${what} is ${harmless(error.kind)}, not an image: ${harmless(error.mediaType)}`
    case 'foreign-layer':
      return `${what} is a foreign layer, kept at ${harmless(error.urls[0] ?? 'no place that it names')}: it is only fetched from there when OPENINSPECTOR_FOREIGN_LAYERS is \`fetch\``
    case 'limit-exceeded':
      return `${what} passes the limit ${harmless(error.limit)}: ${harmless(error.detail)}`
    default:
      return assertNever(error)
  }
}

function adviceFor(mediaType: string): string {
  if (!mediaType.startsWith('application/vnd.docker.distribution.manifest.v1+')) return ''
  return ' (Docker schema 1, which carries no configuration; push the image again with a current client)'
}

/** Shows control, line-separating and direction-changing characters as escapes, and cuts what is too long to read. */
function harmless(text: string): string {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu,
    character => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
