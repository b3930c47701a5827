import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare } from './agreement.ts'
import { drawFrom, drawSeeded } from './draw.ts'
import { drawNetwork } from './random-network.ts'

const NETWORKS = 300
const PROBES = 40
/** Enough choices for any network of the generator; what is beyond is chosen plainly. */
const CHOICES = 600

describe('the analysis and the packet simulator', () => {
  it(`answer alike on ${NETWORKS} random networks`, () => {
    let [asked, open] = [0, 0]
    for (let seed = 1; seed <= NETWORKS; seed += 1) {
      const draw = drawSeeded(seed)
      const answered = compare(drawNetwork(draw), draw, PROBES)
      expect(answered.disagreement?.text ?? null, `seed ${seed}`).toBeNull()
      asked += answered.asked
      open += answered.open
    }

    // Agreeing on closed networks alone would prove nothing.
    expect(asked).toBeGreaterThan(NETWORKS * PROBES * 0.9)
    expect(open).toBeGreaterThan(asked / 20)
  })

  it('answer alike on networks that shrink', () => {
    const choices = fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 40, maxLength: CHOICES, size: 'max' })
    fc.assert(
      fc.property(choices, fc.nat(), (drawn, seed) => {
        expect(compare(drawNetwork(drawFrom(drawn)), drawSeeded(seed), 20).disagreement?.text ?? null).toBeNull()
      }),
      { numRuns: 60 },
    )
  })
})
