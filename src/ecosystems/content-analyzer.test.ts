import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentAnalysisOf } from './content-analyzer.suite.ts'
import { ANALYZERS, ECOSYSTEMS } from './index.ts'

const all = ECOSYSTEMS.flatMap(ecosystem =>
  (ecosystem.contentAnalyzers ?? []).map(analyzer => [analyzer.id, ecosystem.purlType, analyzer] as const),
)

/** First bytes of what is recognised, with fields that lead somewhere. */
const MARKS = ['7f454c460201010000000000000000000200', '7f454c4601020100', '4d5a', 'cffaedfe', 'feedfacf', 'cafebabe00000001', '504b0304', '504b0506'] // prettier-ignore

describe.each(all)('%s', (id, purlType, analyzer) => {
  it('is named for its ecosystem, and unlike any other reader', () => {
    expect(id.startsWith(`${purlType}/`)).toBe(true)
    expect([...ANALYZERS.map(one => one.id), ...all.map(([other]) => other)].filter(one => one === id)).toHaveLength(1)
  })

  it('is asked for no directory of ordinary files', () => {
    for (const path of [
      'etc/passwd.txt',
      'usr/share/doc/a/README',
      'app/main.py',
      'app/.git/objects/00/11',
      'a.json',
    ]) {
      expect(analyzer.wants(path)).toBe(false)
    }
  })

  it('answers any bytes after any mark without throwing', () => {
    const path = ['usr/bin/program', 'app/a-1.0.jar', 'app/a.egg', 'app/a.zip'].find(one => analyzer.wants(one))
    const content = fc.tuple(fc.constantFrom(...MARKS), fc.uint8Array({ minLength: 4096, maxLength: 20_000 }))
    fc.assert(
      fc.property(content, ([mark, bytes]) => {
        const analysis = contentAnalysisOf(analyzer, Buffer.concat([Buffer.from(mark, 'hex'), bytes]), path)
        const problems = analysis === null ? [] : 'reason' in analysis ? [analysis] : analysis.problems
        for (const { reason } of problems) expect(reason).toMatch(/^[a-z-]+$/)
      }),
      { numRuns: 60 },
    )
  })
})
