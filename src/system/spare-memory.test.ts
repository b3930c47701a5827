import { afterEach, describe, expect, it, vi } from 'vitest'
import { spareMemory } from './spare-memory.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('spareMemory', () => {
  it('collects once, when the last work has been over for a while', () => {
    vi.useFakeTimers()
    const collect = vi.fn<() => void>()
    const spare = spareMemory(1_000, collect)

    for (let round = 0; round < 5; round++) {
      spare.afterWork()
      vi.advanceTimersByTime(900)
    }
    expect(collect).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)

    expect(collect).toHaveBeenCalledTimes(1)
    spare.afterWork()
    spare.close()
    vi.advanceTimersByTime(10_000)
    expect(collect).toHaveBeenCalledTimes(1)
  })

  it('reaches what V8 would have kept', async () => {
    const spare = spareMemory(1)
    let collected = false
    const registry = new FinalizationRegistry(() => {
      collected = true
    })
    registry.register(
      Array.from({ length: 1_000 }, (_, at) => `${at}`),
      'held by nobody',
    )

    spare.afterWork()

    await vi.waitFor(() => expect(collected).toBe(true))
  })
})
