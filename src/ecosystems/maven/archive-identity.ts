import { isVersionText } from '../found-packages.ts'
import { type Coordinates, type FileNameParts, isCoordinates } from './coordinates.ts'
import { knownBuild } from './known-builds.ts'

export function fileNameParts(path: string): FileNameParts {
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/\.[A-Za-z]+$/, '').slice(0, 200) // prettier-ignore
  const [, artifact, version] = /^([A-Za-z][\w.-]*?)-([0-9][\w.+-]*)$/.exec(base) ?? []
  return { artifact: artifact ?? base, version: version ?? null }
}

/**
 * What an archive without Maven's own description is, from its manifest. A groupId is only taken where the manifest gives
 * one, or where a bundle's name and the file's name both follow from it: guessed ones were wrong for two thirds of the
 * archives of a stock image. (matching-and-feeds §4.2)
 */
export function identityOfManifest(manifest: ReadonlyMap<string, string>, file: FileNameParts): Coordinates | null {
  const plugin = jenkinsPlugin(manifest)
  if (plugin !== null) return plugin
  const known = knownBuild(manifest, file)
  if (known !== null) return coordinates(known.group, known.artifact, versionOf(manifest, file))
  const group = manifest.get('implementation-vendor-id')
  const title = manifest.get('implementation-title') ?? ''
  if (group?.includes('.') === true && !/[\s,]/.test(group)) {
    const artifact = file.version === null && isToken(title) ? title : file.artifact
    return coordinates(group, artifact, versionOf(manifest, file))
  }
  const bundle = (manifest.get('bundle-symbolicname') ?? '').replace(/\s*;.*$/s, '')
  const bundleGroup = file.version === null ? null : groupOfBundle(bundle, file.artifact)
  return bundleGroup === null ? null : coordinates(bundleGroup, file.artifact, file.version ?? '')
}

function versionOf(manifest: ReadonlyMap<string, string>, file: FileNameParts): string {
  return manifest.get('implementation-version') || file.version || manifest.get('bundle-version') || ''
}

/** `Plugin-Version` may have a note about who built it: `1.0-SNAPSHOT (private-0123-user)`. (jenkins.io, plugin manifests) */
function jenkinsPlugin(manifest: ReadonlyMap<string, string>): Coordinates | null {
  const version = manifest.get('plugin-version')?.replace(/\s+\(.*$/s, '')
  const artifact = manifest.get('artifact-id') ?? manifest.get('short-name') ?? manifest.get('extension-name')
  const group = manifest.get('group-id')
  if (version === undefined || artifact === undefined || group === undefined) return null
  return coordinates(group, artifact, version)
}

function coordinates(group: string, artifact: string, version: string): Coordinates | null {
  const name = `${group}:${artifact}`
  return isCoordinates(name) && isVersionText(version) && /[0-9]/.test(version) ? { name, version } : null
}

function isToken(text: string): boolean {
  return /^[A-Za-z][\w.-]*$/.test(text)
}

/**
 * The groupId from which Maven's bundle plugin makes this name, given the artifactId: `org.apache.commons.lang3` and
 * `commons-lang3` come from `org.apache.commons`. `null` when none does, or two do: `com.google.guava` and `guava` could
 * be of `com.google` as well. (Apache Felix, maven-bundle-plugin, Bundle-SymbolicName)
 */
export function groupOfBundle(bundle: string, artifact: string): string | null {
  const parts = bundle.split('.', 20)
  if (parts.length < 3 || !isToken(bundle)) return null
  const groups = new Set<string>()
  if (bundle.endsWith(`.${artifact}`)) groups.add(bundle.slice(0, -artifact.length - 1))
  if (parts.at(-1) === artifact) groups.add(bundle)
  for (let count = 2; count < parts.length; count++) {
    const last = parts[count - 1] ?? ''
    const rest = parts.slice(count).join('.')
    const isMadeOf = artifact.startsWith(last) && artifact.slice(last.length).replace(/^[-._]+/, '') === rest
    if (isMadeOf) groups.add(parts.slice(0, count).join('.'))
  }
  const [only, ...others] = groups
  return only === undefined || others.length > 0 || !only.includes('.') ? null : only
}
