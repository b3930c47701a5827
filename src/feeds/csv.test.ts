import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CsvError, csvRows, type CsvLimits } from './csv.ts'

const LIMITS: CsvLimits = { rows: 1_000, rowCharacters: 10_000, columns: 20 }

function rowsOf(text: string, limits: Partial<CsvLimits> = {}): readonly (readonly string[])[] {
  return [...csvRows(text, { ...LIMITS, ...limits })]
}

describe('csvRows', () => {
  it.each([
    ['', []],
    ['a,b', [['a', 'b']]],
    ['\uFEFFa,b\n', [['a', 'b']]],
    [
      'a,\r\n,b\r\n',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['"a,b",c', [['a,b', 'c']]],
    ['"he said ""no""",c\n', [['he said "no"', 'c']]],
    ['"two\nlines","",\n\nx', [['two\nlines', '', ''], ['x']]],
    ['a"b,c', [['a"b', 'c']]],
    ['a\rb,c', [['a\rb', 'c']]],
  ])('reads %j', (text, rows) => {
    expect(rowsOf(text)).toEqual(rows)
  })

  it.each([
    ['a quote that does not end', '"a,b\nc', {}],
    ['text behind a quote', '"a"b,c', {}],
    ['a lone carriage return behind a quote', '"a"\rb', {}],
    ['too many rows', 'a\nb\nc', { rows: 2 }],
    ['too many columns', 'a,b,c', { columns: 2 }],
    ['a row that is too long', 'aaaa,bbbb', { rowCharacters: 8 }],
    ['a quoted field that is too long', `"${'a'.repeat(9)}"`, { rowCharacters: 8 }],
  ])('refuses %s', (_what, text, limits) => {
    expect(() => rowsOf(text, limits)).toThrow(CsvError)
  })

  it('reads back whatever was written', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') })
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 5 }), { maxLength: 8 })
    fc.assert(
      fc.property(table, rows => {
        const text = rows.map(row => row.map(value => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n')

        expect(rowsOf(text)).toEqual(rows)
      }),
    )
  })
})
