import { readFileSync } from 'node:fs'
import * as sdk from '@aws-sdk/client-inspector2'
import { describe, expect, it } from 'vitest'
import { ERROR_CATALOGUE, apiError, errorBody, invalidMembers } from './errors.ts'

const reference = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')

function rowsOf(markdown: string): readonly string[] {
  return markdown.split('\n').filter(line => line.startsWith('| `'))
}

describe('the error catalogue', () => {
  it('says what docs/reference/errors.md says, both ways', () => {
    const rows = Object.entries<{ name: string; status: number; reason?: string; message: string }>(
      ERROR_CATALOGUE,
    ).map(
      ([id, { name, status, reason, message }]) =>
        `| \`${id}\` | ${status} | \`${name}\` | ${reason ? `\`${reason}\`` : ''} | ${message} |`,
    )

    expect(rowsOf(reference).map(row => row.replace(/\s+\|/g, ' |').replace(/\|\s+/g, '| '))).toEqual(
      rows.map(row => row.replace(/\s+\|/g, ' |').replace(/\|\s+/g, '| ')),
    )
  })

  it('gives the modelled errors the status that the model gives them', () => {
    const modelled = Object.values<unknown>(sdk).filter(
      (value): value is [number, string, string, { httpError: number }] => Array.isArray(value) && value[0] === -3,
    )
    const statuses = new Map(modelled.map(([, , name, traits]) => [name, traits.httpError]))
    // A body that is too large is told with 413, which every HTTP client understands.
    const entries = Object.entries(ERROR_CATALOGUE).filter(
      ([id]) => !['body-too-large', 'headers-too-large'].includes(id),
    )

    for (const [id, { name, status }] of entries) {
      expect([id, status]).toEqual([id, statuses.get(name) ?? status])
    }
    expect(statuses.size).toBeGreaterThanOrEqual(8)
  })

  it('never puts a key called code into a body', () => {
    const body = errorBody(apiError('throttled', {}, { retryAfterSeconds: 3 }))

    expect(JSON.parse(body)).toEqual({ message: 'Rate exceeded' })
  })

  it('fills holes with text as it is', () => {
    expect(apiError('resource-not-found', { what: 'The $& {what}' }).message).toBe('The $& {what} does not exist.')
  })

  it('lists several broken constraints in one sentence', () => {
    const error = invalidMembers([
      { name: 'a', message: 'Member must not be null' },
      { name: 'b.1.member.c', message: 'Member must have value less than or equal to 3' },
    ])

    expect(error.message).toBe(
      "2 validation errors detected: Value at 'a' failed to satisfy constraint: Member must not be null; " +
        "Value at 'b.1.member.c' failed to satisfy constraint: Member must have value less than or equal to 3",
    )
  })
})
