import { describe, expect, it } from 'vitest'
import { fuzzTargets } from './targets.ts'
import { inputOf } from './worker.ts'

/** Inputs for each reader; `npm run fuzz` goes on from there, with a bounded heap and a watch over the time. */
const INPUTS = 150
const SEED = 20_261_123

const targets = await fuzzTargets()

describe('readers of what comes from outside', () => {
  it.each(targets.map(target => [target.name, target] as const))('%s answers mutated inputs', async (_name, target) => {
    for (const seed of target.seeds) await target.run(seed)
    for (let number = 0; number < (target.unitInputs ?? INPUTS); number++) {
      const input = inputOf(target, SEED, number)
      try {
        await target.run(input)
      } catch (cause) {
        throw new Error(`input ${number} of seed ${SEED}`, { cause })
      }
    }

    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('have names of their own', () => {
    expect(new Set(targets.map(target => target.name)).size).toBe(targets.length)
  })
})
