import { constants, fstatSync, readlinkSync, realpathSync } from 'node:fs'
import { lstat, open, readlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { directoryOf } from '../inventory/entry-path.ts'
import type { FileError } from '../inventory/file-tree.ts'

/** Symlinks followed for one path before it counts as a loop, as in Linux. (path_resolution(7)) */
const MOST_LINKS = 40
/** Directories that a walk remembers; what is read lies in the last few. */
const MOST_SEEN = 256
/** A last part that became a link is not followed; a pipe put there does not hang us. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const PERMISSIONS = 0o7777

export interface OpenedFile {
  readonly handle: FileHandle
  readonly sizeBytes: number
  /** Permission bits. */
  readonly mode: number
}

/** The regular files below a root, opened as a process confined to the root would open them. (chroot(2)) */
export class RootedFiles {
  readonly #root: string
  /** Without symlinks; found when it is first needed. */
  #realRoot: string | null = null
  readonly #seen = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Tells that none of the path's parts was a link a moment ago: files in it are opened without looking at each part. */
  sawDirectory(path: string): void {
    this.#seen.delete(path)
    this.#seen.add(path)
    for (const oldest of this.#seen) {
      if (this.#seen.size <= MOST_SEEN) return
      this.#seen.delete(oldest)
    }
  }

  /** Size and permissions of a regular file in a directory that was seen; `null` where it must be opened to know. */
  async look(path: string): Promise<Pick<OpenedFile, 'sizeBytes' | 'mode'> | null> {
    if (!this.#seen.has(directoryOf(path))) return null
    try {
      const stat = await lstat(join(this.#root, path))
      return stat.isFile() ? { sizeBytes: stat.size, mode: stat.mode & PERMISSIONS } : null
    } catch {
      return null
    }
  }

  async open(path: string): Promise<Result<OpenedFile, FileError>> {
    if (path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) {
      return err({ is: 'outside-root', path })
    }
    const direct = this.#seen.has(directoryOf(path)) ? await this.#openWhereItLies(path) : null
    if (direct !== null) return direct
    const resolved = await this.#resolve(path)
    return resolved.ok ? this.#openAt(resolved.value, path) : resolved
  }

  /** `null` for a link, and for what the kernel says to lie elsewhere than at the path: a part has become a link meanwhile. */
  async #openWhereItLies(path: string): Promise<Result<OpenedFile, FileError> | null> {
    const opened = await this.#openAt(path, path)
    if (!opened.ok) return null
    const { handle } = opened.value
    try {
      this.#realRoot ??= realpathSync.native(this.#root)
      if (readlinkSync(`/proc/self/fd/${handle.fd}`) === join(this.#realRoot, path)) return opened
    } catch {
      // Nobody tells where it lies.
    }
    await handle.close()
    return null
  }

  async #openAt(resolved: string, path: string): Promise<Result<OpenedFile, FileError>> {
    let handle: FileHandle | null = null
    try {
      handle = await open(join(this.#root, resolved), FLAGS)
      // Of an open file this waits for nothing.
      const stat = fstatSync(handle.fd)
      if (stat.isFile()) return ok({ handle, sizeBytes: stat.size, mode: stat.mode & PERMISSIONS })
      await handle.close()
      return err({ is: 'unreadable', path, detail: 'not a regular file' })
    } catch (thrown) {
      await handle?.close()
      return err(fileErrorOf(thrown, path))
    }
  }

  /** The path without symlinks, found part by part with `..` stopping at the root. */
  async #resolve(path: string): Promise<Result<string, FileError>> {
    const waiting = path.split('/').reverse()
    const resolved: string[] = []
    let links = 0
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      if (part === '' || part === '.') continue
      if (part === '..') {
        resolved.pop()
        continue
      }
      resolved.push(part)
      const here = join(this.#root, ...resolved)
      try {
        if (!(await lstat(here)).isSymbolicLink()) continue
        links += 1
        if (links > MOST_LINKS) return err({ is: 'unreadable', path, detail: 'too many symbolic links' })
        const target = await readlink(here)
        if (target.startsWith('/')) resolved.length = 0
        else resolved.pop()
        waiting.push(...target.split('/').reverse())
      } catch (thrown) {
        return err(fileErrorOf(thrown, path))
      }
    }
    return ok(resolved.join('/'))
  }
}

/** What an error of the operating system says about a path; rethrows anything else. */
export function fileErrorOf(thrown: unknown, path: string): FileError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : null
  if (code === null) throw thrown
  if (code === 'ENOENT' || code === 'ENOTDIR') return { is: 'not-found', path }
  return { is: 'unreadable', path, detail: code }
}
