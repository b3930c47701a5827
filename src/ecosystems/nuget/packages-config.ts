import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, malformedLockfile } from '../found-packages.ts'
import { isPackageId } from './package-id.ts'

/** The longest tag of a package that is read; real ones have some 200 characters. */
const LIMIT_TAG_CHARACTERS = 4096

/**
 * `packages.config` of older .NET projects: `<package id="…" version="…" />` and nothing else of interest, so it is
 * scanned for those tags and no XML is built. Definitions of entities are never followed. (NuGet docs, packages.config)
 */
export const packagesConfig: Analyzer = {
  id: 'nuget/packages-config',
  revision: 1,
  limitBytes: 4 * 1024 * 1024,
  wants: path => /(?:^|\/)packages\.config$/i.test(path),
  analyze(file) {
    const text = decodeUtf8(file.bytes)
    if (!/<packages[\s/>]/.test(text)) return malformedLockfile(file, 'no <packages> element')
    const found = new FoundPackages(file.path, { type: 'nuget', manager: 'NUGET', isName: isPackageId })
    for (const tag of packageTags(text)) {
      if (found.isFull) break
      if (tag === null) found.problem('malformed-lockfile', 'a comment or <package> tag that does not end')
      else found.add(attribute(tag, 'id'), attribute(tag, 'version'))
    }
    return ok(found.analysis())
  },
}

/** The tags outside comments; `null` for one that does not end. */
function* packageTags(text: string): Generator<string | null> {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at + 4)
      if (end < 0) return void (yield null)
      at = end + 3
    } else if (/^<package[\s/>]$/.test(text.slice(at, at + 9))) {
      const end = text.indexOf('>', at)
      if (end < 0 || end - at > LIMIT_TAG_CHARACTERS) return void (yield null)
      yield text.slice(at + 8, end)
      at = end + 1
    } else at++
  }
}

/** An attribute's value; ids and versions hold none of the characters that XML must escape. */
function attribute(tag: string, name: string): string | undefined {
  for (const [, key, inDouble, inSingle] of tag.matchAll(/(?<![\w:.-])([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (key === name) return (inDouble ?? inSingle)?.trim()
  }
  return undefined
}
