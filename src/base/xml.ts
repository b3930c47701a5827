/** Bounds on a document, in characters where nothing else is said. */
export interface XmlLimits {
  /** Elements inside each other. */
  readonly depth: number
  /** Longest tag, comment or instruction. */
  readonly tag: number
  readonly attributes: number
}

export const XML_LIMITS: XmlLimits = { depth: 64, tag: 256 * 1024, attributes: 256 }

export type XmlEvent =
  | { readonly is: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  /** A piece of the text of the innermost open element; long text comes in several. */
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'close'; readonly name: string }

/** The document is not well-formed, goes beyond its limits, or uses what is not read: a DTD or its entities. */
export class XmlError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'XmlError'
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
/** The longest reference that is read: `&#1114111;` */
const REFERENCE_CHARACTERS = 12
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map()

/**
 * Reads XML piece by piece, never holding more than one tag: feed it text in order, however the stream happened to be cut,
 * then call `end`. No DTD, no entities but the five of XML itself: a document type is refused before it can define any.
 */
export class XmlReader {
  private readonly limits: XmlLimits
  /** What is not decided yet: the beginning of a tag, or of a reference. */
  private rest = ''
  private readonly open: string[] = []
  private hasRoot = false

  constructor(limits: XmlLimits = XML_LIMITS) {
    this.limits = limits
  }

  *push(piece: string): Generator<XmlEvent> {
    const text = this.rest + piece
    let at = 0
    while (at < text.length) {
      if (text[at] === '<') {
        const end = this.markupEnd(text, at)
        if (end < 0) break
        yield* this.markup(text.slice(at, end))
        at = end
      } else {
        const next = text.indexOf('<', at)
        const end = next < 0 ? completeTextEnd(text, at) : next
        if (end === at) break
        yield* this.text(text.slice(at, end))
        at = end
      }
    }
    this.rest = text.slice(at)
    if (this.rest.length > this.limits.tag) throw new XmlError(`a tag is longer than ${this.limits.tag} characters`)
  }

  /** Throws when the document is not at its end. */
  end(): void {
    const innermost = this.open.at(-1)
    if (innermost !== undefined) throw new XmlError(`the document ends inside <${shown(innermost)}>`)
    if (this.rest.trim() !== '' || !this.hasRoot) throw new XmlError('the document ends in the middle')
  }

  /** The place behind the tag, comment, instruction or CDATA section at `at`; -1 while its end has not come yet. */
  private markupEnd(text: string, at: number): number {
    for (const [start, close] of SECTIONS) {
      // `<!-` may still become a comment.
      if (start.startsWith(text.slice(at, at + start.length)) && text.length - at < start.length) return -1
      if (!text.startsWith(start, at)) continue
      const end = text.indexOf(close, at + start.length)
      return end < 0 ? -1 : end + close.length
    }
    for (let place = at + 1; place < text.length; place++) {
      const character = text[place]
      if (character === '>') return place + 1
      if (character === '"' || character === "'") {
        const quote = text.indexOf(character, place + 1)
        if (quote < 0) return -1
        place = quote
      }
    }
    return -1
  }

  private *markup(markup: string): Generator<XmlEvent> {
    // Also of a comment that came in one piece: what is refused must not depend on how the stream was cut.
    if (markup.length > this.limits.tag) throw new XmlError(`a tag is longer than ${this.limits.tag} characters`)
    if (markup.startsWith('<!--') || markup.startsWith('<?')) return
    if (markup.startsWith('<![CDATA[')) {
      if (this.open.length === 0) throw new XmlError('there is text outside of the document')
      const text = markup.slice('<![CDATA['.length, -']]>'.length)
      if (text !== '') yield { is: 'text', text }
      return
    }
    if (markup.startsWith('<!')) throw new XmlError('the document has a document type, which is not read')
    if (markup.startsWith('</')) {
      const name = markup.slice(2, -1).trimEnd()
      if (this.open.pop() !== name) throw new XmlError(`</${shown(name)}> closes what is not open`)
      yield { is: 'close', name }
      return
    }
    const isEmpty = markup.endsWith('/>')
    const { name, attributes } = this.tag(markup.slice(1, isEmpty ? -2 : -1))
    if (this.open.length === 0 && this.hasRoot) throw new XmlError('the document has a second root element')
    this.hasRoot = true
    if (this.open.length >= this.limits.depth) {
      throw new XmlError(`more than ${this.limits.depth} elements inside each other`)
    }
    yield { is: 'open', name, attributes }
    if (isEmpty) yield { is: 'close', name }
    else this.open.push(name)
  }

  private tag(tag: string): { readonly name: string; readonly attributes: ReadonlyMap<string, string> } {
    const name = /^[A-Za-z_:][\w:.-]*/.exec(tag)?.[0]
    if (name === undefined) throw new XmlError('a tag has no name')
    if (name.length === tag.length) return { name, attributes: NO_ATTRIBUTES }
    const attributes = new Map<string, string>()
    const attribute = /\s+(?:([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)'))?/y
    attribute.lastIndex = name.length
    while (attribute.lastIndex < tag.length) {
      const [whole, key, double, single] = attribute.exec(tag) ?? []
      if (whole === undefined) throw new XmlError(`<${shown(name)}> has an attribute that is none`)
      // Blanks before the end of the tag.
      if (key === undefined) {
        if (attribute.lastIndex < tag.length) throw new XmlError(`<${shown(name)}> has an attribute that is none`)
        break
      }
      if (attributes.has(key)) throw new XmlError(`<${shown(name)}> has two attributes ${shown(key)}`)
      if (attributes.size >= this.limits.attributes) throw new XmlError(`<${shown(name)}> has too many attributes`)
      attributes.set(key, withoutReferences(double ?? single ?? ''))
    }
    return { name, attributes }
  }

  private *text(text: string): Generator<XmlEvent> {
    if (this.open.length > 0) yield { is: 'text', text: withoutReferences(text) }
    // A byte order mark may stand before the document.
    else if (text.replace('\uFEFF', '').trim() !== '') throw new XmlError('there is text outside of the document')
  }
}

const SECTIONS = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/** Where text without a tag behind it is certain: before a reference that may not be whole. */
function completeTextEnd(text: string, from: number): number {
  const reference = text.lastIndexOf('&')
  const mayGoOn = reference >= from && text.length - reference < REFERENCE_CHARACTERS && !text.includes(';', reference)
  return mayGoOn ? reference : text.length
}

function withoutReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]{0,10});?/g, (whole, reference: string) => {
    const value = whole.endsWith(';') ? referenced(reference) : null
    if (value === null) throw new XmlError(`&${shown(reference)} is no reference that is read`)
    return value
  })
}

function referenced(reference: string): string | null {
  if (Object.hasOwn(ENTITIES, reference)) return ENTITIES[reference] ?? null
  const [, decimal, hexadecimal] = /^#(?:(\d{1,7})|x([0-9a-fA-F]{1,6}))$/.exec(reference) ?? []
  const code = decimal !== undefined ? Number(decimal) : hexadecimal !== undefined ? parseInt(hexadecimal, 16) : 0
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? String.fromCodePoint(code) : null
}

function shown(text: string): string {
  return text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')
}
