import { DiskFault } from './block-device.ts'

/** A value of LVM2's metadata text: lists hold texts and numbers only. (lvm2 libdm/libdm-config.c) */
export type LvmValue = string | number | readonly (string | number)[] | LvmSection
export type LvmSection = ReadonlyMap<string, LvmValue>

/** Volume groups nest four levels: group, volumes, volume, segment. */
const MOST_DEPTH = 8
const WORD = /[A-Za-z0-9_.+@/-]+/y
/** Up to the next quote or backslash. */
const PLAIN_TEXT = /[^"\\]*/y
const SIGNS = '={}[],'
const NUMBER = /^-?[0-9]{1,15}$/

interface Token {
  readonly is: 'word' | 'text' | 'sign' | 'end'
  readonly text: string
}

/** The sections and values of a metadata text; names are keys of maps, so none can be special. */
export function parseLvmText(text: string): LvmSection {
  const next = tokensOf(text)
  return parseSection(next, 'end', 0)
}

function tokensOf(text: string): () => Token {
  let at = 0
  function skipBlanks(): void {
    for (; at < text.length; at += 1) {
      const character = text[at]
      if (character === '#') {
        const lineEnd = text.indexOf('\n', at)
        at = lineEnd < 0 ? text.length : lineEnd
      } else if (character !== ' ' && character !== '\n' && character !== '\t' && character !== '\r') return
    }
  }
  function quoted(): string {
    let value = ''
    for (at += 1; ; at += 2) {
      const plain = matchAt(PLAIN_TEXT, text, at)
      value += plain
      at += plain.length
      if (at >= text.length) throw unexpected({ is: 'end', text: '' })
      if (text[at] === '"') break
      value += text[at + 1] ?? ''
    }
    at += 1
    return value
  }
  return () => {
    skipBlanks()
    const character = text[at]
    if (character === undefined) return { is: 'end', text: '' }
    if (character === '"') return { is: 'text', text: quoted() }
    if (SIGNS.includes(character)) {
      at += 1
      return { is: 'sign', text: character }
    }
    const word = matchAt(WORD, text, at)
    if (word === '') throw unexpected({ is: 'sign', text: character })
    at += word.length
    return { is: 'word', text: word }
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function parseSection(next: () => Token, end: 'end' | '}', depth: number): LvmSection {
  if (depth > MOST_DEPTH) throw new DiskFault('limit-exceeded', `the LVM2 metadata nests deeper than ${MOST_DEPTH}`)
  const section = new Map<string, LvmValue>()
  for (let token = next(); ; token = next()) {
    if (end === 'end' ? token.is === 'end' : token.is === 'sign' && token.text === end) return section
    if (token.is !== 'word') throw unexpected(token)
    const sign = next()
    if (sign.is !== 'sign') throw unexpected(sign)
    if (sign.text === '{') section.set(token.text, parseSection(next, '}', depth + 1))
    else if (sign.text === '=') section.set(token.text, parseValue(next))
    else throw unexpected(sign)
  }
}

function parseValue(next: () => Token): LvmValue {
  const token = next()
  if (token.is !== 'sign') return scalarOf(token)
  if (token.text !== '[') throw unexpected(token)
  const list: (string | number)[] = []
  for (let item = next(); ; item = next()) {
    if (item.is === 'sign' && item.text === ']') return list
    if (item.is === 'sign' && item.text === ',') continue
    list.push(scalarOf(item))
  }
}

function scalarOf(token: Token): string | number {
  if (token.is === 'text') return token.text
  if (token.is === 'word' && NUMBER.test(token.text)) return Number(token.text)
  throw unexpected(token)
}

function unexpected(token: Token): DiskFault {
  const what = token.is === 'end' ? 'ends too early' : `has an unexpected "${token.text.slice(0, 40)}"`
  return new DiskFault('malformed', `the LVM2 metadata ${what}`)
}
