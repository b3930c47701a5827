import { decodeUtf8 } from '../../base/utf8.ts'
import { isVersionText } from '../found-packages.ts'
import { type Coordinates, isCoordinates } from './coordinates.ts'
import { readPom } from './pom.ts'
import { coordinatesOfProperties } from './pom-properties.ts'

const MAVEN = /(?:^|\/)META-INF\/maven\/[^/]+\/[^/]+\/pom\.(?:properties|xml)$/
const MANIFEST = /^META-INF\/MANIFEST\.MF$/i

/** Whether a member of an archive says what the archive is. Copies for later versions of Java say the same again. */
export function isDescription(name: string): boolean {
  return MAVEN.test(name) ? !name.includes('META-INF/versions/') : MANIFEST.test(name)
}

/**
 * The artefacts that Maven describes in an archive: several where others were shaded into it. `pom.xml` counts where no
 * `pom.properties` lies beside it. Names of members without readable coordinates are given back.
 */
export function descriptionsIn(contents: ReadonlyMap<string, Uint8Array>): {
  readonly described: readonly Coordinates[]
  readonly unreadable: readonly string[]
} {
  const described = new Map<string, Coordinates>()
  const unreadable: string[] = []
  for (const [name, bytes] of contents) {
    if (!MAVEN.test(name)) continue
    const isXml = name.endsWith('.xml')
    if (isXml && contents.has(name.replace(/xml$/, 'properties'))) continue
    const coordinates = isXml ? coordinatesOfPom(bytes) : coordinatesOfProperties(bytes)
    const isReadable = isCoordinates(coordinates.name) && isVersionText(coordinates.version)
    if (isReadable && !coordinates.version.includes('${')) described.set(coordinates.name, coordinates)
    else unreadable.push(name)
  }
  return { described: [...described.values()], unreadable }
}

function coordinatesOfPom(bytes: Uint8Array): Coordinates {
  const pom = readPom(decodeUtf8(bytes))
  const said = (field: string): string => (pom.ok ? (pom.value.properties.get(`project.${field}`) ?? '') : '')
  return { name: `${said('groupId')}:${said('artifactId')}`, version: said('version') }
}
