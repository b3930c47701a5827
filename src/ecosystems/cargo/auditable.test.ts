import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { elfOf, type ExecutablePart, machOOf, peOf } from '../../../test/support/executable-of.ts'
import { contentAnalysisOf, packagesIn } from '../content-analyzer.suite.ts'
import { cargoAuditable } from './auditable.ts'

const LIST = {
  packages: [
    { name: 'adler', version: '0.2.3', source: 'crates.io' },
    { name: 'cc', version: '1.0.0', source: 'crates.io', kind: 'build' },
    { name: 'tool', version: '1.0.0', source: 'local', root: true, dependencies: [0] },
    { name: 'forked', version: '2.0.0', source: 'git' },
  ],
}
const partsOf = (content: Uint8Array): readonly ExecutablePart[] => [
  { name: '.text', address: 0x1000, content: Buffer.alloc(500, 0x90), isExecutable: true },
  { name: '.dep-v0', address: 0x2000, content },
  { name: '.data', address: 0x3000, content: Buffer.alloc(9000), isWritable: true },
]
const packed = deflateSync(JSON.stringify(LIST))

describe('a Rust program', () => {
  it.each([
    ['ELF', elfOf],
    ['PE', peOf],
    ['Mach-O', machOOf],
  ])('names its crates in %s, without those that only built it and its own', (_format, build) => {
    const analysis = contentAnalysisOf(cargoAuditable, build(partsOf(packed)))

    expect(packagesIn(analysis)).toEqual(['adler 0.2.3', 'forked git'])
    expect(analysis).toMatchObject({ packages: [{ type: 'cargo', manager: 'CARGO' }, {}], problems: [] })
  })

  it('is one for several machines, of which the first counts', () => {
    const inner = machOOf(partsOf(packed))
    const head = Buffer.alloc(16_384)
    for (const [at, value] of [0xcafebabe, 1, 0, 0, head.length, inner.length].entries())
      head.writeUInt32BE(value, at * 4)

    // What lies inside counts from where the program begins.
    expect(packagesIn(contentAnalysisOf(cargoAuditable, Buffer.concat([head, inner])))).toEqual([
      'adler 0.2.3',
      'forked git',
    ])
  })

  it.each([
    ['is no zlib', Buffer.from('nothing')],
    ['is cut off', packed.subarray(0, 20)],
    ['holds something else', deflateSync('[]')],
    ['is a bomb', deflateSync(Buffer.alloc(40_000_000))],
  ])('whose list %s is a problem', (_what, content) => {
    expect(packagesIn(contentAnalysisOf(cargoAuditable, elfOf(partsOf(content))))).toBe('unreadable-crate-list')
  })

  it('without a list says nothing', () => {
    const parts = partsOf(packed).filter(({ name }) => name !== '.dep-v0')

    expect(contentAnalysisOf(cargoAuditable, elfOf(parts))).toBeNull()
    expect(contentAnalysisOf(cargoAuditable, elfOf(partsOf(packed)).subarray(0, 6000))).toBeNull()
  })
})
