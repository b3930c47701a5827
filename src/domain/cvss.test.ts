import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCvss } from './cvss.ts'

/** Vectors and scores that NVD and FIRST's example documents publish. */
const PUBLISHED: readonly (readonly [score: number, version: string, vector: string])[] = [
  [7.8, '2.0', 'AV:N/AC:L/Au:N/C:N/I:N/A:C'],
  [10, '2.0', 'AV:N/AC:L/Au:N/C:C/I:C/A:C'],
  [6.2, '2.0', 'AV:L/AC:H/Au:N/C:C/I:C/A:C'],
  [5, '2.0', '(AV:N/AC:L/Au:N/C:P/I:N/A:N)'],
  [4.3, '2.0', 'AV:N/AC:M/Au:N/C:N/I:P/A:N'],
  [5.5, '2.0', 'AV:N/AC:L/Au:S/C:P/I:P/A:N'],
  [9, '2.0', 'AV:N/AC:L/Au:S/C:C/I:C/A:C'],
  [4.6, '2.0', 'AV:L/AC:L/Au:N/C:P/I:P/A:P'],
  [8.5, '2.0', 'AV:N/AC:M/Au:S/C:C/I:C/A:C'],
  [0, '2.0', 'AV:N/AC:L/Au:N/C:N/I:N/A:N'],
  [10, '3.1', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H'],
  [9.8, '3.1', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
  [9.9, '3.0', 'CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H'],
  [7.5, '3.0', 'CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N'],
  [6.1, '3.0', 'CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N'],
  [6.4, '3.0', 'CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N'],
  [3.1, '3.0', 'CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N'],
  [4.2, '3.0', 'CVSS:3.0/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L'],
  [8.8, '3.1', 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H'],
  [7.8, '3.1', 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H'],
  [5.8, '3.0', 'CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:L/A:N'],
  [6.8, '3.0', 'CVSS:3.0/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
  [0, '3.1', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:N/A:N'],
  [7.5, '3.1', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:P/RL:O/RC:C/MAV:L'],
  [10, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H'],
  [9.3, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'],
  [8.7, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N'],
  [7.3, '4.0', 'CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'],
  [7.7, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'],
  [8.3, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N'],
  [6.9, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N/E:U'],
  [4.6, '4.0', 'CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N'],
  [5.1, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N'],
  [0, '4.0', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N'],
]

describe('CVSS base scores', () => {
  it.each(PUBLISHED)('%d for CVSS %s %s', (baseScore, version, vector) => {
    expect(parseCvss(vector)).toMatchObject({ ok: true, value: { version, baseScore, vector } })
  })
})

/** Scores of all groups that FIRST's documents publish: the guide to 2.0 (section 3.3), the examples and tests of 4.0. */
const GROUPS: readonly (readonly [base: number, temporal: number | null, environmental: number | null, string])[] = [
  [7.8, 6.4, 0, 'AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:N/TD:N/CR:M/IR:M/AR:H'],
  [7.8, 6.4, 9.2, 'AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H'],
  [10, 8.3, 9, 'AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L'],
  [6.2, 4.9, 7.5, 'AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M'],
  [7.7, 5.2, null, 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U'],
  [
    8.3,
    null,
    8.1,
    'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L',
  ],
  [
    9.4,
    8.6,
    7,
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P/CR:L/IR:H/AR:L/MAV:L/MAC:H/MAT:N/MPR:N/MUI:N/MVC:N/MVI:H/MVA:L/MSC:N/MSI:S/MSA:L',
  ],
  [
    9.4,
    8.6,
    7.4,
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P/CR:L/IR:H/AR:H/MAV:A/MAC:H/MAT:N/MPR:L/MUI:N/MVC:L/MVI:H/MVA:H/MSC:L/MSI:S/MSA:S',
  ],
  [
    9.4,
    8.6,
    8.7,
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P/CR:M/IR:H/AR:M/MAV:N/MAC:H/MAT:N/MPR:L/MUI:N/MVC:H/MVI:H/MVA:H/MSC:H/MSI:S/MSA:H',
  ],
  [9.4, null, null, 'CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/S:P/AU:Y/V:C/RE:L'],
  // What says nothing is no group.
  [9.8, null, null, 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:X/RL:X/RC:X/CR:X/MAV:X'],
  [9.8, 8.5, null, 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C'],
  [9.8, null, 8.4, 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MAV:L'],
]

it.each(GROUPS)('%d, %s and %s for %s', (baseScore, temporalScore, environmentalScore, vector) => {
  const overallScore = environmentalScore ?? temporalScore ?? baseScore

  expect(parseCvss(vector)).toMatchObject({
    ok: true,
    value: { baseScore, temporalScore, environmentalScore, overallScore },
  })
})

describe('the scores of other groups', () => {
  const of = (vector: string, group: 'temporalScore' | 'environmentalScore' | 'overallScore'): number => {
    const parsed = parseCvss(vector)
    if (!parsed.ok) throw new Error(`${vector}: ${parsed.error.reason}`)
    return parsed.value[group] ?? parsed.value.baseScore
  }
  const metrics = (steps: Readonly<Record<string, string>>): fc.Arbitrary<string> =>
    fc
      .tuple(
        ...Object.entries(steps).map(([name, values]) =>
          fc.constantFrom(...values.split(' ').map(value => `${name}:${value}`)),
        ),
      )
      .map(parts => parts.join('/'))
  const v2 = metrics({ AV: 'N A L', AC: 'L M H', Au: 'N S M', C: 'C P N', I: 'C P N', A: 'C P N' })
  const v3 = metrics({ AV: 'N A L P', AC: 'L H', PR: 'N L H', UI: 'N R', S: 'C U', C: 'H L N', I: 'H L N', A: 'H L N' })
  const v4 = metrics({
    AV: 'N A L P', AC: 'L H', AT: 'N P', PR: 'N L H', UI: 'N P A', VC: 'H L N', VI: 'H L N', VA: 'H L N', SC: 'H L N',
    SI: 'H L N', SA: 'H L N',
  }) // prettier-ignore
  const all = fc.oneof(
    fc.tuple(fc.constant('2.0'), v2),
    fc.tuple(
      fc.constantFrom('3.0', '3.1'),
      v3.map(text => text),
    ),
    fc.tuple(fc.constant('4.0'), v4),
  )
  const written = (version: string, text: string): string => (version === '2.0' ? text : `CVSS:${version}/${text}`)

  it('never rise when exploits become less mature', () => {
    const maturities = { '2.0': 'H F POC U', '3.0': 'H F P U', '3.1': 'H F P U', '4.0': 'A P U' }
    fc.assert(
      fc.property(all, ([version, text]) => {
        const values = maturities[version].split(' ')
        const scores = values.map(value => of(`${written(version, text)}/E:${value}`, 'temporalScore'))

        expect(scores).toEqual(scores.toSorted((a, b) => b - a))
        expect(scores[0]).toBe(of(written(version, text), 'overallScore'))
      }),
    )
  })

  it('are those of the base where modified metrics repeat it', () => {
    const repeated = (text: string): string => text.replaceAll(/(^|\/)/g, '$1M')
    fc.assert(
      fc.property(v4, text => {
        expect(of(`CVSS:4.0/${text}/${repeated(text)}`, 'environmentalScore')).toBe(
          of(`CVSS:4.0/${text}`, 'overallScore'),
        )
      }),
    )
    // With a changed scope the equations of 3.1 differ on purpose, and the cap on impact binds.
    fc.assert(
      fc.property(v3, text => {
        const within = text.replace('S:C', 'S:U')
        expect(of(`CVSS:3.1/${within}/${repeated(within)}`, 'environmentalScore')).toBe(
          of(`CVSS:3.1/${within}`, 'overallScore'),
        )
      }),
    )
  })

  it('never rise when less is required, or when an attack needs more', () => {
    // Only within a scope does more impact always score more: the bent term of a changed one falls again near its top.
    const within = v3.map(text => text.replace('S:C', 'S:U'))
    fc.assert(
      fc.property(fc.constantFrom('3.0', '3.1'), within, fc.constantFrom('CR', 'IR', 'AR'), (version, text, name) => {
        const scores = ['H', 'M', 'L'].map(value =>
          of(`CVSS:${version}/${text}/${name}:${value}`, 'environmentalScore'),
        )
        expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      }),
    )
    fc.assert(
      fc.property(v4, text => {
        const scores = ['N', 'A', 'L', 'P'].map(value => of(`CVSS:4.0/${text}/MAV:${value}`, 'environmentalScore'))
        expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      }),
    )
  })

  it('take harm to people for worse than any other impact', () => {
    const around = 'CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'

    expect([
      of(around, 'overallScore'),
      of(`${around}/MSI:H`, 'overallScore'),
      of(`${around}/MSI:S`, 'overallScore'),
    ]).toEqual([7, 8.3, 9.2])
  })
})

describe('a text that is no CVSS vector', () => {
  it.each([
    '',
    'HIGH',
    '7.5',
    'CVSS:3.1',
    'CVSS:3.1/',
    'CVSS:5.0/AV:N',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/A:H',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/ZZ:1',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/__proto__:N',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:',
    'cvss:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'AV:N/AC:L/Au:N/C:P/I:N/A:N)',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:S/VA:H/SC:H/SI:S/SA:H',
    'CVSS:3.1/'.padEnd(500, 'AV:N/'),
  ])('is an error, never a zero: %j', text => {
    expect(parseCvss(text)).toMatchObject({ ok: false, error: { is: 'unreadable-cvss', text: text.slice(0, 200) } })
  })
})

/** Every base vector; `steps` maps each metric to its values, the most severe first. */
function everyScore(prefix: string, steps: Readonly<Record<string, string>>): Map<string, number> {
  let vectors = ['']
  for (const [name, values] of Object.entries(steps)) {
    vectors = vectors.flatMap(start => values.split('').map(value => `${start}/${name}:${value}`))
  }
  const scores = new Map<string, number>()
  for (const vector of vectors) {
    const parsed = parseCvss(prefix + vector.slice(prefix === '' ? 1 : 0))
    if (!parsed.ok) throw new Error(vector)
    scores.set(vector, parsed.value.baseScore)
  }
  return scores
}

describe.each([
  [
    '2.0',
    '',
    { AV: 'NAL', AC: 'LMH', Au: 'NSM', C: 'CPN', I: 'CPN', A: 'CPN' },
    ['AV', 'AC', 'Au', 'C', 'I', 'A'],
    729,
  ],
  [
    '3.0',
    'CVSS:3.0',
    { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'CU', C: 'HLN', I: 'HLN', A: 'HLN' },
    ['AV', 'AC', 'PR', 'UI'],
    2592,
  ],
  [
    '3.1',
    'CVSS:3.1',
    { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'U', C: 'HLN', I: 'HLN', A: 'HLN' },
    ['AV', 'AC', 'PR', 'UI', 'C', 'I', 'A'],
    1296,
  ],
  [
    '4.0',
    'CVSS:4.0',
    {
      AV: 'NALP',
      AC: 'LH',
      AT: 'NP',
      PR: 'NLH',
      UI: 'NPA',
      VC: 'HLN',
      VI: 'HLN',
      VA: 'HLN',
      SC: 'HLN',
      SI: 'HLN',
      SA: 'HN',
    },
    [],
    69_984,
  ],
] as const)('every base vector of CVSS %s', (_version, prefix, steps, monotone, count) => {
  const scores = everyScore(prefix, steps) // prettier-ignore

  it('has a score from 0 to 10 with one decimal', () => {
    expect(scores.size).toBe(count)
    const odd = [...scores.values()].filter(score => score < 0 || score > 10 || Number(score.toFixed(1)) !== score)
    expect(odd).toEqual([])
  })

  it.each(monotone)('never scores higher when %s becomes less severe', metric => {
    const values: string = new Map(Object.entries(steps)).get(metric) ?? ''
    const wrong: string[] = []
    for (const [vector, score] of scores) {
      const value = vector.split(`/${metric}:`)[1]?.charAt(0) ?? ''
      const next = values.charAt(values.indexOf(value) + 1)
      if (next === '') continue
      const milder = scores.get(vector.replace(`/${metric}:${value}`, `/${metric}:${next}`))
      if (milder === undefined || milder > score) wrong.push(vector)
    }
    expect(wrong).toEqual([])
  })
})

it('rounds every CVSS 2.0 score as exact arithmetic does', () => {
  const thousandths: Readonly<Record<string, Readonly<Record<string, bigint>>>> = {
    AV: { L: 395n, A: 646n, N: 1000n },
    AC: { H: 350n, M: 610n, L: 710n },
    Au: { M: 450n, S: 560n, N: 704n },
    C: { N: 0n, P: 275n, C: 660n },
  }
  for (const [vector, score] of everyScore('', { AV: 'NAL', AC: 'LMH', Au: 'NSM', C: 'CPN', I: 'CPN', A: 'CPN' })) {
    const of = (metric: string, table: string): bigint =>
      thousandths[table]![vector.split(`/${metric}:`)[1]!.charAt(0)]!
    const kept = ['C', 'I', 'A'].reduce((product, metric) => product * (1000n - of(metric, 'C')), 1n)
    // 0.6 * 10.41 * (1 - kept) + 0.4 * 20 * exploitability - 1.5 in units of 1e-12; the factor 1.176 adds three digits.
    const exact =
      (6246n * (10n ** 9n - kept) + 8000n * of('AV', 'AV') * of('AC', 'AC') * of('Au', 'Au') - 1500n * 10n ** 9n) *
      1176n
    // `exact` counts 1e-15; one decimal is 1e14 of them; half up.
    const tenths = kept === 10n ** 9n ? 0n : (exact + 5n * 10n ** 13n) / 10n ** 14n
    expect(BigInt(Math.round(score * 10))).toBe(tenths)
  }
})
