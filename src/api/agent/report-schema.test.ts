import { describe, expect, it } from 'vitest'
import { RUNTIME_LIMITS } from '../../domain/runtime-facts.ts'
import { runtimeSchema } from './report-schema.ts'

describe('what an agent says of running processes', () => {
  it('with a path of more than pathCharacters is refused', () => {
    const facts = (length: number) => ({ listening: [], loaded: [], unowned: ['x'.repeat(length)], gaps: [] })

    expect(runtimeSchema.safeParse(facts(RUNTIME_LIMITS.pathCharacters)).success).toBe(true)
    expect(runtimeSchema.safeParse(facts(RUNTIME_LIMITS.pathCharacters + 1)).success).toBe(false)
  })
})
