/** JSON documents one after the other, with any white space between them, as `aws … >> file` and line-wise logs leave them. */
export interface Documents {
  readonly documents: readonly unknown[]
  /** Where reading ended before the end of the text; `null` when all was read. */
  readonly fault: { readonly is: 'unreadable' | 'truncated'; readonly detail: string } | null
}

/** Linear in the length of the text; one document is the common case and costs one parse. */
export function splitDocuments(text: string): Documents {
  const whole = parse(text)
  if (whole.ok) return { documents: [whole.value], fault: null }
  const documents: unknown[] = []
  for (let start = skipSpace(text, 0); start < text.length;) {
    const end = endOfDocument(text, start)
    const line = lineOf(text, start)
    if (end === null) {
      const detail = `the document that begins in line ${line} does not end: the file is cut off`
      return { documents, fault: { is: 'truncated', detail } }
    }
    const parsed = parse(text.slice(start, end))
    if (!parsed.ok) {
      const detail = `the document that begins in line ${line} is not JSON: ${parsed.detail}`
      return { documents, fault: { is: 'unreadable', detail } }
    }
    documents.push(parsed.value)
    start = skipSpace(text, end)
  }
  if (documents.length === 0) return { documents, fault: { is: 'unreadable', detail: 'the file is empty' } }
  return { documents, fault: null }
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string }

function parse(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (thrown) {
    // Its message quotes the text, which may be long and hold anything.
    return { ok: false, detail: thrown instanceof Error ? thrown.message.slice(0, 200) : 'unknown' }
  }
}

/** Of the object or list that begins at `start`: brackets are counted outside of strings. Another value is not looked for. */
function endOfDocument(text: string, start: number): number | null {
  let depth = 0
  let isInString = false
  for (let at = start; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (isInString) {
      if (character === BACKSLASH) at += 1
      else if (character === QUOTE) isInString = false
    } else if (character === QUOTE) isInString = true
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) depth += 1
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      depth -= 1
      if (depth <= 0) return at + 1
    } else if (depth === 0) return text.length
  }
  return null
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1
  return at
}

function lineOf(text: string, at: number): number {
  let line = 1
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1)) line += 1
  return line
}
