import { describe, expect, it } from 'vitest'
import { namespace } from '../../domain/namespace.ts'
import { golang } from './ecosystem.ts'

describe('the face of Go', () => {
  it('believes reviewed records of Go first, then GitHub, then what nobody reviewed', () => {
    const entry = { namespace: namespace('golang'), name: 'example.com/m', ranges: [], versions: [] }
    const ranks = [
      golang.rankOfAdvisory('GO-2022-0956', entry),
      golang.rankOfAdvisory('GHSA-6q6q-88xp-6f2r'),
      golang.rankOfAdvisory('GO-2025-3982', { ...entry, isUnreviewed: true }),
    ]

    expect(ranks).toEqual([...ranks].sort((a, b) => b - a))
    expect(new Set(ranks).size).toBe(3)
  })

  it('meets modules whatever their capitals', () => {
    expect(golang.canonicalName('github.com/BurntSushi/toml')).toBe('github.com/burntsushi/toml')
  })

  it('claims only Go of the OSV names', () => {
    expect(golang.namespaceOfOsv('Go')).toBe('golang')
    expect(golang.namespaceOfOsv('go')).toBeNull()
  })
})
