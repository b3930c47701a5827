import { decodeUtf8 } from '../../base/utf8.ts'
import type { OwnedPaths } from '../ecosystem.ts'
import type { FileOwners } from '../file-owners.ts'
import { linesOf } from '../text-lines.ts'
import { apkInstalled } from './installed-database.ts'

/** `P:` names the package, `F:` opens a directory, `R:` names a file in it; a blank line ends the package. */
export const apkFileOwners: FileOwners = {
  limitBytes: apkInstalled.limitBytes,
  wants: path => apkInstalled.wants(path),
  owned(file, isAsked) {
    const owned: OwnedPaths[] = []
    let owner = ''
    let directory = ''
    let paths: string[] = []
    const end = (): void => {
      if (owner !== '' && paths.length > 0) owned.push({ owner, paths })
      owner = ''
      directory = ''
      paths = []
    }
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      if (line === '') end()
      else if (line.startsWith('P:')) owner = line.slice(2)
      else if (line.startsWith('F:')) directory = line.slice(2)
      else if (line.startsWith('R:')) {
        const path = directory === '' ? line.slice(2) : `${directory}/${line.slice(2)}`
        if (isAsked(path)) paths.push(path)
      }
    }
    end()
    return owned
  },
}
