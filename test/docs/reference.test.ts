import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REFERENCE_PAGES } from '../../scripts/reference-pages.ts'

describe('docs/reference', () => {
  it.each(Object.keys(REFERENCE_PAGES))('%s says what the code does (npm run docs rewrites it)', name => {
    const written = readFileSync(join(import.meta.dirname, '../../docs/reference', name), 'utf8')

    expect(written).toBe(REFERENCE_PAGES[name]?.())
  })
})
