import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonListError, JsonListSplitter } from './json-list.ts'
import type { JsonListElement } from './json-list.ts'

const LIMITS = { elementBytes: 1_000, elements: 50, depth: 12 }

/** Elements of `list` in a document that arrives in pieces of these sizes, over and over. */
function split(document: Uint8Array | string, sizes: readonly number[] = [7], limits = LIMITS): JsonListElement[] {
  const bytes = Buffer.from(document)
  const splitter = new JsonListSplitter('list', limits)
  const found: JsonListElement[] = []
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1
    // A copy that is overwritten afterwards, as a stream may reuse its buffers.
    const chunk = Uint8Array.from(bytes.subarray(at, at + size))
    for (const element of splitter.push(chunk)) {
      found.push(
        element.is === 'element'
          ? { ...element, bytes: Buffer.from(element.bytes) }
          : { ...element, beginning: Buffer.from(element.beginning) },
      )
    }
    chunk.fill(0)
    at += size
  }
  splitter.end()
  return found
}

function textsOf(elements: readonly JsonListElement[]): string[] {
  return elements.map(element => (element.is === 'element' ? Buffer.from(element.bytes).toString().trim() : element.is))
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
/** Strings full of what could be taken for structure. */
const trap = fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', ':', 'a', 'é', '\n', '\u2028') })
const json = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    trap,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(trap, fc.constant('list')), tie('value'), { maxKeys: 3 }),
  ),
})).value

describe('JsonListSplitter', () => {
  it('hands out the elements of the list, however the stream is cut and whatever stands around them', () => {
    fc.assert(
      fc.property(
        fc.array(json, { maxLength: 6 }),
        json,
        json,
        sizes,
        fc.constantFrom(undefined, 2),
        (list, before, after, cuts, indent) => {
          const document = JSON.stringify({ before, list, after }, null, indent)

          const elements = split(document, cuts, { ...LIMITS, elementBytes: 1_000_000 })

          expect(textsOf(elements).map(text => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(list)))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('says the same of any bytes, however they are cut, and fails with its own error only', () => {
    const noise = fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '"list"', '"list":[', '1', ' ', 'x'), {
        maxLength: 25,
      })
      .map(parts => parts.join(''))
    const outcome = (text: string, cuts: readonly number[]): string => {
      try {
        return textsOf(split(text, cuts)).join('\n')
      } catch (error) {
        if (error instanceof JsonListError) return `refused: ${error.message}`
        throw error
      }
    }
    fc.assert(
      fc.property(noise, fc.boolean(), sizes, (text, isInside, cuts) => {
        const document = isInside ? `{"list":[${text}` : text

        expect(outcome(document, cuts)).toBe(outcome(document, [1_000]))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['a list of the same name further inside', '{"a":{"list":[1]},"list":[2]}', ['2']],
    ['a text that looks like the list', '{"a":"\\"list\\":[1]","list":[2]}', ['2']],
    ['an empty list', '{"list":[ ]}', []],
    ['a byte order mark', '\ufeff{"list":[1]}', ['1']],
    ['elements without a comma: for the parser to refuse', '{"list":[{}{}]}', ['{}{}']],
  ])('reads %s', (_what, document, texts) => {
    expect(textsOf(split(document))).toEqual(texts)
  })

  it.each([
    ['an empty document', '', 'ends in the middle'],
    ['a list', '[1]', 'not a JSON object'],
    ['a web page', '<html>', 'not a JSON object'],
    ['a document without the list', '{"CVE_Items":[1]}', 'no list named list'],
    ['something else under the name', '{"list":{"a":[1]}}', 'no list named list'],
    ['a list that is cut', '{"list":[{"a":1},{"a":', 'ends in the middle'],
    ['a text that is cut', '{"list":["a', 'ends in the middle'],
    ['brackets that do not match', '{"list":[}}', 'do not match'],
    ['a second document', '{"list":[1]}{"list":[2]}', 'behind the end'],
    ['deep nesting', `{"list":[${'['.repeat(20)}`, 'inside each other'],
    ['too many elements', `{"list":[${'1,'.repeat(50)}1]}`, 'more than 50 elements'],
  ])('refuses %s', (_what, document, message) => {
    expect(() => split(document)).toThrow(message)
    expect(() => split(document, [1_000])).toThrow(JsonListError)
  })

  it('passes over an element that is too large, with its beginning, and keeps the next', () => {
    const document = `{"list":[{"id":"CVE-2022-1","x":"${'x'.repeat(5_000)}"},{"id":"b"}]}`

    for (const cuts of [[3], [100], [10_000]]) {
      const [large, next] = split(document, cuts)

      expect(large).toMatchObject({ is: 'too-large', sizeBytes: 5_026 })
      if (large?.is !== 'too-large') throw new Error('unreachable')
      expect(Buffer.from(large.beginning).toString()).toMatch(/^\{"id":"CVE-2022-1","x":"x+$/)
      expect(textsOf([next!])).toEqual(['{"id":"b"}'])
    }
  })
})
