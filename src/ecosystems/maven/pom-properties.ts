import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { type Coordinates, isCoordinates } from './coordinates.ts'

/** `META-INF/maven/<group>/<artifact>/pom.properties` of an archive that lies unpacked: what it is, beyond doubt. */
export const pomProperties: Analyzer = {
  id: 'maven/pom-properties',
  revision: 1,
  limitBytes: 64 * 1024,
  wants: path => path.endsWith('/pom.properties') && path.includes('META-INF/maven/'),
  analyze: analyzeProperties,
}

function analyzeProperties(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const { name, version } = coordinatesOfProperties(file.bytes)
  if (!isCoordinates(name)) {
    return err({ path: file.path, reason: 'malformed-package-manifest', detail: 'no groupId and artifactId' })
  }
  if (!isVersionText(version)) {
    return err({ path: file.path, reason: 'package-without-version', detail: `${name} has no readable version` })
  }
  const found = { type: 'maven', name, version, arch: null, source: null, manager: 'JAR' } as const
  return ok({ ...EMPTY_ANALYSIS, packages: [found] })
}

/** What a `pom.properties` says, readable or not. */
export function coordinatesOfProperties(bytes: Uint8Array): Coordinates {
  const values = new Map<string, string>()
  for (const line of linesOf(decodeUtf8(bytes))) {
    const [, key, value] = /^(groupId|artifactId|version)\s*[=:](.*)$/s.exec(line.trim()) ?? []
    if (key !== undefined && value !== undefined) values.set(key, value.trim())
  }
  return {
    name: `${values.get('groupId') ?? ''}:${values.get('artifactId') ?? ''}`,
    version: values.get('version') ?? '',
  }
}
