import { describe, expect, it } from 'vitest'
import { analysisOf, refusalOf } from '../analyzer.suite.ts'
import { podfileLock } from './podfile-lock.ts'

const LOCK = `PODS:
  - AFNetworking (4.0.1):
    - AFNetworking/NSURLSession (= 4.0.1)
  - AFNetworking/NSURLSession (4.0.1)
  - "GoogleUtilities/NSData+zlib (7.7.0)"

DEPENDENCIES:
  - Other (~> 1.0)

COCOAPODS: 1.11.3
`

describe('Podfile.lock', () => {
  it('is told with its pods, each once, and matched with nothing', () => {
    expect(analysisOf(podfileLock, LOCK)).toMatchObject({
      packages: [],
      problems: [
        {
          reason: 'packages-not-matched',
          detail: '2 pods, of which no advisory source speaks: "AFNetworking", "GoogleUtilities"',
        },
      ],
    })
    expect(analysisOf(podfileLock, 'PODFILE CHECKSUM: 00\n\nCOCOAPODS: 1.11.3\n').problems).toEqual([])
    expect(refusalOf(podfileLock, 'words')).toBe('malformed-lockfile')
  })
})
