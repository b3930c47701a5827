import { decodeUtf8 } from '../../base/utf8.ts'
import { isVersionText } from '../found-packages.ts'
import { type Coordinates, isCoordinates } from './coordinates.ts'
import { readManifest } from './manifest.ts'
import { readPom } from './pom.ts'
import { coordinatesOfProperties } from './pom-properties.ts'

const MAVEN = /(?:^|\/)META-INF\/maven\/[^/]+\/[^/]+\/pom\.(?:properties|xml)$/
const MANIFEST = /^META-INF\/MANIFEST\.MF$/i

/** Whether a member of an archive says what the archive is. Copies for later versions of Java say the same again. */
export function isDescription(name: string): boolean {
  return MAVEN.test(name) ? !name.includes('META-INF/versions/') : MANIFEST.test(name)
}

export function isManifest(name: string): boolean {
  return MANIFEST.test(name)
}

/** What one description says; `null` where it has no readable coordinates. */
export type Description =
  | { readonly is: 'coordinates'; readonly coordinates: Coordinates | null }
  | { readonly is: 'manifest'; readonly fields: ReadonlyMap<string, string> }

/** Reads a description of that name. Its bytes are not kept: an archive may hold any number of them. */
export function readDescription(name: string, bytes: Uint8Array): Description {
  if (MANIFEST.test(name)) return { is: 'manifest', fields: readManifest(bytes) }
  const coordinates = name.endsWith('.xml') ? coordinatesOfPom(bytes) : coordinatesOfProperties(bytes)
  const isReadable = isCoordinates(coordinates.name) && isVersionText(coordinates.version)
  return {
    is: 'coordinates',
    coordinates: isReadable && !coordinates.version.includes('${') ? coordinates : null,
  }
}

/**
 * The artefacts that Maven describes in an archive: several where others were shaded into it. `pom.xml` counts where no
 * `pom.properties` lies beside it. Names of members without readable coordinates are given back.
 */
export function describedIn(descriptions: ReadonlyMap<string, Description>): {
  readonly described: readonly Coordinates[]
  readonly unreadable: readonly string[]
} {
  const described = new Map<string, Coordinates>()
  const unreadable: string[] = []
  for (const [name, description] of descriptions) {
    if (description.is !== 'coordinates') continue
    if (name.endsWith('.xml') && descriptions.has(name.replace(/xml$/, 'properties'))) continue
    if (description.coordinates === null) unreadable.push(name)
    else described.set(description.coordinates.name, description.coordinates)
  }
  return { described: [...described.values()], unreadable }
}

function coordinatesOfPom(bytes: Uint8Array): Coordinates {
  const pom = readPom(decodeUtf8(bytes))
  const said = (field: string): string => (pom.ok ? (pom.value.properties.get(`project.${field}`) ?? '') : '')
  return { name: `${said('groupId')}:${said('artifactId')}`, version: said('version') }
}
