import { describe, expect, it } from 'vitest'
import { anAdvisory } from '../../test/support/builders.ts'
import type { Advisory, AffectedPackage } from '../domain/advisory.ts'
import { namespace } from '../domain/namespace.ts'
import type { Feed, FeedPart } from '../feeds/feed.ts'
import { keepHeld, withGoneNamespaces } from './keep-gone.ts'

function anEntry(where: string): AffectedPackage {
  return { namespace: namespace(where), name: 'curl', ranges: [], versions: [] }
}

function saying(id: string, ...affected: readonly AffectedPackage[]): Advisory {
  return anAdvisory({ id, feed: 'ubuntu', source: 'UBUNTU_CVE', affected })
}

function aPart(...advisories: readonly Advisory[]): FeedPart {
  const recordCount = advisories.length
  return { part: 'all', advisories, recordCount, skipped: [], validator: null, newestModified: null }
}

const aFeed = (keepsGone?: Feed['keepsGone']): Feed => ({
  id: 'ubuntu',
  title: '',
  licence: '',
  parts: ['all'],
  load: () => Promise.reject(new Error('nothing is loaded')),
  ...(keepsGone === undefined ? {} : { keepsGone }),
})

describe('what is kept of releases that are gone', () => {
  it('comes to the records that are still there, and counts where there is none', () => {
    const fresh = aPart(saying('A', anEntry('ubuntu:22.04')))
    const kept = keepHeld(fresh, [saying('A', anEntry('ubuntu:18.04')), saying('B', anEntry('ubuntu:18.04'))])

    expect(kept.advisories.map(({ id, affected }) => [id, affected.map(entry => entry.namespace)])).toEqual([
      ['A', ['ubuntu:22.04', 'ubuntu:18.04']],
      ['B', ['ubuntu:18.04']],
    ])
    expect(kept.recordCount).toBe(2)
  })

  it('is nothing where nothing was held', () => {
    const fresh = aPart(saying('A'))

    expect(keepHeld(fresh, [])).toBe(fresh)
  })

  it('is asked for of namespaces that the feed keeps and no longer speaks of', () => {
    const asked: boolean[] = []
    const heldAbout = (_feed: string, _part: string, isWanted: (where: AffectedPackage['namespace']) => boolean) => {
      for (const where of ['ubuntu:22.04', 'ubuntu:18.04', 'debian:11']) asked.push(isWanted(namespace(where)))
      return []
    }
    const keepsUbuntu = (where: string): boolean => where.startsWith('ubuntu:')

    withGoneNamespaces(aPart(saying('A', anEntry('ubuntu:22.04'))), aFeed(keepsUbuntu), { heldAbout })
    withGoneNamespaces(aPart(saying('A')), aFeed(), { heldAbout })

    expect(asked).toEqual([false, true, false])
  })
})
