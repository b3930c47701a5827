import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { XmlError, XmlReader } from '../../base/xml.ts'
import type { Analyzer, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, malformedLockfile } from '../found-packages.ts'
import { isPackageId } from './package-id.ts'

/**
 * `<id>/<version>/<id>.nuspec`, as NuGet unpacks packages: into the folder of a user, and the fallback folder that comes
 * with an SDK. Nuspecs elsewhere are those from which somebody makes a package. (NuGet docs, global packages folder)
 */
export const unpackedNuspec: Analyzer = {
  id: 'nuget/unpacked-nuspec',
  revision: 1,
  limitBytes: 1024 * 1024,
  wants: path => path.endsWith('.nuspec') && /(?:^|\/)([^/]{1,128})\/[0-9][^/]{0,127}\/\1\.nuspec$/.test(path),
  analyze(file) {
    const found = new FoundPackages(file.path, { type: 'nuget', manager: 'NUGET', isName: isPackageId })
    const metadata = readMetadata(file)
    if (typeof metadata === 'string') return malformedLockfile(file, metadata)
    found.add(metadata.get('id'), metadata.get('version'))
    return ok(found.analysis())
  },
}

/** Longest text that is kept of one element. */
const LIMIT_CHARACTERS = 256

/** `id` and `version` of `package/metadata`, or what is wrong with the file. */
function readMetadata(file: ScannedFile): ReadonlyMap<string, string> | string {
  const values = new Map<string, string>()
  const path: string[] = []
  let value = ''
  const reader = new XmlReader()
  try {
    for (const event of reader.push(decodeUtf8(file.bytes))) {
      if (event.is === 'text') value = (value + event.text).slice(0, LIMIT_CHARACTERS)
      else if (event.is === 'open') {
        path.push(event.name)
        value = ''
      } else {
        const where = path.join('/')
        if (where === 'package/metadata/id' || where === 'package/metadata/version')
          values.set(event.name, value.trim())
        path.pop()
      }
    }
    reader.end()
  } catch (cause) {
    if (cause instanceof XmlError) return cause.message
    throw cause
  }
  return values
}
