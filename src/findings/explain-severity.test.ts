import { describe, expect, it } from 'vitest'
import type { CvssScore } from '../domain/vulnerability.ts'
import { chooseScore } from './choose-score.ts'
import { explainSeverity } from './explain-severity.ts'

const score = (version: string, baseScore: number, source = 'NVD'): CvssScore => {
  return { version, baseScore, source, vector: `vector ${version}` }
}

describe('why a severity', () => {
  it.each([
    ['cvss-3', [score('3.1', 9.8), score('4.0', 5)], 'low', 'CRITICAL', '9.8 (CVSS 3.1) of NVD'],
    ['vendor-word', [score('4.0', 9.8)], 'low', 'LOW', 'The vendor\'s word "low"'],
    ['cvss-4', [score('4.0', 7.1, 'GITHUB'), score('2.0', 9)], 'not yet assigned', 'HIGH', '7.1 (CVSS 4.0) of GITHUB'],
    ['cvss-2', [score('2.0', 5)], null, 'MEDIUM', '5.0 (CVSS 2.0) of NVD'],
    ['bare-score', [score('4.0', 9.8)], 'not yet assigned', 'HIGH', '7.5 of PHOTON_CVE', 7.5],
    ['vendor-word', [], 'low', 'LOW', 'The vendor\'s word "low"', 7.5],
    ['cvss-3', [score('3.1', 5)], null, 'MEDIUM', '5.0 (CVSS 3.1) of NVD', 7.5],
    ['nothing', [], null, 'UNTRIAGED', 'Nobody has given'],
  ] as const)('%s', (rule, cvss, vendorSeverity, severity, words, number?: number) => {
    const bare = number === undefined ? {} : { bareScore: { score: number, source: 'PHOTON_CVE' } }
    const explained = explainSeverity({ cvss, vendorSeverity, ...bare })

    expect(explained).toMatchObject({ rule, severity })
    expect(explained.because).toContain(words)
    expect({ score: explained.chosen, severity: explained.severity }).toEqual(
      chooseScore({ cvss, vendorSeverity, ...bare }),
    )
    expect(explained.scores.filter(({ isChosen }) => isChosen)).toHaveLength(explained.chosen === null ? 0 : 1)
  })
})
