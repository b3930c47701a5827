import { type Clock, instant } from '../base/clock.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => instant(Date.now()) }
