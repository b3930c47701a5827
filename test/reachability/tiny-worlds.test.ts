import { describe, expect, it } from 'vitest'
import { compareAll } from './agreement.ts'
import { countOf, TINY_FAMILIES, tinyWorld } from './tiny-worlds.ts'

/** Of each family; `npm run agree -- --exhaustive` asks about all of them. */
const WORLDS = 220

/** A step that shares no factor with the count meets all choices of every list in turn. */
function strideThrough(count: number): number {
  let step = Math.max(1, Math.floor(count / WORLDS))
  while ([2, 3, 5].some(factor => step % factor === 0)) step += 1
  return step
}

describe('in tiny worlds, where everything can be asked', () => {
  it.each(TINY_FAMILIES.map(family => [family.name, family] as const))(
    'the analysis and the packet simulator answer alike: %s',
    (_, family) => {
      const step = strideThrough(countOf(family))
      let [asked, open] = [0, 0]
      for (let number = 0; number < countOf(family); number += step) {
        const { calls, text } = tinyWorld(family, number)
        const answered = compareAll(calls)
        expect(answered.disagreement?.text ?? null, `world ${text}`).toBeNull()
        asked += answered.asked
        open += answered.open
      }

      expect(asked).toBeGreaterThan(WORLDS * 100)
      // Agreeing on closed worlds alone would prove nothing.
      expect(open).toBeGreaterThan(0)
    },
  )
})
