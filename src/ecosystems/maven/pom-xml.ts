import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, malformedLockfile } from '../found-packages.ts'
import { NamedUnknowns } from '../named-unknowns.ts'
import { isCoordinates } from './coordinates.ts'
import { type PomDependency, type Pom, readPom } from './pom.ts'

/**
 * `pom.xml` of a project: the dependencies that it declares. Those inside archives describe what the archive was built
 * with, not what lies beside it.
 */
export const pomXml: Analyzer = {
  id: 'maven/pom-xml',
  revision: 1,
  limitBytes: 8 * 1024 * 1024,
  wants: path => path.endsWith('pom.xml') && /(?:^|\/)pom\.xml$/.test(path) && !path.includes('META-INF/maven/'),
  analyze: analyzePom,
}

function analyzePom(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const pom = readPom(decodeUtf8(file.bytes))
  if (!pom.ok) return malformedLockfile(file, pom.error)
  const found = new FoundPackages(file.path, { type: 'maven', manager: 'POM', isName: isCoordinates })
  const unknown = new NamedUnknowns()
  const managed = new Map(pom.value.managed.map(entry => [coordinatesOf(entry, pom.value), entry.version]))
  for (const dependency of pom.value.dependencies) {
    if (found.isFull) break
    // Tests are not part of what is built.
    if (dependency.scope === 'test') continue
    const name = coordinatesOf(dependency, pom.value)
    const version = exactVersion(resolved(dependency.version ?? managed.get(name) ?? '', pom.value))
    if (version === null || name.includes('${')) unknown.add(name)
    else found.add(name, version)
  }
  unknown.tell(found, 'package-without-version', 'dependencies have no version in this file')
  return ok(found.analysis())
}

function coordinatesOf(dependency: PomDependency, pom: Pom): string {
  return `${resolved(dependency.groupId, pom)}:${resolved(dependency.artifactId, pom)}`
}

/** The version itself, or the one of `[1.2]`; `null` for ranges, for what is missing and for unresolved properties. */
function exactVersion(text: string): string | null {
  const exact = /^\[([^,[\]()]+)\]$/.exec(text)?.[1] ?? text
  return exact === '' || /[$,[\]()]/.test(exact) || /^(?:LATEST|RELEASE)$/.test(exact) ? null : exact
}

/** Rounds of replacement: properties may name properties, and one that names itself must end. */
const LIMIT_ROUNDS = 8
/** Longest text with a property in it that is resolved: coordinates and versions are short. */
const LIMIT_CHARACTERS = 256

/** `${name}` replaced by the properties of this file; what is defined elsewhere stays as it is. */
function resolved(text: string, pom: Pom): string {
  let current = text
  for (let round = 0; round < LIMIT_ROUNDS && current.includes('${') && current.length <= LIMIT_CHARACTERS; round++) {
    const next = current.replaceAll(/\$\{([^${}]+)\}/g, (whole, name: string) => pom.properties.get(name) ?? whole)
    if (next === current) break
    current = next
  }
  return current.slice(0, LIMIT_CHARACTERS)
}
