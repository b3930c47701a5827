import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isCoordinates } from './coordinates.ts'

/** `gradle.lockfile` of a project, or one file for each configuration in `gradle/dependency-locks/`. The API has no word for Gradle. */
export const gradleLockfile: Analyzer = {
  id: 'maven/gradle-lockfile',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path =>
    path.endsWith('.lockfile') && /(?:^|\/)(?:gradle|gradle\/dependency-locks\/[^/]+)\.lockfile$/.test(path),
  analyze: analyzeLockfile,
}

/** Lines `group:artifact:version=configurations`, older files without the configurations; `empty=` names none. */
function analyzeLockfile(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = new FoundPackages(file.path, { type: 'maven', manager: 'OTHER', isName: isCoordinates })
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    const text = line.trim()
    if (text === '' || text.startsWith('#') || text.startsWith('empty=')) continue
    const [coordinates = '', configurations] = text.split('=')
    if (isForTestsOnly(configurations)) continue
    const [group, artifact, version, ...rest] = coordinates.split(':')
    if (group === undefined || artifact === undefined || version === undefined || rest.length > 0) {
      found.problem('malformed-lockfile', 'a line that is not group:artifact:version=configurations')
    } else found.add(`${group}:${artifact}`, version)
    if (found.isFull) break
  }
  return ok(found.analysis())
}

function isForTestsOnly(configurations: string | undefined): boolean {
  return (
    configurations !== undefined && configurations.split(',').every(name => /^(?:test|integrationTest)[A-Z]/.test(name))
  )
}
