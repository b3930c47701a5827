import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { XmlError, XmlReader } from '../../base/xml.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, malformedLockfile } from '../found-packages.ts'
import { NamedUnknowns } from '../named-unknowns.ts'
import { isPackageId } from './package-id.ts'

/** References and properties of one file; the largest central lists have some hundreds. */
const LIMIT_ENTRIES = 20_000
/** Longest value that is kept: ids and versions are short, and long ones could multiply each other. */
const LIMIT_CHARACTERS = 256
/** Rounds of replacement: properties may name properties, and one that names itself must end. */
const LIMIT_ROUNDS = 8

const REFERENCES: ReadonlySet<string> = new Set(['PackageReference', 'PackageVersion', 'GlobalPackageReference'])

/**
 * Project files of .NET (`*.csproj`, `*.fsproj`, `*.vbproj`) and what MSBuild adds to them: `Directory.Packages.props` with
 * the versions of all projects below it, `Directory.Build.props` and `.targets`. They name direct dependencies only.
 * (NuGet docs, PackageReference; central package management)
 */
export const projectFile: Analyzer = {
  id: 'nuget/project-file',
  revision: 1,
  limitBytes: 4 * 1024 * 1024,
  // Packages of npm for mobile applications bring projects along.
  wants: path => isProjectFile(path) && !isInsideDependency(path),
  analyze: analyzeProject,
}

/** Whether a path is one that `projectFile` reads. */
export function isProjectFile(path: string): boolean {
  return /\.(?:cs|fs|vb)proj$/i.test(path) || /(?:^|\/)Directory\.(?:Packages|Build)\.(?:props|targets)$/i.test(path)
}

interface Reference {
  readonly name: string
  /** `null` where it is left to the central list. */
  readonly version: string | null
}

interface Project {
  readonly references: readonly Reference[]
  /** By name in lower case: MSBuild does not tell capitals apart. */
  readonly properties: ReadonlyMap<string, string>
}

function analyzeProject(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const project = readProject(decodeUtf8(file.bytes))
  if (!project.ok) return malformedLockfile(file, project.error)
  const found = new FoundPackages(file.path, { type: 'nuget', manager: 'NUGET', isName: isPackageId })
  const unknown = new NamedUnknowns()
  const { references, properties } = project.value
  for (const { name, version } of references) {
    if (version === null) continue
    const lowest = lowestVersion(resolved(version, properties))
    if (lowest === null || name.includes('$(')) unknown.add(name)
    else found.add(name, lowest)
  }
  unknown.tell(found, 'package-without-version', 'packages have no exact version in this file')
  return ok(found.analysis())
}

/** Every reference counts, whatever its condition: which of them are met depends on who builds. */
function readProject(text: string): Result<Project, string> {
  const references: Reference[] = []
  const properties = new Map<string, string>()
  const path: string[] = []
  let open: { name: string; version: string | null } | null = null
  let value = ''
  const reader = new XmlReader()
  try {
    for (const event of reader.push(text)) {
      if (event.is === 'text') value = (value + event.text).slice(0, LIMIT_CHARACTERS)
      else if (event.is === 'open') {
        path.push(event.name)
        value = ''
        if (REFERENCES.has(event.name)) open = referenceOf(event.attributes)
      } else {
        path.pop()
        if (event.name === 'Version' || event.name === 'VersionOverride') {
          if (open !== null) open.version = value.trim()
        } else if (path.at(-1) === 'PropertyGroup' && properties.size < LIMIT_ENTRIES) {
          properties.set(event.name.toLowerCase(), value.trim())
        } else if (REFERENCES.has(event.name)) {
          if (open !== null && references.length < LIMIT_ENTRIES) references.push(open)
          open = null
        }
        value = ''
      }
    }
    reader.end()
  } catch (cause) {
    if (cause instanceof XmlError) return err(cause.message)
    throw cause
  }
  return ok({ references, properties })
}

function referenceOf(attributes: ReadonlyMap<string, string>): { name: string; version: string | null } | null {
  const name = attributes.get('Include') ?? attributes.get('Update')
  if (name === undefined) return null
  const version = attributes.get('VersionOverride') ?? attributes.get('Version') ?? null
  return { name: name.trim().slice(0, LIMIT_CHARACTERS), version: version?.trim().slice(0, LIMIT_CHARACTERS) ?? null }
}

/** `$(Name)` replaced by the properties of this file; what is defined elsewhere stays as it is. */
function resolved(version: string, properties: ReadonlyMap<string, string>): string {
  let current = version
  for (let round = 0; round < LIMIT_ROUNDS && current.includes('$('); round++) {
    const next = current.replaceAll(
      /\$\(([\w.]{1,100})\)/g,
      (whole, name: string) => properties.get(name.toLowerCase()) ?? whole,
    )
    if (next === current) break
    current = next.slice(0, LIMIT_CHARACTERS)
  }
  return current
}

/**
 * The version that a restore takes for a direct dependency: of `1.2.3`, which means "at least", and of `[1.2.3]` and
 * `[1.2.3, 2.0)` it is the lowest. `null` for what floats (`1.*`), opens below or is not known here. (NuGet docs, dependency resolution)
 */
function lowestVersion(text: string): string | null {
  const lowest = /^\[\s*([^,\s[\]()]+)\s*(?:,[^[\]()]*)?[\])]$/.exec(text)?.[1] ?? text
  return /^[0-9][^,\s[\]()*$]*$/.test(lowest) ? lowest : null
}
