import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { XML_LIMITS, XmlError, type XmlEvent, XmlReader } from '../../base/xml.ts'
import { cycloneDxKind, cycloneDxRefusal } from './cyclonedx-json.ts'
import { SBOM_LIMITS } from '../limits.ts'
import { SbomCollector, type SbomDocument, type SbomProperty } from './sbom-document.ts'

const PIECE_BYTES = 1024 * 1024
const LIMITS = { ...XML_LIMITS, depth: SBOM_LIMITS.depth }

/** A CycloneDX document in XML, nested components beside their parents. (CycloneDX 1.2 to 1.7, XML schemas) */
export function readCycloneDxXml(bytes: Uint8Array, path: string): Result<SbomDocument, string> {
  const reader = new XmlReader(LIMITS)
  const builder = new DocumentBuilder(path)
  try {
    const text = decodeUtf8(bytes)
    for (let at = 0; at < text.length; at += PIECE_BYTES) {
      for (const event of reader.push(text.slice(at, at + PIECE_BYTES))) builder.take(event)
      if (builder.refusal !== null) return err(builder.refusal)
    }
    reader.end()
  } catch (thrown) {
    if (!(thrown instanceof XmlError)) throw thrown
    return err(`not readable as XML: ${thrown.message}`)
  }
  return ok(builder.document())
}

/** A component whose end has not come yet. */
interface OpenComponent {
  readonly ref: string | null
  readonly type: string | null
  readonly isSubject: boolean
  readonly fields: Map<string, string>
  readonly properties: SbomProperty[]
  readonly locations: string[]
}

/** What an open element stands for; elements that are not read make all inside them `skipped`. */
interface Frame {
  readonly is: 'bom' | 'metadata' | 'components' | 'component' | 'inside' | 'skipped'
  /** The component that this element is, or is about; `null` for the document itself. */
  readonly component: OpenComponent | null
  /** Local names from the component (or the document) down to here. */
  readonly path: string
  readonly propertyName: string | null
  text: string
}

const SKIPPED: Omit<Frame, 'text'> = { is: 'skipped', component: null, path: '', propertyName: null }
/** Elements inside a component, or the metadata, that lead to what is read. */
const WAYS: ReadonlySet<string> = new Set([
  'group', 'name', 'version', 'purl', 'properties', 'properties/property',
  'evidence', 'evidence/occurrences', 'evidence/occurrences/occurrence', 'evidence/occurrences/occurrence/location',
]) // prettier-ignore
/** The namespace says the version. */
const NAMESPACE = /^http:\/\/cyclonedx\.org\/schema\/bom\/([0-9]{1,3}\.[0-9]{1,3})$/

class DocumentBuilder {
  refusal: string | null = null
  private version = ''
  private readonly collector: SbomCollector
  private readonly frames: Frame[] = []
  private readonly properties: SbomProperty[] = []

  constructor(path: string) {
    this.collector = new SbomCollector(path)
  }

  take(event: XmlEvent): void {
    const parent = this.frames.at(-1)
    switch (event.is) {
      case 'open': {
        const name = event.name.slice(event.name.indexOf(':') + 1)
        const frame = parent === undefined ? this.root(name, event.attributes) : child(parent, name, event.attributes)
        this.frames.push({ ...frame, text: '' })
        break
      }
      case 'text':
        if (parent !== undefined && parent.text.length <= SBOM_LIMITS.textCharacters) {
          parent.text += event.text.slice(0, SBOM_LIMITS.textCharacters + 1)
        }
        break
      case 'close':
        if (parent !== undefined) this.close(parent)
        this.frames.pop()
        break
    }
  }

  document(): SbomDocument {
    return this.collector.document(`CycloneDX ${this.version}`, this.properties, null)
  }

  private root(name: string, attributes: ReadonlyMap<string, string>): Omit<Frame, 'text'> {
    const versions = [...attributes].flatMap(([attribute, value]) =>
      /^xmlns(?::|$)/.test(attribute) ? (NAMESPACE.exec(value)?.[1] ?? []) : [],
    )
    this.version = versions[0] ?? ''
    this.refusal = name === 'bom' ? cycloneDxRefusal(versions[0] ?? null) : 'not a CycloneDX document'
    return { is: 'bom', component: null, path: '', propertyName: null }
  }

  private close(frame: Frame): void {
    if (frame.is === 'component' && frame.component !== null) this.add(frame.component)
    if (frame.is !== 'inside') return
    // A longer text is no name, version or path.
    const text = frame.text.length > SBOM_LIMITS.textCharacters ? '' : frame.text.trim()
    if (frame.path === 'properties/property') {
      const properties = frame.component?.properties ?? this.properties
      // One too many shows that there are too many.
      if (frame.propertyName !== null && properties.length <= SBOM_LIMITS.properties) {
        properties.push({ name: frame.propertyName, value: frame.text.slice(0, SBOM_LIMITS.textCharacters) })
      }
    } else if (frame.path === 'evidence/occurrences/occurrence/location') frame.component?.locations.push(text)
    else if (!frame.path.includes('/')) frame.component?.fields.set(frame.path, text)
  }

  private add({ ref, type, isSubject, fields, properties, locations }: OpenComponent): void {
    const group = fields.get('group') ?? ''
    const name = fields.get('name') ?? ''
    this.collector.add({
      ref,
      kind: cycloneDxKind(type),
      isSubject,
      name: group === '' ? name : `${group}/${name}`,
      version: fields.get('version') ?? null,
      purl: fields.get('purl') ?? null,
      properties,
      locations,
    })
  }
}

/** What an element is by where it stands. Components inside a pedigree or a service are none of the inventory. */
function child(parent: Frame, name: string, attributes: ReadonlyMap<string, string>): Omit<Frame, 'text'> {
  const { is, component } = parent
  if (is === 'skipped') return SKIPPED
  if (is === 'bom' && name === 'metadata') return { ...SKIPPED, is: 'metadata' }
  if ((is === 'bom' || is === 'component') && name === 'components') return { ...SKIPPED, is: 'components' }
  if ((is === 'components' || is === 'metadata') && name === 'component') {
    const opened: OpenComponent = {
      ref: attributes.get('bom-ref') ?? null,
      type: attributes.get('type') ?? null,
      isSubject: is === 'metadata',
      fields: new Map(),
      properties: [],
      locations: [],
    }
    return { is: 'component', component: opened, path: '', propertyName: null }
  }
  const path = parent.path === '' ? name : `${parent.path}/${name}`
  const isRead = component === null ? path === 'properties' || path === 'properties/property' : WAYS.has(path)
  if (!isRead || is === 'components') return SKIPPED
  return { is: 'inside', component, path, propertyName: attributes.get('name') ?? null }
}
