import { decodeUtf8 } from '../../base/utf8.ts'

/** The main section is short; what follows it are digests of single members. */
const MAIN_SECTION_BYTES = 64 * 1024

/** The main section of a `MANIFEST.MF`, by name in small letters. (JAR File Specification, name-value pairs and sections) */
export function readManifest(bytes: Uint8Array): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  const text = decodeUtf8(bytes.subarray(0, MAIN_SECTION_BYTES))
  let name: string | null = null
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') {
      // Some tools begin with blank lines.
      if (values.size > 0) break
      continue
    }
    if (line.startsWith(' ') && name !== null) {
      values.set(name, (values.get(name) ?? '') + line.slice(1))
      continue
    }
    const colon = line.indexOf(':')
    name = colon > 0 ? line.slice(0, colon).toLowerCase() : null
    if (name !== null) values.set(name, line.slice(colon + 1).trim())
  }
  return values
}
