import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonMembers, JsonMembersError } from './json-members.ts'

const LIMITS = { valueBytes: 1_000, members: 100, depth: 10 }

function membersOf(text: string, limits = LIMITS): [string, unknown][] {
  return [...jsonMembers(Buffer.from(text), limits)].map(member => [
    member.key,
    member.is === 'member' ? JSON.parse(Buffer.from(member.bytes).toString('utf8')) : member.is,
  ])
}

describe('the members of a JSON object', () => {
  it('are what JSON.parse reads, in their order', () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 20 })
    fc.assert(
      fc.property(document, fc.nat(2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(membersOf(text, { ...LIMITS, valueBytes: 100_000 })).toEqual(Object.entries(JSON.parse(text) as object))
      }),
    )
  })

  it('are handed out one by one, and a large one is told and passed over', () => {
    expect(membersOf(`{"a": [1], "b": "${'x'.repeat(1_000)}", "c": {}}`)).toEqual([
      ['a', [1]],
      ['b', 'too-large'],
      ['c', {}],
    ])
  })

  it('may stand behind a byte order mark', () => {
    expect(membersOf('\uFEFF{"a": 1}')).toEqual([['a', 1]])
  })

  it.each([
    ['', 'nothing'],
    ['[]', 'a list'],
    ['{', 'no end'],
    ['{"a"', 'no value'],
    ['{"a" 1}', 'no colon'],
    ['{"a": "}', 'a string without end'],
    ['{"a": 1,', 'a comma at the end'],
    ['{a: 1}', 'a bare key'],
    ['{"a": 1]', 'another bracket'],
    ['{"a": 1} x', 'text behind the end'],
    [`{"a": ${'['.repeat(20)}`, 'too many lists inside each other'],
    [`{${Array.from({ length: 101 }, (_, at) => `"${at}": 1`).join()}}`, 'too many members'],
    [`{"${'k'.repeat(5_000)}": 1}`, 'a key that is too long'],
  ])('%s is refused: %s', text => {
    expect(() => membersOf(text)).toThrow(JsonMembersError)
  })
})
