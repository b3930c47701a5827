import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { has, setOfRuns } from './interval-set.ts'
import {
  fromSources,
  intersectTraffic,
  NO_TRAFFIC,
  portRangesOf,
  portsFrom,
  sourcesTo,
  sourcesToAnyOf,
  subtractTraffic,
  toPorts,
  trafficOf,
  unionOfTraffic,
  unionTraffic,
  type Traffic,
} from './traffic.ts'

const SOURCES = Array.from({ length: 8 }, (_, source) => source)
const PORTS = [0, 1, 21, 22, 23, 79, 80, 81, 1023, 1024, 65_534, 65_535]

const portSets = fc
  .array(fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)), { minLength: 1, maxLength: 3 })
  .map(runs => setOfRuns(runs.map(([from, last]) => [from, last + 1])))
const sourceSets = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), { maxLength: 3 })
  .map(setOfRuns)
const traffics = fc
  .array(fc.tuple(portSets, sourceSets), { maxLength: 4 })
  .map(parts => unionOfTraffic(parts.map(([ports, sources]) => trafficOf(ports, sources))))

function allows(traffic: Traffic, source: number, port: number): boolean {
  return has(sourcesTo(traffic, port), source)
}

function exceptions(holds: (source: number, port: number) => boolean): readonly number[] {
  return PORTS.flatMap(port => SOURCES.filter(source => !holds(source, port)))
}

describe('traffic', () => {
  it.each([
    ['union', unionTraffic, (a: boolean, b: boolean) => a || b],
    ['intersection', intersectTraffic, (a: boolean, b: boolean) => a && b],
    ['difference', subtractTraffic, (a: boolean, b: boolean) => a && !b],
  ] as const)('is joined packet by packet: %s', (_, operation, holds) => {
    fc.assert(
      fc.property(traffics, traffics, (a, b) => {
        const joined = operation(a, b)

        expect(
          exceptions(
            (source, port) => allows(joined, source, port) === holds(allows(a, source, port), allows(b, source, port)),
          ),
        ).toEqual([])
      }),
    )
  })

  it('is written in one way only: no start says what the part before says', () => {
    fc.assert(
      fc.property(traffics, traffics, (a, b) => {
        expect(subtractTraffic(unionTraffic(a, b), unionTraffic(b, a))).toEqual(NO_TRAFFIC)
        expect(unionTraffic(a, b)).toEqual(unionTraffic(b, a))
        expect(
          unionOfTraffic(portRangesOf(a).map(({ ports, sources }) => trafficOf([ports.begin, ports.end + 1], sources))),
        ).toEqual(a)
      }),
    )
  })

  it('is narrowed to ports and to sources', () => {
    fc.assert(
      fc.property(traffics, portSets, sourceSets, (traffic, ports, sources) => {
        const [narrow, from] = [toPorts(traffic, ports), fromSources(traffic, sources)]

        expect(
          exceptions(
            (source, port) =>
              allows(narrow, source, port) === (has(ports, port) && allows(traffic, source, port)) &&
              allows(from, source, port) === (has(sources, source) && allows(traffic, source, port)),
          ),
        ).toEqual([])
      }),
    )
  })

  it('tells who may send to any of the ports, and to which ports one may send', () => {
    fc.assert(
      fc.property(traffics, portSets, (traffic, ports) => {
        const any = sourcesToAnyOf(traffic, ports)

        expect(SOURCES.filter(source => has(any, source))).toEqual(
          SOURCES.filter(source => PORTS.some(port => has(ports, port) && allows(traffic, source, port))),
        )
        expect(
          exceptions((source, port) => has(portsFrom(traffic, source), port) === allows(traffic, source, port)),
        ).toEqual([])
      }),
    )
  })
})
