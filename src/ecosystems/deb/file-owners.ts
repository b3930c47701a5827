import { decodeUtf8 } from '../../base/utf8.ts'
import type { FileOwners } from '../file-owners.ts'
import { linesOf } from '../text-lines.ts'
import { dpkgFileList } from './file-lists.ts'

/** `info/<package>[:arch].list`, one absolute path a line. (dpkg-query(1)) */
export const dpkgFileOwners: FileOwners = {
  limitBytes: dpkgFileList.limitBytes,
  wants: path => dpkgFileList.wants(path),
  owned(file, isAsked) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1, -'.list'.length)
    const owner = name.replace(/:[a-z0-9-]+$/, '')
    const paths: string[] = []
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      const path = line.startsWith('/') ? line.slice(1) : line
      if (isAsked(path)) paths.push(path)
    }
    return owner === '' || paths.length === 0 ? [] : [{ owner, paths }]
  },
}
