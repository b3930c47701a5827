import { describe, expect, it } from 'vitest'
import { aPackage } from '../../test/support/builders.ts'
import { vulnerabilityId } from '../domain/ids.ts'
import type { Match } from '../domain/match.ts'
import { namespace } from '../domain/namespace.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import type { Vulnerability } from '../domain/vulnerability.ts'
import { detectionsOf, redescribe } from './detections.ts'

const match: Match = {
  package: aPackage(),
  vulnerabilityId: vulnerabilityId('CVE-2026-0001'),
  fixedVersion: '3.0.14-1',
  evidence: ['DSA-2', 'DSA-1'].map(advisoryId => ({
    advisoryId,
    feed: 'osv',
    namespace: namespace('debian:12'),
    comparedName: 'openssl',
    comparedVersion: '3.0.11-1',
    range: '< 3.0.14-1 (dpkg)',
    fixedVersion: '3.0.14-1',
  })),
}

function known(description: string, asked: string[][]): (id: string, matchedIds: readonly string[]) => Vulnerability {
  return (id, matchedIds) => {
    asked.push([id, ...matchedIds])
    return {
      id: vulnerabilityId(id),
      source: 'DEBIAN_CVE',
      sourceUrl: null,
      description,
      cvss: [],
      vendorSeverity: 'high',
      vendorCreatedAt: null,
      vendorUpdatedAt: null,
      relatedVulnerabilities: [],
      referenceUrls: [],
      ...NO_SIGNALS,
    }
  }
}

describe('redescribe', () => {
  it('says what a match would say, and asks the same question for it', () => {
    const asked: string[][] = []
    const [before] = detectionsOf([match], known('One.', asked))
    const [wanted] = detectionsOf([match], known('Two.', asked))

    expect(redescribe(before!, known('Two.', asked))).toEqual(wanted)
    expect(asked).toEqual(Array.from({ length: 3 }, () => ['CVE-2026-0001', 'DSA-1', 'DSA-2']))
  })
})
