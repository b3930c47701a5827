/** Bounds on a JSON object that is read member by member. */
export interface JsonMemberLimits {
  /** Longest member value that is handed out, in bytes; a longer one is told and passed over. */
  readonly valueBytes: number
  readonly members: number
  /** Objects and lists inside each other, the document itself included. */
  readonly depth: number
}

export type JsonMember =
  | { readonly is: 'member'; readonly key: string; readonly bytes: Uint8Array }
  | { readonly is: 'too-large'; readonly key: string; readonly sizeBytes: number }

/** The document is not one JSON object, or ends before its end. */
export class JsonMembersError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'JsonMembersError'
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

const KEY_BYTES = 4_096

/**
 * The members of one large JSON object, one after the other, so that never more than one of them is in memory as values.
 * Only strings and brackets are understood here; whether a value is JSON, whoever parses it tells.
 */
export function* jsonMembers(bytes: Uint8Array, limits: JsonMemberLimits): Generator<JsonMember> {
  const start = skipBlanks(bytes, hasByteOrderMark(bytes) ? 3 : 0)
  if (bytes[start] !== OPEN_OBJECT) throw new JsonMembersError('the document is not a JSON object')
  let at = skipBlanks(bytes, start + 1)
  if (bytes[at] === CLOSE_OBJECT) return expectNothingMore(bytes, at + 1)
  for (let count = 1; ; count++) {
    if (count > limits.members) throw new JsonMembersError(`the object has more than ${limits.members} members`)
    const keyEnd = stringEnd(bytes, at)
    const key = readKey(bytes.subarray(at, keyEnd))
    at = skipBlanks(bytes, keyEnd)
    if (bytes[at] !== COLON) throw new JsonMembersError('a key of the object is not followed by a colon')
    at = skipBlanks(bytes, at + 1)
    const end = valueEnd(bytes, at, limits.depth)
    const sizeBytes = end - at
    if (sizeBytes > limits.valueBytes) yield { is: 'too-large', key, sizeBytes }
    else yield { is: 'member', key, bytes: bytes.subarray(at, end) }
    if (bytes[end] === CLOSE_OBJECT) return expectNothingMore(bytes, end + 1)
    at = skipBlanks(bytes, end + 1)
  }
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
  }
  return at
}

function expectNothingMore(bytes: Uint8Array, from: number): void {
  if (skipBlanks(bytes, from) < bytes.length) {
    throw new JsonMembersError('there is text behind the end of the document')
  }
}

function readKey(bytes: Uint8Array): string {
  if (bytes.length > KEY_BYTES) throw new JsonMembersError(`a key of the object is longer than ${KEY_BYTES} bytes`)
  try {
    // A JSON string: it starts and ends with a quote.
    return String(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    throw new JsonMembersError('a key of the object is not a JSON string')
  }
}

/** The place behind the string that starts at `from`. */
function stringEnd(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) throw new JsonMembersError('a key of the object is not a JSON string')
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE) return at + 1
  }
  throw new JsonMembersError('the document ends in the middle')
}

/** The place of the comma or bracket that ends the value at `from`. */
function valueEnd(bytes: Uint8Array, from: number, depthLimit: number): number {
  let depth = 1
  for (let at = from; at < bytes.length; at++) {
    switch (bytes[at] ?? 0) {
      case QUOTE:
        at = stringEnd(bytes, at) - 1
        break
      case OPEN_OBJECT:
      case OPEN_LIST:
        if (++depth > depthLimit) {
          throw new JsonMembersError(`more than ${depthLimit} objects and lists inside each other`)
        }
        break
      case CLOSE_OBJECT:
        if (depth === 1) return at
        depth--
        break
      case CLOSE_LIST:
        if (depth === 1) throw new JsonMembersError('brackets do not match')
        depth--
        break
      case COMMA:
        if (depth === 1) return at
        break
      default:
        break
    }
  }
  throw new JsonMembersError('the document ends in the middle')
}
