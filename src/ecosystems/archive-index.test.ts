import { describe, expect, it } from 'vitest'
import { type ArchiveIndex, namedArchives, withArchiveIndex } from './archive-index.ts'
import type { FoundPackage } from './ecosystem.ts'
import { ECOSYSTEMS } from './index.ts'

const indexOf = (group: string, artifact: string, version: string): ArchiveIndex => ({
  artefactOf: sha1 => (sha1 === 'known' ? { group, artifact, version } : null),
})
const suggested: FoundPackage = {
  type: 'maven', name: 'org.m:suggested', version: '1', arch: null, source: null, manager: 'JAR', inside: 'lib/x.jar',
} // prettier-ignore

function named(index: ArchiveIndex | null, sha1: string) {
  const publishedAs = withArchiveIndex(ECOSYSTEMS, index).find(({ purlType }) => purlType === 'maven')?.publishedAs
  const archive = { sha1, inside: 'lib/x.jar' }
  const unnamed = [
    { ...archive, suggested, missed: null },
    { ...archive, suggested: null, missed: 'nothing says what it is' },
    { ...archive, suggested: null, missed: null },
  ]
  const { packages, problems } = namedArchives({ unnamed }, 'app.jar', publishedAs)
  return {
    packages: packages.map(({ name, version, inside }) => `${inside} ${name} ${version}`),
    problems: problems.map(({ path, reason, detail }) => `${path} ${reason} ${detail}`),
  }
}

describe('an archive that nothing in it names', () => {
  it('is what an index knows by its checksum, wherever it lies', () => {
    const known = 'lib/x.jar org.a:b 2'

    expect(named(indexOf('org.a', 'b', '2'), 'known')).toEqual({ packages: [known, known, known], problems: [] })
  })

  it.each([
    ['there is no index', null, 'known'],
    ['the index does not know it', indexOf('org.a', 'b', '2'), 'other'],
    ['the index gives no coordinates', indexOf('org a', 'b', '2'), 'known'],
    ['the index gives no version', indexOf('org.a', 'b', ''), 'known'],
  ])('is what its manifest suggests, or a problem, where %s', (_where, index, sha1) => {
    expect(named(index, sha1)).toEqual({
      packages: ['lib/x.jar org.m:suggested 1'],
      problems: ['app.jar unidentified-archive "lib/x.jar": nothing says what it is'],
    })
  })
})
