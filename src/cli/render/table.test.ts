import { describe, expect, it } from 'vitest'
import { plainText } from './plain-text.ts'
import { renderTable } from './table.ts'

const columns = [
  { title: 'Severity', text: (row: { s: string; p: string }) => row.s },
  { title: 'Package', text: (row: { s: string; p: string }) => row.p, minWidth: 4 },
]

describe('renderTable', () => {
  it('lines the columns up', () => {
    const lines = renderTable([{ s: 'HIGH', p: 'curl' }], columns, { width: null, colour: false })

    expect(lines).toEqual(['Severity  Package', 'HIGH      curl'])
  })

  it('cuts the widest column to the terminal', () => {
    const lines = renderTable([{ s: 'HIGH', p: 'a-very-long-package-name' }], columns, { width: 20, colour: false })

    expect(lines[1]).toBe('HIGH      a-very-lo…')
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(20)
  })

  it('lets no escape sequence of an image reach the terminal', () => {
    const lines = renderTable([{ s: 'HIGH', p: 'evil\u001b[2J\nname\u202e' }], columns, { width: null, colour: false })

    expect(lines.join('\n')).not.toContain('\u001b')
    expect(lines[1]).toBe('HIGH      evil\\u001b[2J\\u000aname\\u202e')
  })
})

describe('plainText', () => {
  it('leaves ordinary text of any language alone', () => {
    expect(plainText('libc6 日本語 é')).toBe('libc6 日本語 é')
  })
})
