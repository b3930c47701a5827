import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../base/log.ts'
import type { JobDefinition, JobQueue } from './job-queue.ts'
import { pgBossQueue, type QueueDatabase } from './pg-boss-queue.ts'

const INPUT = z.object({ n: z.number() })

/** What `JobQueue` promises, on whatever database. */
export function keepsTheJobQueuePromises(database: () => QueueDatabase): void {
  let queue: JobQueue
  let names = 0

  beforeEach(async () => {
    queue = await pgBossQueue(database(), { log: silentLog })
  })
  afterEach(() => queue.stop(1_000))

  function aKind(given: Partial<JobDefinition<{ n: number }>> = {}): JobDefinition<{ n: number }> {
    names++
    return {
      name: `kind-${process.pid}-${names}`,
      parse: input => INPUT.parse(input),
      concurrency: 1,
      retries: 2,
      heartbeatSeconds: 10,
      timeoutSeconds: 60,
      ...given,
    }
  }

  /** Resolves when `count` inputs have been handled. */
  function collector(count: number) {
    const seen: number[] = []
    let finish: (seen: number[]) => void
    const all = new Promise<number[]>(resolve => {
      finish = resolve
    })
    const handle = async ({ n }: { n: number }) => {
      seen.push(n)
      if (seen.length === count) finish(seen)
    }
    return { seen, all, handle }
  }

  describe('order', () => {
    it('serves an earlier lane first, and one lane in order of arrival', async () => {
      const kind = aKind()
      const { all, handle } = collector(5)
      await queue.enqueue(kind, { n: 1 }, { lane: 'schedule' })
      await queue.enqueue(kind, { n: 2 }, { lane: 'push' })
      await queue.enqueue(kind, { n: 3 }, { lane: 'person' })
      await queue.enqueue(kind, { n: 4 }, { lane: 'advisory' })
      await queue.enqueue(kind, { n: 5 }, { lane: 'push' })

      await queue.work(kind, handle)

      expect(await all).toEqual([3, 2, 5, 4, 1])
    })

    it('wakes a waiting worker at once', async () => {
      const kind = aKind()
      const { all, handle } = collector(1)
      await queue.work(kind, handle)
      await new Promise(resolve => setTimeout(resolve, 300))

      const start = performance.now()
      await queue.enqueue(kind, { n: 1 }, { lane: 'person' })
      await all

      expect(performance.now() - start).toBeLessThan(400)
    })
  })

  describe('keys', () => {
    it('keeps one waiting job for a key, and any number without one', async () => {
      const kind = aKind()
      for (const n of [1, 2, 3]) await queue.enqueue(kind, { n }, { lane: 'push', key: 'same' })
      await queue.enqueueAll(
        kind,
        [
          { input: { n: 4 }, key: 'same' },
          { input: { n: 5 }, key: `other${'!'.repeat(500)}` },
          { input: { n: 6 }, key: `other${'!'.repeat(500)}` },
          { input: { n: 7 } },
          { input: { n: 8 } },
        ],
        { lane: 'push' },
      )
      const { all, handle } = collector(4)

      await queue.work(kind, handle)

      expect((await all).toSorted((a, b) => a - b)).toEqual([1, 5, 7, 8])
      await expect.poll(() => queue.pending()).toBe(0)
    })

    it('adds a job while one of its key is running', async () => {
      const kind = aKind({ concurrency: 2 })
      const { all, handle } = collector(2)
      await queue.enqueue(kind, { n: 1 }, { lane: 'push', key: 'same' })

      await queue.work(kind, async input => {
        if (input.n === 1) await queue.enqueue(kind, { n: 2 }, { lane: 'push', key: 'same' })
        await handle(input)
      })

      expect(await all).toEqual([1, 2])
    })

    it('runs one job of a key at a time where that is asked for, in whatever process, and loses none', async () => {
      const kind = aKind({ concurrency: 2, isExclusive: true })
      const another = await pgBossQueue(database(), { log: silentLog })
      const { all, handle } = collector(3)
      let running = 0
      let most = 0
      const handler = async (input: { n: number }): Promise<void> => {
        running += 1
        most = Math.max(most, running)
        if (input.n < 3) await queue.enqueue(kind, { n: input.n + 1 }, { lane: 'push', key: 'same' })
        await new Promise(resolve => {
          setTimeout(resolve, 300)
        })
        running -= 1
        await handle(input)
      }
      await queue.enqueue(kind, { n: 1 }, { lane: 'push', key: 'same' })

      await queue.work(kind, handler)
      await another.work(kind, handler)

      expect(await all).toEqual([1, 2, 3])
      expect(most).toBe(1)
      await another.stop(1_000)
    })
  })

  describe('failures', () => {
    it('tries again after a failure, and gives up after the last retry', async () => {
      const kind = aKind({ retries: 1 })
      let attempts = 0
      await queue.enqueue(kind, { n: 1 }, { lane: 'push' })

      await queue.work(kind, async () => {
        attempts++
        throw new Error('always')
      })

      await expect.poll(() => attempts, { timeout: 20_000 }).toBe(2)
      await expect.poll(() => queue.pending()).toBe(0)
      expect(attempts).toBe(2)
    })

    it('fails input that it does not understand for good', async () => {
      const old = aKind({ parse: () => ({ n: 0 }) })
      await queue.enqueue(old, { n: 'not a number' } as never, { lane: 'push' })
      let ran = false

      await queue.work({ ...old, parse: input => INPUT.parse(input) }, async () => {
        ran = true
      })

      await expect.poll(() => queue.pending()).toBe(0)
      expect(ran).toBe(false)
    })

    it('aborts the signal of a job that runs too long', async () => {
      const kind = aKind({ timeoutSeconds: 1, retries: 0 })
      await queue.enqueue(kind, { n: 1 }, { lane: 'push' })

      const aborted = new Promise<boolean>(resolve => {
        void queue.work(kind, async (_input, signal) => {
          await new Promise<void>(end => signal.addEventListener('abort', () => end(), { once: true }))
          resolve(signal.aborted)
        })
      })

      expect(await aborted).toBe(true)
    })
  })

  describe('time', () => {
    it('waits before a deferred job', async () => {
      const kind = aKind()
      const { seen, all, handle } = collector(1)
      await queue.work(kind, handle)

      await queue.enqueue(kind, { n: 1 }, { lane: 'push', startAfterSeconds: 1 })
      await new Promise(resolve => setTimeout(resolve, 500))
      const early = seen.length
      await all

      expect(early).toBe(0)
    })

    it('repeats a job once for each slot of time, however many processes ask', async () => {
      const kind = aKind()
      const second = await pgBossQueue(database(), { log: silentLog })
      const { seen, all, handle } = collector(2)
      await queue.work(kind, handle)

      await queue.repeat(kind, { n: 1 }, 3600)
      await second.repeat(kind, { n: 2 }, 3600)
      await expect.poll(() => seen.length).toBe(1)
      await second.stop(0)
      await expect.poll(() => queue.pending()).toBe(0)

      const quick = aKind()
      await queue.work(quick, handle)
      await queue.repeat(quick, { n: 3 }, 2)
      expect(await all).toEqual([1, 3])
    })
  })

  it('gives back what is still running when it stops', async () => {
    const kind = aKind()
    const stopping = await pgBossQueue(database(), { log: silentLog })
    await stopping.enqueue(kind, { n: 1 }, { lane: 'push' })
    const started = new Promise<void>(resolve => {
      void stopping.work(kind, async (_input, signal) => {
        resolve()
        await new Promise<void>(end => signal.addEventListener('abort', () => end(), { once: true }))
        throw new Error('stopped')
      })
    })
    await started
    await stopping.stop(100)
    const { all, handle } = collector(1)

    await queue.work(kind, handle)

    expect(await all).toEqual([1])
  })
}
