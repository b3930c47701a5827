import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { smallNetworks } from '../../test/support/small-networks.ts'
import type { NetworkAnalysis } from './analysis.ts'
import { analyzeNetwork } from './analyze-network.ts'
import { NetworkAnalyzer } from './incremental.ts'

function contentOf(analysis: NetworkAnalysis): unknown {
  return JSON.parse(JSON.stringify({ paths: [...analysis.paths], notices: analysis.notices }))
}

describe('an analysis that follows changes', () => {
  it('says after any sequence of snapshots what a full run says, and which instances differ', () => {
    fc.assert(
      fc.property(fc.array(smallNetworks, { minLength: 2, maxLength: 5 }), ([first, ...later]) => {
        const analyzer = new NetworkAnalyzer(first!)
        let before = contentOfInstances(analyzer.analysis)
        for (const next of later) {
          const { analysis, changedInstanceIds } = analyzer.update(next)
          const full = analyzeNetwork(next)

          expect(contentOf(analysis)).toEqual(contentOf(full))
          const now = contentOfInstances(analysis)
          const differing = [...now.keys()].filter(id => now.get(id) !== before.get(id))
          expect(differing.filter(id => !changedInstanceIds.includes(id))).toEqual([])
          before = now
        }
      }),
      { numRuns: 60 },
    )
  })

  it('follows one changed part as well as a whole new snapshot', () => {
    const sides = fc.tuple(smallNetworks, smallNetworks)
    fc.assert(
      fc.property(sides, ([first, second]) => {
        const analyzer = new NetworkAnalyzer(first)
        const mixed = { ...first, securityGroups: second.securityGroups, networkAcls: second.networkAcls }

        const put = { put: second.securityGroups, removed: [] }
        const removed = first.networkAcls
          .map(({ id }) => id)
          .filter(id => second.networkAcls.every(one => one.id !== id))
        const { analysis } = analyzer.update({ securityGroups: put, networkAcls: { put: second.networkAcls, removed } })

        expect(contentOf(analysis)).toEqual(contentOf(analyzeNetwork(mixed)))
      }),
      { numRuns: 60 },
    )
  })
})

/** Paths by instance without their proofs, as text. What a proof says of other parts is no part of the verdict. */
function contentOfInstances(analysis: NetworkAnalysis): ReadonlyMap<string, string> {
  return new Map(
    analysis.instanceIds.map(id => {
      const paths = analysis.pathsOf(id).map(path => Object.assign({}, path, { hops: [], steps: [] }))
      return [id, JSON.stringify(paths)]
    }),
  )
}
