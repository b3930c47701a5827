import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { SBOM_LIMITS } from '../limits.ts'
import { SbomCollector, type SbomDocument } from './sbom-document.ts'
import { addSpdxPackage, propertiesOfRemarks, type SpdxPackage, spdxRefusal } from './spdx.ts'

/** Remarks and references of one package; a document that names more is not written by a tool. */
const LIMIT_ITEMS = 10_000

interface OpenPackage {
  readonly fields: Map<string, string>
  readonly purls: string[]
  readonly remarks: string[]
}

interface Tag {
  readonly name: string
  readonly value: string
}

/** An SPDX document in the tag-value form. (SPDX 2.2 and 2.3, clause 6 to 12) */
export function readSpdxTagValue(bytes: Uint8Array, path: string): Result<SbomDocument, string> {
  const collector = new SbomCollector(path)
  const document: OpenPackage = { fields: new Map(), purls: [], remarks: [] }
  const packages: OpenPackage[] = []
  const described = new Set<string>()
  const byId = new Map<string, OpenPackage>()
  let leftOut = 0
  let unreadable = 0
  // What stands before the first package, and after a file or snippet begins, is about none.
  let current: OpenPackage | null = document
  let annotation = ''
  for (const tag of tagsOf(decodeUtf8(bytes))) {
    if (tag === 'unreadable') {
      unreadable++
      continue
    }
    const { name, value } = tag
    switch (name) {
      case 'PackageName':
        current = { fields: new Map([[name, value]]), purls: [], remarks: [] }
        if (packages.length < SBOM_LIMITS.components) packages.push(current)
        else leftOut++
        break
      case 'FileName':
      case 'SnippetSPDXID':
      case 'LicenseID':
        current = null
        break
      case 'SPDXID':
        if (current !== null) byId.set(value, current)
        current?.fields.set(name, value)
        break
      case 'ExternalRef': {
        const purl = /^PACKAGE[-_]MANAGER\s+purl\s+(\S+)$/.exec(value)?.[1]
        if (purl !== undefined && current !== null && current.purls.length < LIMIT_ITEMS) current.purls.push(purl)
        break
      }
      case 'Relationship': {
        const about = /^SPDXRef-DOCUMENT\s+DESCRIBES\s+(\S+)$/.exec(value)?.[1]
        if (about !== undefined && described.size < SBOM_LIMITS.components) described.add(about)
        break
      }
      case 'AnnotationComment':
        annotation = value
        break
      case 'SPDXREF': {
        // An annotation names what it is about in a line of its own.
        const about = byId.get(value)
        if (annotation !== '' && about !== undefined && about.remarks.length < LIMIT_ITEMS) {
          about.remarks.push(annotation)
        }
        annotation = ''
        break
      }
      case 'PackageAttributionText':
        if (current !== null && current.remarks.length < LIMIT_ITEMS) current.remarks.push(value)
        break
      default:
        current?.fields.set(name, value)
    }
  }
  const version = document.fields.get('SPDXVersion') ?? null
  const refusal = spdxRefusal(version)
  if (refusal !== null) return err(refusal)
  if (unreadable > 0) collector.problems.add('malformed-sbom', `${unreadable} lines are not tags with values`)
  if (leftOut > 0) {
    const told = `${leftOut} packages after the first ${SBOM_LIMITS.components} are not read`
    collector.problems.add('limit-exceeded', told)
  }
  for (const pkg of packages) addSpdxPackage(packageOf(pkg), described, collector)
  const namespace = document.fields.get('DocumentNamespace') ?? null
  return ok(collector.document(version ?? '', propertiesOfRemarks(document.remarks), namespace))
}

function packageOf({ fields, purls, remarks }: OpenPackage): SpdxPackage {
  return {
    id: fields.get('SPDXID') ?? null,
    name: fields.get('PackageName') ?? '',
    version: fields.get('PackageVersion') ?? null,
    purpose: fields.get('PrimaryPackagePurpose') ?? null,
    sourceInfo: fields.get('PackageSourceInfo') ?? null,
    purls,
    remarks,
  }
}

/** Characters in which the name of a tag, its colon and the blanks behind it must lie. */
const LONGEST_TAG = 100
const TAG = /^([A-Za-z]{1,60}):[ \t]*/
const OPENING = '<text>'
const CLOSING = '</text>'

/** Tags in order; a value between `<text>` and `</text>` may have several lines. Longer values than are read come out cut. */
function* tagsOf(text: string): Generator<Tag | 'unreadable'> {
  let mayClose = true
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const lineEnd = newline < 0 ? text.length : newline
    const [head, name] = TAG.exec(text.slice(start, Math.min(lineEnd, start + LONGEST_TAG))) ?? []
    if (head === undefined || name === undefined) {
      const line = text.slice(start, Math.min(lineEnd, start + LONGEST_TAG)).trim()
      if (line !== '' && !line.startsWith('#')) yield 'unreadable'
      start = lineEnd + 1
      continue
    }
    const valueStart = start + head.length
    if (!text.startsWith(OPENING, valueStart)) {
      yield { name, value: bounded(text, valueStart, lineEnd).trim() }
      start = lineEnd + 1
      continue
    }
    const closing = mayClose ? text.indexOf(CLOSING, valueStart) : -1
    if (closing < 0) {
      // Looking again from every line would take a hostile document hours.
      mayClose = false
      // The rest of the document would be one text: only this line is given up.
      yield 'unreadable'
      start = lineEnd + 1
      continue
    }
    yield { name, value: bounded(text, valueStart + OPENING.length, closing) }
    const next = text.indexOf('\n', closing)
    start = next < 0 ? text.length : next + 1
  }
}

function bounded(text: string, start: number, end: number): string {
  return text.slice(start, Math.min(end, start + SBOM_LIMITS.textCharacters))
}
