import { describe, expect, it } from 'vitest'
import { inTurn } from './in-turn.ts'

describe('inTurn', () => {
  it('runs one key in order, whatever fails, and other keys at once', async () => {
    const turn = inTurn()
    const seen: string[] = []
    let release = (): void => {}
    const held = new Promise<void>(resolve => (release = resolve))

    const first = turn('a', async () => {
      await held
      seen.push('a1')
      throw new Error('broken')
    })
    const second = turn('a', async () => {
      seen.push('a2')
      return 2
    })
    await turn('b', async () => seen.push('b'))
    release()

    await expect(first).rejects.toThrow('broken')
    expect(await second).toBe(2)
    expect(await turn('a', async () => 3)).toBe(3)
    expect(seen).toEqual(['b', 'a1', 'a2'])
  })
})
