import { describe, expect, it } from 'vitest'

import { splitDocuments } from './split-documents.ts'

describe('a text of JSON documents', () => {
  it.each([
    ['one', '{"a":1}', [{ a: 1 }]],
    ['one that is no object', '3', [3]],
    ['several without anything between them', '{"a":"}{"}[1,[2]]{}', [{ a: '}{' }, [1, [2]], {}]],
    ['one on each line', '{"a":"\\"}"}\n\n{"b":2}\r\n', [{ a: '"}' }, { b: 2 }]],
  ])('gives each of them: %s', (_what, text, documents) => {
    expect(splitDocuments(text)).toEqual({ documents, fault: null })
  })

  it('gives those before the place where it is cut off, and names the line', () => {
    expect(splitDocuments('{"a":1}\n{"b":[1')).toEqual({
      documents: [{ a: 1 }],
      fault: { is: 'truncated', detail: 'the document that begins in line 2 does not end: the file is cut off' },
    })
  })

  it.each([
    ['nothing', '', 'empty'],
    ['words', 'An error occurred (UnauthorizedOperation)', 'line 1 is not JSON'],
    ['a document that is none', '{"a":1} {a}', 'line 1 is not JSON'],
    ['a stray bracket', '{} ]', 'line 1 is not JSON'],
  ])('says what it is when it is no JSON: %s', (_what, text, detail) => {
    const { fault } = splitDocuments(text)

    expect(fault?.is).toBe('unreadable')
    expect(fault?.detail).toContain(detail)
  })

  it('is read in a time that its length bounds', () => {
    const documents = splitDocuments('{}'.repeat(200_000)).documents

    expect(documents).toHaveLength(200_000)
    expect(splitDocuments('['.repeat(5_000_000)).fault?.is).toBe('truncated')
  })
})
