import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXTENSIONS } from '../../src/api/extensions/index.ts'

describe('docs/reference/extensions.md', () => {
  it('lists the operations of our own, each and no other', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/extensions.md'), 'utf8')
    const listed = [...page.matchAll(/^\| `([A-Z]+ \/openinspector\/[^`]+)`/gm)].map(match => match[1] ?? '')
    const served = EXTENSIONS.map(({ method, path }) => `${method} ${path}`)

    expect(listed.toSorted()).toEqual(served.toSorted())
  })
})
