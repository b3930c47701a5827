import { lstat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileError, FileTree, TreeEntry } from '../inventory/file-tree.ts'
import { nodeFileTree } from './file-tree.ts'

/** A place that a walk begins at: a directory or a single file, relative to the root; '' is the root itself. */
export interface StartingPlace {
  readonly path: string
  /** One that is not there, or leads over a link, is passed by; else it is told as an error. */
  readonly isOptional: boolean
}

/**
 * File systems of other machines, which the machine does not own and a walk may hang on. (linux/magic.h and the
 * file systems' own headers: nfs, smb, cifs, smb2, 9p, fuse, ceph, afs, coda, ncp, lustre, gfs2, ocfs2, autofs)
 */
const REMOTE_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x00c36400, 0x5346414f, 0x73757245, 0x564c,
  0x0bd00bd0, 0x01161970, 0x7461636f, 0x0187,
])

/** The reason of the error that ends a walk whose time is over. */
export const TIME_IS_OVER = 'the time for collecting is over'

/**
 * A running machine, walked from some places only, never into a file system of another machine, and until `deadlineMs`
 * (epoch) at the longest. Reading is not bound to the places: what is walked may be a link to elsewhere below the root.
 */
export function hostTree(root: string, places: readonly StartingPlace[], deadlineMs: number): FileTree {
  const whole = nodeFileTree(root)
  return { ...whole, walk: onError => walk(root, outermost(places), deadlineMs, onError) }
}

/** Without the places that lie in another. */
function outermost(places: readonly StartingPlace[]): readonly StartingPlace[] {
  const distinct = [...new Map(places.map(place => [place.path, place])).values()]
  return distinct.filter(({ path }) => !distinct.some(other => other.path !== path && isBelow(path, other.path)))
}

function isBelow(path: string, directory: string): boolean {
  return directory === '' || path.startsWith(`${directory}/`)
}

async function* walk(
  root: string,
  places: readonly StartingPlace[],
  deadlineMs: number,
  onError: (error: FileError) => void,
): AsyncGenerator<TreeEntry> {
  for (const { path, isOptional } of places) {
    const kind = await kindOfPlace(root, path)
    if (kind === 'none' || (kind === 'symlink' && !isOptional)) {
      if (!isOptional) onError({ is: 'unreadable', path, detail: 'not a directory, or it leads over a link' })
      continue
    }
    if (kind !== 'directory') {
      yield { path, kind }
      continue
    }
    if (await isRemote(join(root, path))) {
      onError({ is: 'unreadable', path, detail: 'a file system of another machine' })
      continue
    }
    const prefix = path === '' ? '' : `${path}/`
    const within = nodeFileTree(join(root, path), { foreign: REMOTE_FILE_SYSTEMS })
    const prefixed = (error: FileError): void => onError({ ...error, path: prefix + error.path })
    for await (const entry of within.walk(prefixed)) {
      if (Date.now() > deadlineMs) return onError({ is: 'unreadable', path: prefix + entry.path, detail: TIME_IS_OVER })
      yield { ...entry, path: prefix + entry.path }
    }
  }
}

/** What lies at a path, no part of which may be a link: what a link leads to is walked under its own name. */
async function kindOfPlace(root: string, path: string): Promise<'file' | 'symlink' | 'directory' | 'none'> {
  try {
    const parts = path.split('/').filter(part => part !== '')
    for (let count = 1; count < parts.length; count += 1) {
      if (!(await lstat(join(root, ...parts.slice(0, count)))).isDirectory()) return 'none'
    }
    const found = await lstat(join(root, path))
    if (found.isSymbolicLink()) return 'symlink'
    return found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'none'
  } catch {
    return 'none'
  }
}

async function isRemote(path: string): Promise<boolean> {
  try {
    return REMOTE_FILE_SYSTEMS.has((await statfs(path)).type)
  } catch {
    return false
  }
}
