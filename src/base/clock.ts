import type { Brand } from './brand.ts'

/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>

export function instant(epochMs: number): Instant {
  return epochMs as Instant
}

/** Reads an RFC 3339 time; `null` when the text is not one. */
export function parseInstant(text: string): Instant | null {
  const epochMs = Date.parse(text)
  return Number.isNaN(epochMs) ? null : instant(epochMs)
}

export function formatInstant(time: Instant): string {
  return new Date(time).toISOString()
}

/** The only source of "now": pure code is handed an `Instant`, never asks for one. */
export interface Clock {
  now(): Instant
}
