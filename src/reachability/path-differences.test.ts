import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { anOpenPath } from '../../test/support/builders.ts'
import { holdsRange, parseCidr } from '../base/ip-range.ts'
import type { OpenPath } from '../domain/network/open-path.ts'
import { pathDifferences } from './path-differences.ts'

describe('the differences of two verdicts', () => {
  it.each([
    ['nothing', [path(22, 22)], [path(22, 22)], []],
    ['a path that is new', [], [path(22, 22)], [['opened', 22, 22, ['0.0.0.0/0']]]],
    ['a path that is gone', [path(22, 22)], [], [['closed', 22, 22, ['0.0.0.0/0']]]],
    ['a range that grew', [path(22, 22)], [path(21, 23)], [
      ['opened', 21, 21, ['0.0.0.0/0']],
      ['opened', 23, 23, ['0.0.0.0/0']],
    ]],
    ['sources that shrank', [path(22, 22)], [path(22, 22, '128.0.0.0/1')], [['closed', 22, 22, ['0.0.0.0/1']]]],
    ['sources that moved', [path(22, 22, '10.0.0.0/8')], [path(22, 22, '11.0.0.0/8')], [
      ['closed', 22, 22, ['10.0.0.0/8']],
      ['opened', 22, 22, ['11.0.0.0/8']],
    ]],
    ['a rule that was split', [path(22, 22)], [path(22, 22, '0.0.0.0/1', '128.0.0.0/1')], []],
    ['a range that was split', [path(20, 29)], [path(20, 24), path(25, 29)], []],
    ['neighbouring ports', [path(20, 29)], [], [['closed', 20, 29, ['0.0.0.0/0']]]],
    ['another interface', [path(22, 22)], [{ ...path(22, 22), interfaceId: 'eni-b' }], [
      ['closed', 22, 22, ['0.0.0.0/0']],
      ['opened', 22, 22, ['0.0.0.0/0']],
    ]],
  ])('are exact: %s', (_what, before, after, expected) => {
    const found = pathDifferences(before, after)

    expect(found.map(({ is, ports, sources }) => [is, ports.begin, ports.end, sources])).toEqual(expected)
  }) // prettier-ignore

  it('say of each port and source what asking both verdicts does', () => {
    const prefix = fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '128.0.0.0/1')
    const paths = fc.array(
      fc
        .tuple(fc.nat(6), fc.nat(6), fc.uniqueArray(prefix, { minLength: 1, maxLength: 2 }))
        .map(([begin, size, sources]) => path(begin, begin + size, ...sources)),
      { maxLength: 4 },
    )
    const isOpen = (open: readonly OpenPath[], port: number, source: string): boolean =>
      open.some(({ ports, sources }) => ports.begin <= port && port <= ports.end && holds(sources, source))

    fc.assert(
      fc.property(paths, paths, (before, after) => {
        const found = pathDifferences(before, after)
        for (let port = 0; port < 14; port += 1) {
          for (const source of ['10.1.2.3/32', '10.1.9.9/32', '10.9.9.9/32', '9.9.9.9/32', '200.0.0.1/32']) {
            const [was, is] = [isOpen(before, port, source), isOpen(after, port, source)]
            const told = found.filter(
              ({ ports, sources }) => ports.begin <= port && port <= ports.end && holds(sources, source),
            )
            expect(told.map(each => each.is)).toEqual(was === is ? [] : [is ? 'opened' : 'closed'])
          }
        }
      }),
    )
  })
})

function holds(sources: readonly string[], inner: string): boolean {
  const wanted = parseCidr(inner)
  return sources.some(source => {
    const cidr = parseCidr(source)
    return cidr !== null && wanted !== null && holdsRange(cidr, wanted)
  })
}

function path(begin: number, end: number, ...sources: readonly string[]): OpenPath {
  return anOpenPath({ ports: { begin, end }, sources: sources.length === 0 ? ['0.0.0.0/0'] : sources })
}
