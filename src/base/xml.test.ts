import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { XML_LIMITS, XmlError, XmlReader } from './xml.ts'
import type { XmlEvent } from './xml.ts'

function read(...pieces: readonly string[]): XmlEvent[] {
  const reader = new XmlReader()
  const events: XmlEvent[] = []
  for (const piece of pieces) for (const event of reader.push(piece)) events.push(event)
  reader.end()
  return events
}

function outcomeOf(text: string): string {
  try {
    read(text)
    return 'read'
  } catch (error) {
    return error instanceof Error ? error.name : 'no error'
  }
}

/** Events in short, neighbouring texts joined. */
function inShort(events: readonly XmlEvent[]): string {
  return events
    .map(event => {
      if (event.is === 'text') return event.text
      if (event.is === 'close') return `</${event.name}>`
      return `<${[event.name, ...[...event.attributes].map(([key, value]) => `${key}=${value}`)].join(' ')}>`
    })
    .join('')
}

describe('XML that is read', () => {
  it.each([
    ['<a/>', '<a></a>', 'an empty element'],
    ['<?xml version="1.0"?>\n<!-- <x> --><a>1</a>\n', '<a>1</a>', 'a declaration and a comment'],
    ['\uFEFF<a>x</a>', '<a>x</a>', 'a byte order mark'],
    [`<a b = "1>2" c='"'/>`, '<a b=1>2 c="></a>', 'attributes with brackets and quotes'],
    ['<a b="1" ></a >', '<a b=1></a>', 'blanks before the end of a tag'],
    ['<a b="&lt;&#65;&#x42;"/>', '<a b=<AB></a>', 'references in attributes'],
    ['<a>&amp;&quot;&apos;&gt;</a>', `<a>&"'></a>`, 'the five entities'],
    ['<a><![CDATA[<b>&amp;]]></a>', '<a><b>&amp;</a>', 'a CDATA section'],
    ['<x:a xmlns:x="u"><x:b/></x:a>', '<x:a xmlns:x=u><x:b></x:b></x:a>', 'prefixes, as they stand'],
  ])('%s', (text, expected) => {
    expect(inShort(read(text))).toBe(expected)
  })

  it('is the same however the stream is cut', () => {
    const text = '<?xml version="1.0"?><a b="1&gt;">x &amp; y<!-- - --><c d=\'>\'/><![CDATA[ ]] ]]>&#8364;</a>'
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(text.length), { maxLength: 20 }), places => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), text.length]
        const pieces = cuts.slice(1).map((end, at) => text.slice(cuts[at], end))
        expect(inShort(read(...pieces))).toBe(inShort(read(text)))
      }),
    )
  })
})

describe('XML that is refused', () => {
  it.each([
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'a document type'],
    ['<!doctype a><a/>', 'a document type in small letters'],
    ['<a>&x;</a>', 'an entity of its own'],
    ['<a>&amp</a>', 'a reference without end'],
    ['<a>&#0;</a>', 'a character that is none'],
    ['<a>&#xD800;</a>', 'half a surrogate pair'],
    ['<a>&#1114112;</a>', 'a character beyond Unicode'],
    ['<a><b></a></b>', 'elements that overlap'],
    ['<a/><b/>', 'two roots'],
    ['<a/>x', 'text behind the document'],
    ['x<a/>', 'text before the document'],
    ['<![CDATA[x]]><a/>', 'a section before the document'],
    ['</a>', 'an end without a beginning'],
    ['<a>', 'a document that ends in the middle'],
    ['<a', 'a tag that ends in the middle'],
    ['', 'nothing'],
    ['< a/>', 'a tag without a name'],
    ['<a b/>', 'an attribute without a value'],
    ['<a b=1/>', 'a value without quotes'],
    ['<a b="1"c="2"/>', 'attributes without a blank between them'],
    ['<a b="1" b="2"/>', 'an attribute twice'],
    ['<a b="<"/>', 'a bracket in a value'],
  ])('%s: %s', text => {
    expect(() => read(text)).toThrow(XmlError)
  })

  it.each([
    ['elements without end', '<a>'.repeat(XML_LIMITS.depth + 1)],
    ['a tag without end', `<a ${'b'.repeat(XML_LIMITS.tag)}`],
    ['a comment without end', `<!-- ${'-'.repeat(XML_LIMITS.tag)}`],
    ['a comment that came whole', `<a><!-- ${'-'.repeat(XML_LIMITS.tag)} --></a>`],
    ['too many attributes', `<a ${Array.from({ length: 300 }, (_, at) => `b${at}=""`).join(' ')}/>`],
  ])('%s', (_what, text) => {
    expect(() => read(text)).toThrow(XmlError)
  })

  it('any text is read or refused, and in time', () => {
    const mean = fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      '<a',
      ' b=',
      '/>',
      '</a>',
      '<!--',
      '<![CDATA[',
      ']]>',
      '&lt;',
      'x',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(mean, { maxLength: 200 }).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(text, content => {
        expect(['read', 'XmlError']).toContain(outcomeOf(content))
      }),
    )
    const started = performance.now()
    for (const hostile of ['&', '<a ', '" ', '<!-', '&#', ' ='])
      expect(() => read(`<a>${hostile.repeat(300_000)}`)).toThrow(XmlError)
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})
