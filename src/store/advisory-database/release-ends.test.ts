import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instant, type Instant } from '../../base/clock.ts'
import { namespace } from '../../domain/namespace.ts'
import type { ReleaseEnd } from '../../domain/release-end.ts'
import type { FeedUpdate } from '../../scanning/advisory-database.ts'
import { openAdvisoryDatabase } from './database.ts'

const NOW = instant(Date.UTC(2026, 10, 23))
const day = (text: string): Instant => instant(Date.parse(text))

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'openinspector-ends-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function anEnd(where: string, ends: ReleaseEnd['ends'], extendedUntil: Instant | null = null): ReleaseEnd {
  return { namespace: namespace(where), label: where, ends, extendedUntil, page: 'https://dates.example/' }
}

function told(...releaseEnds: readonly ReleaseEnd[]): FeedUpdate {
  return {
    is: 'replace',
    feed: 'end-of-life',
    content: {
      part: 'releases',
      advisories: [],
      releaseEnds,
      recordCount: releaseEnds.length,
      skipped: [],
      validator: null,
      newestModified: null,
    },
  }
}

const FEDORA = anEnd('fedora:9', 'day-unknown')
const MARINER = anEnd('mariner:2', day('2025-07-31'), day('2028-07-31'))
const ROCKY = anEnd('rocky:11', 'not-planned')

describe('the ends of releases', () => {
  it('are read back as they were told, count as facts, and speak about no package', async () => {
    const database = openAdvisoryDatabase(directory)
    await database.apply([told(FEDORA, MARINER, ROCKY)], NOW)
    const index = database.open()

    expect([...(index?.releaseEnds?.().values() ?? [])]).toEqual([FEDORA, MARINER, ROCKY])
    expect(index?.covers(MARINER.namespace)).toBe('not-at-all')
    expect(database.generations()).toMatchObject([{ signalCount: 3, advisoryCount: 0 }])
    index?.close()
  })

  it('are part of the content name, in whatever order', async () => {
    const database = openAdvisoryDatabase(directory)
    const first = await database.apply([told(FEDORA, MARINER)], NOW)

    expect(await database.apply([told(MARINER, FEDORA)], NOW)).toBe(first)
    expect(await database.apply([told(FEDORA)], NOW)).not.toBe(first)
  })

  it('that moved are told with the first day that plays a part, and nothing else is', async () => {
    const database = openAdvisoryDatabase(directory)
    const first = await database.apply([told(MARINER, ROCKY)], NOW)
    await database.apply([told(MARINER, anEnd('rocky:11', day('2035-05-31')))], NOW)
    await database.apply(
      [told(FEDORA, anEnd('mariner:2', day('2027-07-31')), anEnd('rocky:11', day('2035-05-31')))],
      NOW,
    )

    expect(database.changesSince(first ?? '')).toMatchObject({
      subjects: [],
      namespaces: [],
      vulnerabilities: [],
      releaseEnds: [
        { namespace: 'fedora:9', earliest: 0 },
        { namespace: 'mariner:2', earliest: day('2025-07-31') },
        { namespace: 'rocky:11', earliest: day('2035-05-31') },
      ],
    })
  })

  it('go with their part', async () => {
    const database = openAdvisoryDatabase(directory)
    await database.apply([told(MARINER), { ...told(ROCKY), feed: 'other' }], NOW)
    await database.apply([{ is: 'remove', feed: 'end-of-life', part: 'releases' }], NOW)
    const index = database.open()

    expect([...(index?.releaseEnds?.().keys() ?? [])]).toEqual(['rocky:11'])
    index?.close()
  })

  it('stay when the feed fails', async () => {
    const database = openAdvisoryDatabase(directory)
    await database.apply([told(MARINER)], NOW)
    await database.apply([{ is: 'failed', feed: 'end-of-life', part: 'releases', error: 'gone' }], NOW)
    const index = database.open()

    expect(index?.releaseEnds?.().size).toBe(1)
    index?.close()
  })
})
