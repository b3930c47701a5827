import { err, ok, type Result } from '../../base/result.ts'

/** What a reader of XML is told: an element with its path from the root, once it ends. */
export interface ElementEnd {
  /** Local names from the root, e.g. `['project', 'version']`. */
  readonly path: readonly string[]
  /** Its own text, white space at the ends removed; empty when it holds elements. */
  readonly text: string
}

const LIMIT_DEPTH = 64
const LIMIT_TEXT_CHARACTERS = 8192

/**
 * Tells every element of an XML text as it ends. Small on purpose: no document type, no entities but the five of XML
 * and character numbers, bounded depth. Returns what was wrong, when the text is no such XML.
 */
export function readXml(text: string, onEnd: (element: ElementEnd) => void): Result<null, string> {
  const path: string[] = []
  const texts: string[] = []
  let hasRoot = false
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('<', at)
    addText(texts, text.slice(at, open < 0 ? text.length : open))
    if (open < 0) break
    const mark = markAt(text, open)
    if (!mark.ok) return mark
    const { kind, body, end } = mark.value
    at = end
    if (kind === 'text') addText(texts, body.replaceAll('&', '&amp;'))
    if (kind !== 'element') continue

    if (body.startsWith('/')) {
      const name = localName(body.slice(1).trim())
      if (path.at(-1) !== name) return err(`an end tag without its start: ${name.slice(0, 60)}`)
      onEnd({ path, text: decoded((texts.at(-1) ?? '').trim()) })
      path.pop()
      texts.pop()
      continue
    }
    const name = localName(/^[^\s/>]+/.exec(body)?.[0] ?? '')
    if (name === '') return err('a tag without a name')
    if (path.length === 0 && hasRoot) return err('more than one root element')
    if (path.length === LIMIT_DEPTH) return err(`nested deeper than ${LIMIT_DEPTH}`)
    hasRoot = true
    path.push(name)
    if (body.endsWith('/')) {
      onEnd({ path, text: '' })
      path.pop()
    } else texts.push('')
  }
  if (!hasRoot) return err('no element')
  return path.length === 0 ? ok(null) : err('the text ends inside an element')
}

interface Mark {
  readonly kind: 'element' | 'text' | 'nothing'
  readonly body: string
  readonly end: number
}

/** The markup that begins at `open`. */
function markAt(text: string, open: number): Result<Mark, string> {
  const until = (close: string, from: number, kind: Mark['kind']): Result<Mark, string> => {
    const end = text.indexOf(close, from)
    if (end < 0) return err('the text ends inside markup')
    return ok({ kind, body: text.slice(from, end), end: end + close.length })
  }
  if (text.startsWith('<!--', open)) return until('-->', open + 4, 'nothing')
  if (text.startsWith('<![CDATA[', open)) return until(']]>', open + 9, 'text')
  if (text.startsWith('<?', open)) return until('?>', open + 2, 'nothing')
  if (text.startsWith('<!', open)) return err('a document type is not read')
  // Attribute values may hold a `>`.
  let end = open + 1
  for (let quote = ''; end < text.length; end++) {
    const mark = text.charAt(end)
    if (quote !== '') {
      if (mark === quote) quote = ''
    } else if (mark === '"' || mark === "'") quote = mark
    else if (mark === '>') return ok({ kind: 'element', body: text.slice(open + 1, end), end: end + 1 })
  }
  return err('the text ends inside markup')
}

function addText(texts: string[], piece: string): void {
  const last = texts.length - 1
  const known = texts[last]
  if (known !== undefined && known.length < LIMIT_TEXT_CHARACTERS)
    texts[last] = known + piece.slice(0, LIMIT_TEXT_CHARACTERS)
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** Unknown entities stay as they are written: no version has an ampersand, so they end as unreadable. */
function decoded(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(/&(?:#([0-9]{1,6})|#x([0-9A-Fa-f]{1,5})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES.get(name) ?? whole
    return String.fromCodePoint(typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal))
  })
}
