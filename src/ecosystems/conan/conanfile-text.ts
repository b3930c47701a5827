import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InstalledPackage } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, malformedLockfile } from '../found-packages.ts'
import { NamedUnknowns } from '../named-unknowns.ts'
import { directoryOf, linesOf } from '../text-lines.ts'
import { addReference, isConanName } from './reference.ts'

const FILE = 'conanfile.txt'
/** Sections that list references; others set options and generators. */
const LISTS = new Set(['requires', 'build_requires', 'tool_requires', 'test_requires'])

/** `conanfile.txt`: direct requirements, nearly always with their exact version. (docs.conan.io, conanfile.txt) */
export const conanfileText: Analyzer = {
  id: 'conan/conanfile-txt',
  revision: 1,
  limitBytes: 1024 * 1024,
  wants: path => path.endsWith(FILE) && (path === FILE || path.endsWith(`/${FILE}`)) && !isInsideDependency(path),
  analyze(file) {
    const found = new FoundPackages(file.path, { type: 'conan', manager: 'OTHER', isName: isConanName })
    const ranges = new NamedUnknowns()
    let section: string | null = null
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      if (found.isFull) break
      const text = (line.split(' #', 1)[0] ?? '').trim()
      if (text === '' || text.startsWith('#')) continue
      const opened = /^\[([a-z_]{1,40})\]$/.exec(text)?.[1]
      if (opened !== undefined) section = opened
      else if (section === null) return malformedLockfile(file, 'does not begin with a section')
      else if (LISTS.has(section)) {
        if (/[[\]]/.test(text)) ranges.add(text)
        else addReference(text, found)
      }
    }
    ranges.tell(found, 'package-without-version', 'requirements have no exact version')
    return ok(found.analysis())
  },
}

/** The packages without those of a conanfile.txt that has a lock beside it. */
export function withoutLockedRequirements(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const locked = new Set<string>()
  for (const { type, filePath } of packages) {
    if (type === 'conan' && filePath.endsWith('conan.lock')) locked.add(directoryOf(filePath))
  }
  if (locked.size === 0) return packages
  return packages.filter(
    ({ type, filePath }) => type !== 'conan' || !filePath.endsWith(FILE) || !locked.has(directoryOf(filePath)),
  )
}
