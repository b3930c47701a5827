import { err, ok, type Result } from '../../base/result.ts'
import { readXml } from './xml-events.ts'

export interface PomDependency {
  readonly groupId: string
  readonly artifactId: string
  /** As written; `null` where a parent or an imported list decides. */
  readonly version: string | null
  readonly scope: string
}

/** What one `pom.xml` says by itself, without its parents. (maven.apache.org, POM reference) */
export interface Pom {
  readonly dependencies: readonly PomDependency[]
  /** `dependencyManagement`: versions for dependencies that give none. */
  readonly managed: readonly PomDependency[]
  /** `properties`, and the project's own coordinates under their names (`project.version`). */
  readonly properties: ReadonlyMap<string, string>
}

const LIMIT_ENTRIES = 20_000
/** A property that is part of a version is short; long ones could multiply each other. */
const LIMIT_PROPERTY_CHARACTERS = 256
const DEPENDENCY_FIELDS = new Set(['groupId', 'artifactId', 'version', 'scope'])

export function readPom(text: string): Result<Pom, string> {
  const dependencies: PomDependency[] = []
  const managed: PomDependency[] = []
  const properties = new Map<string, string>()
  let root = ''
  let fields = new Map<string, string>()
  const read = readXml(text, ({ path, text: value }) => {
    const [first = '', ...rest] = path
    root = first
    const where = rest.join('/')
    const field = path.at(-1) ?? ''
    if (/^(?:dependencyManagement\/)?dependencies\/dependency\/[^/]+$/.test(where)) {
      if (DEPENDENCY_FIELDS.has(field)) fields.set(field, value)
    } else if (where === 'dependencies/dependency' || where === 'dependencyManagement/dependencies/dependency') {
      const list = where.startsWith('dependencyManagement') ? managed : dependencies
      if (list.length < LIMIT_ENTRIES) list.push(dependencyOf(fields))
      fields = new Map()
    } else if (rest[0] === 'properties' && rest.length === 2) {
      if (properties.size < LIMIT_ENTRIES && value.length <= LIMIT_PROPERTY_CHARACTERS) properties.set(field, value)
    } else if (/^(?:parent\/)?(?:groupId|artifactId|version)$/.test(where)) addOwn(properties, where, value)
  })
  if (!read.ok) return read
  return root === 'project' ? ok({ dependencies, managed, properties }) : err('the root element is not "project"')
}

function dependencyOf(fields: ReadonlyMap<string, string>): PomDependency {
  return {
    groupId: fields.get('groupId') ?? '',
    artifactId: fields.get('artifactId') ?? '',
    version: fields.get('version') ?? null,
    scope: fields.get('scope') ?? 'compile',
  }
}

/** `project.version` and its old spellings; group and version are the parent's where the project has none. */
function addOwn(properties: Map<string, string>, where: string, value: string): void {
  const name = where.replaceAll('/', '.')
  properties.set(`project.${name}`, value)
  properties.set(`pom.${name}`, value)
  const inherited = /^parent\.(groupId|version)$/.exec(name)?.[1]
  if (inherited === undefined) properties.set(name, value)
  else if (!properties.has(`project.${inherited}`)) properties.set(`project.${inherited}`, value)
}
