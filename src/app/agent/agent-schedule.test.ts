import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { AgentSchedule } from './agent-schedule.ts'
import type { TaskOutcome } from './agent-settings.ts'

const settings = { deepHours: 6, longestPauseSeconds: 300 }
const HOUR_MS = 3_600_000
const DONE: TaskOutcome = { isDone: true, isKept: true, error: null, needsPerson: false, checkInSeconds: 1_800 }
const UNREACHED: TaskOutcome = { ...DONE, isDone: false, error: 'away', checkInSeconds: null }

/** One that has reported and searched at 0. */
function atRest(): AgentSchedule {
  const schedule = new AgentSchedule(settings, 0, null, () => 0.5)
  expect([schedule.next(0), schedule.next(0), schedule.next(0)]).toEqual(['report', 'search', null])
  schedule.ended('report', DONE, 0)
  schedule.ended('search', DONE, 0)
  expect(schedule.next(0)).toBe('report')
  schedule.ended('report', DONE, 0)
  return schedule
}

describe('an agent at rest', () => {
  it('wakes up before the server calls it late, and not sooner', () => {
    const schedule = atRest()

    const waitMs = schedule.waitMs(0)

    expect(waitMs).toBeGreaterThan(1_600_000)
    expect(waitMs).toBeLessThan(1_800_000)
    expect(schedule.next(waitMs - 1)).toBeNull()
    expect(schedule.next(waitMs)).toBe('report')
  })

  it('does not search at a restart when it has done so lately', () => {
    const schedule = new AgentSchedule(settings, 10 * HOUR_MS, 9 * HOUR_MS, () => 0.5)

    expect([schedule.next(10 * HOUR_MS), schedule.next(10 * HOUR_MS)]).toEqual(['report', null])
    expect(schedule.next(15 * HOUR_MS)).toBe('search')
  })
})

describe('a change of packages', () => {
  it('is reported after a second of quiet, and after four at the latest', () => {
    const schedule = atRest()

    schedule.changed(10_000)
    expect(schedule.next(10_999)).toBeNull()
    for (let now = 10_900; now <= 13_900; now += 500) schedule.changed(now)

    expect(schedule.next(13_999)).toBeNull()
    expect(schedule.next(14_000)).toBe('report')
  })

  it('that comes while a report is under way is reported next', () => {
    const schedule = atRest()
    schedule.changed(10_000)
    expect(schedule.next(11_000)).toBe('report')

    schedule.changed(11_100)
    expect(schedule.next(12_200)).toBeNull()
    schedule.ended('report', DONE, 12_300)

    expect(schedule.next(12_300)).toBe('report')
  })

  it('is followed by a search ten minutes later', () => {
    const schedule = atRest()
    schedule.changed(10_000)
    schedule.next(11_000)
    schedule.ended('report', DONE, 11_500)

    expect(schedule.next(609_999)).toBeNull()
    expect(schedule.next(610_000)).toBe('search')
  })
})

describe('a server that is away', () => {
  it('is asked at growing distance, with what is kept', () => {
    const schedule = atRest()
    schedule.changed(0)
    let now = 1_000
    expect(schedule.next(now)).toBe('report')
    schedule.ended('report', UNREACHED, now)

    const pauses = Array.from({ length: 20 }, () => {
      const pause = schedule.waitMs(now)
      now += pause
      const task = schedule.next(now)
      if (task !== null) schedule.ended(task, task === 'send' ? UNREACHED : { ...UNREACHED, isKept: false }, now)
      return { task, pause }
    })

    const ofSends = pauses.filter(({ task }) => task === 'send').map(({ pause }) => pause)
    expect(ofSends.slice(0, 4)).toEqual([1_500, 3_000, 6_000, 12_000])
    expect(pauses.filter(({ task }) => task === 'report')).toEqual([])
    expect(Math.max(...ofSends)).toBeLessThanOrEqual(300_000)
  })

  it('does not keep a change from being read', () => {
    const schedule = atRest()
    schedule.changed(0)
    schedule.next(1_000)
    schedule.ended('report', { ...UNREACHED, needsPerson: true }, 1_000)
    expect(schedule.waitMs(1_000)).toBeGreaterThan(100_000)

    schedule.changed(2_000)

    expect(schedule.next(3_000)).toBe('report')
  })

  it('is told of a new inventory when the last could not even be taken', () => {
    const schedule = atRest()
    schedule.changed(0)
    schedule.next(1_000)

    schedule.ended('report', { ...UNREACHED, isKept: false }, 1_000)

    expect(schedule.next(1_000 + schedule.waitMs(1_000))).toBe('report')
  })
})

describe('whatever happens', () => {
  const step = fc.record({
    pass: fc.integer({ min: 0, max: 100_000 }),
    is: fc.constantFrom('change', 'done', 'away', 'lost'),
  })

  it('never runs two reports at once, and reports every change in the end', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (steps, random) => {
          const schedule = new AgentSchedule(settings, 0, 0, () => random)
          let now = 0
          let running: 'report' | 'send' | null = null
          let isUnread = true
          const begin = (): void => {
            for (let task = schedule.next(now); task !== null; task = schedule.next(now)) {
              if (task === 'search') continue
              expect(running).toBeNull()
              running = task
              if (task === 'report') isUnread = false
            }
          }
          const end = (outcome: TaskOutcome): void => {
            if (running === null) return
            const task: 'report' | 'send' = running
            running = null
            if (task === 'report' && !outcome.isKept) isUnread = true
            schedule.ended(task, outcome, now)
          }
          for (const { pass, is } of steps) {
            now += pass
            begin()
            if (is === 'change') {
              schedule.changed(now)
              isUnread = true
            } else end(is === 'done' ? DONE : { ...UNREACHED, isKept: is === 'away' })
          }
          for (let round = 0; round < 4; round += 1) {
            end(DONE)
            now += schedule.waitMs(now)
            begin()
          }

          expect(isUnread).toBe(false)
        },
      ),
    )
  })
})
