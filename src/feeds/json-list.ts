/** Bounds on a document that is read element by element. */
export interface JsonListLimits {
  /** Longest element that is handed out, in bytes; a longer one is told and passed over. */
  readonly elementBytes: number
  readonly elements: number
  /** Objects and lists inside each other, the document itself included. */
  readonly depth: number
}

export type JsonListElement =
  | { readonly is: 'element'; readonly bytes: Uint8Array }
  | { readonly is: 'too-large'; readonly sizeBytes: number; readonly beginning: Uint8Array }

/** The document is not one object with the list in it, or ends before its end. */
export class JsonListError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'JsonListError'
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const KEY_BYTES = 256
const BEGINNING_BYTES = 200

/**
 * Cuts one list out of a JSON object that is too large to be parsed in one piece: `{"…": …, "<name>": [element, …]}`.
 * Only the brackets and strings around the elements are understood here; whether an element is JSON, whoever parses it
 * tells. Feed it chunks in order, however the stream happened to be cut, then call `end`.
 */
export class JsonListSplitter {
  private readonly name: string
  private readonly limits: JsonListLimits
  private depth = 0
  private isInString = false
  private isEscaped = false
  private isOver = false
  private listsSeen = 0
  /** Inside the list; its elements stand at depth 2. */
  private isInList = false
  private elementCount = 0
  /** Earlier chunks' share of the element that is being read. */
  private pieces: Uint8Array[] = []
  private pieceBytes = 0
  private isElementOpen = false
  /** Of the document's own members: the string that ended last, as long as it may still be a key. */
  private keyBytes: number[] | null = null
  private key: string | null = null
  private isKeyOfValue = false

  constructor(name: string, limits: JsonListLimits) {
    this.name = name
    this.limits = limits
  }

  /** The elements that end in this chunk; their bytes may be the chunk's own, so use them before the chunk is reused. */
  *push(chunk: Uint8Array): Generator<JsonListElement> {
    /** Where the open element's share of this chunk starts. */
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (this.isInString) {
        this.stringByte(byte)
        continue
      }
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue
      if (this.isOver) throw new JsonListError('there is text behind the end of the document')
      if (this.depth === 0) {
        // A byte order mark may stand before the document.
        if (byte === 0xef || byte === 0xbb || byte === 0xbf) continue
        if (byte !== OPEN_OBJECT) throw new JsonListError('the document is not a JSON object')
      }
      if (this.isInList && this.depth === 2 && (byte === COMMA || byte === CLOSE_LIST)) {
        if (this.isElementOpen) yield this.close(chunk.subarray(start, at))
        if (byte === CLOSE_LIST) {
          this.isInList = false
          this.depth--
        }
        continue
      }
      if (this.isInList && !this.isElementOpen) {
        this.isElementOpen = true
        start = at
      }
      this.structure(byte)
    }
    if (this.isElementOpen) this.keep(chunk.subarray(start))
  }

  /** Throws when the document is not at its end, or never had the list. */
  end(): void {
    if (!this.isOver) throw new JsonListError('the document ends in the middle')
    if (this.listsSeen === 0) throw new JsonListError(`the document has no list named ${this.name}`)
  }

  private stringByte(byte: number): void {
    if (this.isEscaped) this.isEscaped = false
    else if (byte === BACKSLASH) this.isEscaped = true
    else if (byte === QUOTE) {
      this.isInString = false
      if (this.keyBytes !== null) this.key = String.fromCharCode(...this.keyBytes)
      this.keyBytes = null
      return
    }
    if (this.keyBytes !== null && this.keyBytes.length < KEY_BYTES) this.keyBytes.push(byte)
  }

  private structure(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.isInString = true
        if (this.depth === 1 && !this.isKeyOfValue) this.keyBytes = []
        return
      case OPEN_OBJECT:
      case OPEN_LIST:
        if (byte === OPEN_LIST && this.depth === 1 && this.isKeyOfValue && this.key === this.name) {
          this.isInList = true
          this.listsSeen++
        }
        this.depth++
        if (this.depth > this.limits.depth) {
          throw new JsonListError(`more than ${this.limits.depth} objects and lists inside each other`)
        }
        return
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        if (this.isInList && this.depth === 2) throw new JsonListError('brackets do not match inside the list')
        this.depth--
        if (this.depth === 0) this.isOver = true
        return
      case COLON:
        if (this.depth === 1) this.isKeyOfValue = true
        return
      case COMMA:
        if (this.depth === 1) this.isKeyOfValue = false
        return
      default:
        return
    }
  }

  private keep(piece: Uint8Array): void {
    // Of an element that is too large only the beginning is kept, so that it can be named.
    if (this.pieceBytes <= this.limits.elementBytes) this.pieces.push(Buffer.from(piece))
    this.pieceBytes += piece.length
  }

  private close(last: Uint8Array): JsonListElement {
    this.elementCount++
    if (this.elementCount > this.limits.elements) {
      throw new JsonListError(`the list has more than ${this.limits.elements} elements`)
    }
    const sizeBytes = this.pieceBytes + last.length
    const [first] = this.pieces
    const bytes = first === undefined ? last : Buffer.concat([...this.pieces, last])
    this.pieces = []
    this.pieceBytes = 0
    this.isElementOpen = false
    if (sizeBytes <= this.limits.elementBytes) return { is: 'element', bytes }
    return { is: 'too-large', sizeBytes, beginning: bytes.subarray(0, BEGINNING_BYTES) }
  }
}

/**
 * The elements of a whole document in memory: of the list that its object has under a name, or of the list that the
 * document itself is (`null`). Throws `JsonListError`.
 */
export function* jsonListElements(
  bytes: Uint8Array,
  name: string | null,
  limits: JsonListLimits,
): Generator<JsonListElement> {
  const splitter = new JsonListSplitter(name ?? WRAPPED, limits)
  const encoder = new TextEncoder()
  if (name === null) yield* splitter.push(encoder.encode(`{"${WRAPPED}":`))
  yield* splitter.push(withoutByteOrderMark(bytes))
  if (name === null) yield* splitter.push(encoder.encode('}'))
  splitter.end()
}

/** Name under which a document that is a list is read as the only list of an object. */
const WRAPPED = 'list'

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}
